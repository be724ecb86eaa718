import { CreateTagsCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, ec2Client, REGION } from "../../test/support/ec2-cloud.ts";
import { ssmClient } from "../../test/support/local-clients.ts";
import { type LocalSession, localSession } from "../../test/support/local-session.ts";
import { scenarioCloud } from "../../test/support/scenario-cloud.ts";
import type { Instance } from "../local/fleet/instance.ts";
import { guestOf, setSsmAgent } from "../local/guest/guest.ts";
import type { LocalCloud } from "../local/server.ts";
import { fleetKey } from "../local/services/ec2/fleet-key.ts";
import type { AgentPlatform } from "../model/agent-policy.ts";
import { AGENT_TAG, formatMark, parseMark } from "./agent-mark.ts";
import { agentParameter } from "./agent-parameter.ts";
import { BEFORE_TAG } from "./before-tag.ts";
import { buildAgentConfiguration } from "./build-configuration.ts";
import type { Installation } from "./install-change.ts";
import { rollOut } from "./roll-out.ts";
import type { RolloutResult, RolloutSettings } from "./rollout-result.ts";

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
    await ssmClient(local).send(
      new PutParameterCommand({
        Name: parameter(platform).name,
        Value: parameter(platform).value,
        Type: "String",
      }),
    );
  return [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()];
}
afterEach(() => local.close());

async function roll(
  instances: readonly Instance[],
  settings: Partial<RolloutSettings> = {},
  special: Partial<Installation> = {},
) {
  const heard: RolloutResult[] = [];
  const targets = instances.map(({ id, launch }): Installation => {
    const platform = launch.platform.windows ? ("windows" as const) : ("linux" as const);
    const { name, hash } = parameter(platform);
    return {
      do: "install",
      instance: id,
      platform,
      profile: "default",
      parameter: name,
      hash,
      version: "latest",
      package: true,
      waits: false,
      recorded: false,
      replaceAgent: false,
      ...special,
    };
  });
  const report = await rollOut(
    world.session,
    targets,
    { configuration: "web-team", ...settings },
    world.context,
    (result) => heard.push(result),
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
    expect(said).toEqual([done, done, done, done, "pending look unreachable"]);
    const mark = (platform: AgentPlatform) =>
      formatMark({
        configuration: "web-team",
        profile: "default",
        hash: parameter(platform).hash,
        version: "latest",
      });
    expect(instances.map(({ tags }) => tags.get(AGENT_TAG))).toEqual([
      mark("linux"),
      mark("linux"),
      mark("linux"),
      mark("windows"),
      undefined,
    ]);
    expect(instances.map(({ tags }) => tags.get(BEFORE_TAG)?.split(" ").at(-1))).toEqual([
      "agent=absent",
      "agent=absent",
      "agent=idle:1.247347.6b250880",
      "agent=absent",
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
    expect(said[0]).toBe("pending look delivery-timed-out");
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

  it("leaves alone what somebody else configured, whatever its metrics are called, unless it is to be replaced", async () => {
    const instances = await cloudWith(`{ name: web, profile: { role: app, ${BOTH} }, agent: true }`);
    expect((await roll(instances)).said).toEqual(["refused look foreign"]);
    const [web] = instances;
    expect(web?.tags.get(BEFORE_TAG)).toMatch(/ agent=configured:[\w.]+$/);
    expect(web?.tags.get(AGENT_TAG)).toBeUndefined();
    expect((await roll(instances, {}, { replaceAgent: true })).said).toEqual([
      "done datapoint datapoint-seen",
    ]);
  });

  it("keeps what another run saw first, and never takes our own work for somebody's", async () => {
    const instances = await cloudWith(`{ name: web, profile: { role: app, ${BOTH} } }`);
    // Two runs at once: both looked before either wrote.
    const both = await Promise.all([roll(instances), roll(instances)]);
    expect(both.map(({ said }) => said)).toEqual([
      ["done datapoint datapoint-seen"],
      ["done datapoint datapoint-seen"],
    ]);
    // A third one finds an agent that the first one installed.
    expect((await roll(instances)).said).toEqual(["done datapoint datapoint-seen"]);
    expect(instances[0]?.tags.get(BEFORE_TAG)).toMatch(/ agent=absent$/);
  });

  it("does nothing to an instance that another configuration looks after, or that went away", async () => {
    const instances = await cloudWith(`{ name: web, names: [a, b], profile: { role: app, ${BOTH} } }`);
    const [a, b] = instances;
    const Tags = [{ Key: AGENT_TAG, Value: "wk1 other-team default - latest" }];
    await ec2Client(local).send(new CreateTagsCommand({ Resources: [a?.id ?? ""], Tags }));
    const at = local.cloud.clock.time() + 3_000;
    local.cloud.clock.at(at, () => {
      void ec2Client(local).send(new TerminateInstancesCommand({ InstanceIds: [b?.id ?? ""] }));
    });
    const { said } = await roll(instances, { waves: [2] });
    expect(said[0]).toBe("refused tag tag-taken");
    expect(said[1]).toMatch(/^pending (look|install) /);
  });

  it("asks for no package where the agent works already, and for a version where one is named", async () => {
    const instances = await cloudWith(`{ name: web, profile: { role: app, ${BOTH} } }`);
    const version = "1.300049.1b929";
    expect((await roll(instances, {}, { version })).said).toEqual(["done datapoint datapoint-seen"]);
    expect(guestOf(instances[0]!).agent.version).toBe(version);
    expect(parseMark(instances[0]?.tags.get(AGENT_TAG))?.version).toBe(version);
    await roll(instances, {}, { package: false, recorded: true });
    expect(guestOf(instances[0]!).agent.version).toBe(version);
  });

  it("tells when waves begin", async () => {
    const instances = await cloudWith(`{ name: web, count: 12, profile: { role: app, ${BOTH} } }`);
    const waves: string[] = [];
    await roll(instances, { onWave: (wave, all, size) => waves.push(`${wave}/${all}: ${size}`) });
    expect(waves).toEqual(["1/3: 1", "2/3: 2", "3/3: 9"]);
  });
});
