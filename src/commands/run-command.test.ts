import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, REGION } from "../../test/support/ec2-cloud.ts";
import { type LocalSession, localSession } from "../../test/support/local-session.ts";
import { scenarioCloud } from "../../test/support/scenario-cloud.ts";
import type { FaultRule } from "../local/fault-settings.ts";
import type { Instance } from "../local/fleet/instance.ts";
import { freeze, setSsmAgent } from "../local/guest/guest.ts";
import type { LocalCloud } from "../local/server.ts";
import { fleetKey } from "../local/services/ec2/fleet-key.ts";
import { terminateInstance } from "../local/services/ec2/power.ts";
import { commandsKey } from "../local/services/ssm/command-store.ts";
import type { CommandRequest } from "./command.ts";
import { runCommand } from "./run-command.ts";

let local: LocalCloud;
let world: LocalSession;

async function cloudWith(groups: string): Promise<Instance[]> {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  world = await localSession(local);
  return [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()];
}
afterEach(() => local.close());

const sh = (
  instances: readonly (Instance | undefined)[],
  script: string,
  more: Partial<CommandRequest> = {},
) =>
  runCommand(
    world.session,
    {
      document: "AWS-RunShellScript",
      parameters: { commands: [script] },
      instanceIds: instances.map((instance) => instance?.id ?? ""),
      ...more,
    },
    world.context,
  );
const kinds = async (results: ReturnType<typeof sh>) =>
  [...(await results).values()].map(({ verdict }) => verdict.kind);
const fault = (...rules: FaultRule[]) => local.cloud.faults.set({ rules });
const commands = () => [...local.cloud.state(commandsKey, ACCOUNT, REGION).commands.values()];

describe("a command", () => {
  it("is judged on each instance by itself", async () => {
    const [web, win, off] = await cloudWith(
      "{ name: web, profile: core }, { name: win, platform: windows, profile: core }, { name: off }",
    );
    const results = await sh([web, win, off, web], "echo hello; echo more");
    expect([...results.values()].map(({ verdict }) => verdict)).toEqual([
      { kind: "success", output: "hello\nmore" },
      { kind: "invalid-platform" },
      { kind: "unreachable" },
    ]);
    const failed = await sh([web], "echo fine; echo broken >&2; exit 3");
    expect([...failed.values()]).toMatchObject([
      { verdict: { kind: "failed", exitCode: 3 }, reason: { text: "exit code 3: broken" } },
    ]);
  });

  it("goes out in batches of 50, with one listing for each command and poll", async () => {
    const instances = await cloudWith("{ name: web, count: 120, profile: core }");
    expect(new Set(await kinds(sh(instances, "true")))).toEqual(new Set(["success"]));
    const made = world.calls.made();
    expect(made["ssm:SendCommand"]).toBe(3);
    // Nothing is listed yet at first, and all is over a moment later: two or three looks at each.
    expect(made["ssm:ListCommandInvocations"]).toBeLessThanOrEqual(9);
    expect(made["ssm:GetCommandInvocation"]).toBeUndefined();
  });

  it("that an agent doesn't fetch in time is called off and never runs", async () => {
    const [web, mute] = await cloudWith("{ name: web, count: 2, profile: core }");
    setSsmAgent(mute!, false, local.cloud.clock.time());
    const results = await sh([web, mute], "true", { attempts: 1, timeoutSeconds: 60 });
    expect([...results.values()].map(({ verdict }) => verdict)).toMatchObject([
      { kind: "success" },
      { kind: "timed-out", phase: "delivery" },
    ]);
    setSsmAgent(mute!, true, local.cloud.clock.time());
    await local.cloud.clock.advance(7_200_000);
    expect(commands()[0]?.invocations.get(mute!.id)).toMatchObject({
      details: "Cancelled",
      startedAt: undefined,
    });
  });

  it("that runs too long is called off, also on an instance that is frozen", async () => {
    const [slow, frozen] = await cloudWith("{ name: web, count: 2, profile: core }");
    const running = sh([slow, frozen], "sleep 3000", { timeoutSeconds: 30, executionSeconds: 60 });
    local.cloud.clock.at(local.cloud.clock.time() + 10_000, (now) => freeze(frozen!, now.getTime()));
    const [first, second] = [...(await running).values()];
    expect(first?.verdict).toEqual({ kind: "timed-out", phase: "execution" });
    expect(["timed-out", "unknown"]).toContain(second?.verdict.kind);
    expect(second?.verdict.kind === "timed-out" ? second.verdict.phase : "execution").toBe("execution");
  });

  it("to an instance that is terminated on the way is undeliverable", async () => {
    const [gone] = await cloudWith("{ name: web, profile: core }");
    setSsmAgent(gone!, false, local.cloud.clock.time());
    const fleet = local.cloud.state(fleetKey, ACCOUNT, REGION);
    const running = sh([gone], "true", { attempts: 1 });
    local.cloud.clock.at(local.cloud.clock.time() + 4_000, (now) =>
      terminateInstance(fleet, gone!, now.getTime()),
    );
    expect(await kinds(running)).toEqual(["undeliverable"]);
  });

  it("is tried again where its delivery was denied, and told when it stays so", async () => {
    const [web] = await cloudWith("{ name: web, profile: core }");
    fault({ service: "ssm", operation: "DeliverCommand", effect: "accessDenied", nth: 1 });
    expect(await kinds(sh([web], "true"))).toEqual(["success"]);
    expect(commands()).toHaveLength(2);
    fault({ service: "ssm", operation: "DeliverCommand", effect: "accessDenied" });
    expect(await kinds(sh([web], "true"))).toEqual(["access-denied"]);
    expect(commands()).toHaveLength(5);
  });

  it("that failed is tried again only when that does no harm and may help", async () => {
    const [web] = await cloudWith("{ name: web, profile: core }");
    const passing = "echo 'dpkg: Could not get lock /var/lib/dpkg/lock' >&2; exit 100";
    expect(await kinds(sh([web], passing))).toEqual(["failed"]);
    expect(commands()).toHaveLength(1);
    expect(await kinds(sh([web], passing, { repeatable: true }))).toEqual(["failed"]);
    expect(commands()).toHaveLength(4);
    expect(await kinds(sh([web], "exit 1", { repeatable: true }))).toEqual(["failed"]);
    expect(commands()).toHaveLength(5);
  });

  it("whose answer was lost is found again, not sent a second time", async () => {
    const [web] = await cloudWith("{ name: web, profile: core }");
    fault({ service: "ssm", operation: "SendCommand", effect: "timeoutAfterEffect", nth: 1 });
    expect(await kinds(sh([web], "true", { repeatable: true }))).toEqual(["success"]);
    expect(commands()).toHaveLength(1);
  });

  it("that never arrived is sent again only when that does no harm", async () => {
    const [web] = await cloudWith("{ name: web, profile: core }");
    const drop: FaultRule = { service: "ssm", operation: "SendCommand", effect: "error500", nth: 1 };
    fault(drop);
    expect(await kinds(sh([web], "true"))).toEqual(["not-sent"]);
    expect(commands()).toHaveLength(0);
    fault(drop);
    expect(await kinds(sh([web], "true", { repeatable: true }))).toEqual(["success"]);
  });

  it("that may not be sent, or may not be looked at, says so", async () => {
    const [web] = await cloudWith("{ name: web, profile: core }");
    fault({ service: "ssm", operation: "SendCommand", effect: "accessDenied" });
    const [refused] = [...(await sh([web], "true")).values()];
    expect(refused).toMatchObject({ verdict: { kind: "not-sent", code: "AccessDenied" } });
    expect(refused?.reason.text).toMatch(/^the command could not be sent: ssm:SendCommand is not allowed/);
    fault({ service: "ssm", operation: "ListCommandInvocations", effect: "accessDenied" });
    expect([...(await sh([web], "true")).values()]).toMatchObject([
      { verdict: { kind: "unknown", code: "AccessDenied" } },
    ]);
  });

  it("goes on by itself when we are stopped, and that is told", async () => {
    const [web] = await cloudWith("{ name: web, profile: core }");
    local.cloud.clock.at(local.cloud.clock.time() + 5_000, () => world.stop());
    const [result] = [...(await sh([web], "sleep 600")).values()];
    expect(result).toMatchObject({ verdict: { kind: "unknown", code: "stopped" } });
    expect(result?.reason.text).toContain(commands()[0]?.id);
  });
});
