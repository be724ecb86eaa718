import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, REGION } from "../../test/support/ec2-cloud.ts";
import { type LocalSession, localSession } from "../../test/support/local-session.ts";
import { scenarioCloud } from "../../test/support/scenario-cloud.ts";
import { setSsmAgent } from "../local/guest/guest.ts";
import type { LocalCloud } from "../local/server.ts";
import { fleetKey, type Instance } from "../local/services/ec2/fleet.ts";
import type { AgentPlatform } from "../model/agent-policy.ts";
import { agentParameter } from "./agent-parameter.ts";
import { buildAgentConfiguration } from "./build-configuration.ts";
import { AGENT_TAG, type RolloutResult, type RolloutSettings, rollOut } from "./roll-out.ts";
import { storedValue, storeParameter } from "./store-parameter.ts";

let local: LocalCloud;
let world: LocalSession;

const BOTH = "policies: [AmazonSSMManagedInstanceCore, CloudWatchAgentServerPolicy]";
const parameter = (platform: AgentPlatform) =>
  agentParameter(
    { configuration: "web-team", profile: "default", platform },
    buildAgentConfiguration({ name: "default" }, platform),
  );

async function cloudWith(groups: string): Promise<Instance[]> {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  world = await localSession(local);
  for (const platform of ["linux", "windows"] as const)
    await storeParameter(world.session, parameter(platform), "web-team");
  return [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()];
}
afterEach(() => local.close());

async function roll(instances: readonly Instance[], settings: RolloutSettings = {}) {
  const heard: RolloutResult[] = [];
  const targets = instances.map(({ id, launch }) => {
    const platform = launch.platform.windows ? ("windows" as const) : ("linux" as const);
    return { id, platform, parameter: parameter(platform) };
  });
  const report = await rollOut(world.session, targets, settings, world.context, (result) =>
    heard.push(result),
  );
  expect(heard).toHaveLength(report.results.size);
  const said = instances.map(({ id }) => {
    const result = report.results.get(id);
    return result ? `${result.state} ${result.step} ${result.reason.code}` : "untried";
  });
  return { ...report, said };
}

describe("rolling the agent out", () => {
  it("ends when datapoints were seen, on every platform, from every state that can be reached", async () => {
    const instances = await cloudWith(`{ name: fresh, count: 2, profile: { role: app, ${BOTH} } },
      { name: old, profile: { role: app }, guest: { agent: { version: 1.247347.6b250880 } } }, { name: win, platform: windows, profile: { role: app } },
      { name: bare }`);
    const { said, stopped } = await roll(instances);
    expect(stopped).toBeUndefined();
    const done = "done datapoint datapoint-seen";
    expect(said).toEqual([done, done, done, done, "pending install unreachable"]);
    expect(instances.map(({ tags }) => tags.get(AGENT_TAG))).toEqual([
      parameter("linux").hash,
      parameter("linux").hash,
      parameter("linux").hash,
      parameter("windows").hash,
      undefined,
    ]);
  });

  it("stops after the first when it fails, and says what the agent said", async () => {
    const instances = await cloudWith(
      `{ name: full, profile: { role: app, ${BOTH} }, guest: { disk: full } }, { name: web, count: 3, profile: { role: app } }`,
    );
    const { said, stopped, results } = await roll(instances);
    expect(said).toEqual(["failed install failed", "untried", "untried", "untried"]);
    expect([...results.values()][0]?.reason.text).toContain("no space left on device");
    expect(stopped?.code).toBe("too-many-failures");
  });

  it("doesn't go on when nothing proves that the agent writes: that is pending, not failed", async () => {
    // The role lets the agent read its configuration and denies it to write.
    const instances =
      await cloudWith(`{ name: web, count: 3, profile: { role: app, inline: { p: { Version: "2012-10-17",
      Statement: [{ Effect: Deny, Action: "cloudwatch:PutMetricData", Resource: "*" }] } } } }`);
    const { said, stopped } = await roll(instances);
    expect(said).toEqual(["pending datapoint no-datapoint", "untried", "untried"]);
    expect(stopped?.code).toBe("too-many-failures");
  });

  it("passes over instances that don't answer", async () => {
    const instances = await cloudWith(`{ name: web, count: 4, profile: { role: app, ${BOTH} } }`);
    setSsmAgent(instances[0]!, false, local.cloud.clock.time());
    const { said, stopped } = await roll(instances);
    expect(said[0]).toBe("pending install delivery-timed-out");
    expect(new Set(said.slice(1))).toEqual(new Set(["done datapoint datapoint-seen"]));
    expect(stopped).toBeUndefined();
  });

  it("can be stopped; what is under way is pending", async () => {
    const instances = await cloudWith(`{ name: web, count: 3, profile: { role: app, ${BOTH} } }`);
    local.cloud.clock.at(local.cloud.clock.time() + 10_000, () => world.stop());
    const { said, stopped } = await roll(instances);
    expect(said).toEqual(["pending install stopped", "untried", "untried"]);
    expect(stopped?.code).toBe("stopped");
  });
});

describe("storing a configuration", () => {
  it("is done once, and again when it changes; advanced ones stay so", async () => {
    await cloudWith("{ name: web }");
    const { session } = world;
    const linux = parameter("linux");
    expect(await storeParameter(session, linux, "web-team")).toBe(false);
    const large = { ...linux, value: "x".repeat(5000), tier: "Advanced" as const };
    expect(await storeParameter(session, large, "web-team")).toBe(true);
    expect(await storeParameter(session, linux, "web-team")).toBe(true);
    expect(await storedValue(session, linux.name)).toBe(linux.value);
    expect(await storedValue(session, "AmazonCloudWatch-nothing")).toBeUndefined();
  });
});
