// The CloudWatch agent on twenty instances in every starting state, by the shipped program against a local cloud over HTTP.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ssmClient } from "../support/local-clients.ts";
import { agentWorld, instancesOf, runFast } from "./support/agent-world.ts";
import { openStage, type Stage } from "./support/stage.ts";

const CARE = readFileSync(resolve(import.meta.dirname, "../../examples/scenarios/care.yaml"), "utf8");
const CONFIGURATION = `version: 1
name: web-team
regions: [eu-central-1]
policies:
  - name: production
    select: { type: ec2.instance, tags: { Managed: "Yes" } }
    alarms:
      memory:
        namespace: CWAgent
        metricName: mem_used_percent
        dimensions: { InstanceId: $resource.id }
        requireSeen: true
        when: { platform: linux }
        statistic: Average
        period: 1m
        evaluationPeriods: 5
        comparisonOperator: GreaterThanThreshold
        threshold: 90
agent:
  targets:
    - select: { tags: { Managed: "Yes" } }
`;
/** Where waves aren't what is tested. */
const AT_ONCE = `${CONFIGURATION}  rollout: { waves: [rest] }\n`;

let stage: Stage;
beforeEach(async () => {
  stage = await openStage(CARE, CONFIGURATION);
  // A role gives its policies at the account's real pace, which is four a second.
  const rate = { rate: 100, burst: 100 };
  await stage.faults({
    quotas: { "iam:AttachRolePolicy": rate, "iam:CreateRole": rate, "ssm:PutParameter": rate },
  });
});
afterEach(() => stage.close());

interface Planned {
  readonly summary: Readonly<Record<string, number>>;
  readonly changes: readonly {
    readonly action: string;
    readonly label?: string;
    readonly name: string;
    readonly scope: { readonly type: string };
    readonly reason: { readonly code: string; readonly text: string };
  }[];
}
const plan = async (...args: readonly string[]): Promise<Planned> =>
  (await stage.json(["agent", "plan", ...args])) as unknown as Planned;
/** What a rollout tells a log: a line for each thing that it is at. */
const WAVES =
  /^(?:\d+\/\d+ changes, (?:wave \d+ of \d+: \d+ instances?|waiting for Systems Manager to reach \d+ instances?|stopped: .*)\n)+$/;

/** `create bare-1: no-agent`, for one type. */
const told = ({ changes }: Planned, type: string): string[] =>
  changes
    .filter(({ scope }) => scope.type === `agent.${type}`)
    .map(({ action, label, name, reason }) => `${action} ${label ?? name}: ${reason.code}`)
    .sort();
const guest = async (name: string, change: object): Promise<void> => {
  const id = instancesOf(stage.local).get(name)?.id;
  const response = await fetch(`${stage.endpoint}/_local/guests/${id}`, {
    method: "PUT",
    body: JSON.stringify(change),
  });
  if (!response.ok) throw new Error(await response.text());
};

// Minutes of virtual time, each wait for a moment: on a busy machine that adds up.
describe("the agent on twenty instances", { timeout: 240_000 }, () => {
  it("is planned, brought in waves, shown, planned again in vain, and taken back to the last byte", async () => {
    const before = agentWorld(stage.local);
    const first = await plan();
    expect(agentWorld(stage.local)).toBe(before);
    expect(told(first, "role")).toEqual([
      "conflict empty-1: profile-without-role",
      "create bare-1: no-profile",
      "create bare-2: no-profile",
      "create bare-3: no-profile",
      "create bare-4: no-profile",
      "create web-team-agent-eu-central-1: new",
      "update own-1: policies-missing",
      "update own-2: policies-missing",
      "update own-3: policies-missing",
      "update shared-1 and 4 more: policies-missing",
    ]);
    expect(told(first, "parameter")).toEqual(["create default: new", "create default: new"]);
    const missing = ["bare-1", "bare-2", "bare-3", "bare-4", "full-1", "old-1", "own-1", "own-2", "own-3"];
    const others = ["shared-1", "shared-2", "shared-3", "shared-4", "shared-5", "win-1", "win-2"];
    expect(told(first, "install")).toEqual([
      ...[...missing, ...others].map((name) => `create ${name}: no-agent`),
      "keep done-1: foreign",
      "keep done-2: foreign",
      "keep empty-1: no-role",
      "keep offline-1: not-managed",
    ]);

    const applied = await runFast(stage, ["agent", "apply", "--yes"]);
    expect(applied.stdout).toContain("Applying these 27 changes to 111122223333 eu-central-1.");
    expect(applied.stdout).toMatch(/failed: full-1 \(i-\w+\): installing: .*no space left on device/);
    expect(applied).toMatchObject({ code: 1, stderr: expect.stringMatching(WAVES) });
    expect(applied.stdout).toContain("26 applied, 1 failed. Run watchkeeper agent apply again for the rest.");

    await guest("full-1", { disk: "ok" });
    expect(told(await plan(), "install")).toContain("update full-1: unfinished");
    const again = await runFast(stage, ["agent", "apply", "--yes"]);
    expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(WAVES) });
    expect(again.stdout).toContain("run watchkeeper plan again for the alarms on memory and disks");
    const second = await plan();
    expect(second.summary).toMatchObject({ create: 0, update: 0, delete: 0, mark: 0, kept: 4, conflict: 1 });

    const status = (await stage.json(["agent", "status"])) as unknown as {
      readonly instances: readonly {
        readonly name: string;
        readonly agent: string;
        readonly role: { readonly code: string };
      }[];
    };
    const states = new Map(
      status.instances.map(({ name, agent, role }) => [name, `${agent}, role ${role.code}`]),
    );
    for (const name of [...missing, ...others])
      expect([name, states.get(name)]).toEqual([name, "current, role ok"]);
    expect(states.get("empty-1")).toBe("missing, role profile-without-role");

    // What was seen is alarmed on by the next plan.
    const alarms = (await stage.json(["plan"])) as unknown as Planned;
    expect(alarms.changes.filter(({ scope }) => scope.type === "cloudwatch.alarm")).toHaveLength(16);

    stage.write("watchkeeper.yaml", AT_ONCE);
    const undone = await runFast(stage, ["agent", "undo", "--yes"]);
    expect(undone).toMatchObject({ code: 0, stderr: expect.stringMatching(WAVES) });
    expect(undone.stdout).toContain("All is as it was before the agent came.");
    expect(agentWorld(stage.local)).toBe(before);
    const nothing = await stage.quick(["agent", "undo", "--yes"]);
    expect(nothing).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing to change") });
  });

  it("goes on after kill -9 at any moment, and is taken back to the start all the same", async () => {
    await guest("full-1", { disk: "ok" });
    stage.write("watchkeeper.yaml", AT_ONCE);
    const before = agentWorld(stage.local);
    // While roles are given, while packages are installed, and while datapoints are waited for.
    const moments = [
      ["iam:AttachRolePolicy", 2],
      ["ssm:SendCommand", 2],
      ["ssm:SendCommand", 3],
    ] as const;
    for (const [call, count] of moments) {
      stage.local.resetRequests();
      const reached = (): boolean => (stage.local.requests.get(call) ?? 0) >= count;
      expect((await runFast(stage, ["agent", "apply", "--yes"], reached)).code).toBeNull();
    }
    // What was under way on the machines comes to its end.
    await stage.advance("20m");
    expect((await runFast(stage, ["agent", "apply", "--yes"])).code).toBe(0);
    expect((await plan()).summary).toMatchObject({ create: 0, update: 0, delete: 0, mark: 0 });
    expect((await runFast(stage, ["agent", "undo", "--yes"])).code).toBe(0);
    expect(agentWorld(stage.local)).toBe(before);
  });

  it("is brought by two runs at once as by one", async () => {
    await guest("full-1", { disk: "ok" });
    stage.write("watchkeeper.yaml", AT_ONCE);
    const both = await Promise.all([1, 2].map(() => runFast(stage, ["agent", "apply", "--yes", "--json"])));
    for (const { stdout } of both) {
      const { summary } = JSON.parse(stdout) as { readonly summary: Readonly<Record<string, number>> };
      expect(summary["failed"]).toBe(0);
    }
    expect((await plan()).summary).toMatchObject({ create: 0, update: 0, delete: 0, mark: 0 });
    // Neither took the other's work for what had been there before.
    const kept = [...instancesOf(stage.local).values()].map(({ tags }) =>
      tags.get("watchkeeper:agent-before"),
    );
    expect(kept.filter((text) => text?.endsWith(" agent=absent"))).toHaveLength(15);
    expect(kept.filter((text) => text?.includes(" agent=idle:1.247350"))).toHaveLength(1);
  });
});

const SMALL = `
version: 1
region: eu-central-1
groups:
  - name: web
    count: 2
    names: web-{n}
    tags: { Managed: "Yes" }
    profile: { role: app, policies: [AmazonSSMManagedInstanceCore, CloudWatchAgentServerPolicy] }
`;

describe("the agent's part of a plan", { timeout: 120_000 }, () => {
  let small: Stage;
  beforeEach(async () => {
    small = await openStage(SMALL, CONFIGURATION);
  });
  afterEach(() => small.close());
  const types = async (...args: readonly string[]): Promise<readonly string[]> => {
    const { changes } = (await small.json(["plan", ...args])) as unknown as Planned;
    return [...new Set(changes.map(({ scope }) => scope.type))].sort();
  };
  const asked = (): readonly string[] =>
    [...small.local.requests.keys()].filter((call) => /^(ssm|iam):/.test(call));

  it("is there when the configuration asks for it, and costs nothing else", async () => {
    expect(await types()).toEqual(["agent.install", "agent.parameter"]);
    small.local.resetRequests();
    expect(await types("--no-agent")).toEqual([]);
    small.write("plain.yaml", CONFIGURATION.replace(/^agent:[\s\S]*/m, ""));
    expect(await types("-c", "plain.yaml")).toEqual([]);
    expect(asked()).toEqual([]);
    const detailed = await small.quick(["agent", "plan", "--detailed-exitcode"]);
    expect(detailed.code).toBe(2);
    const none = await small.quick(["agent", "plan", "-c", "plain.yaml"]);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("plain.yaml says nothing about the agent"),
    });
    const unasked = await small.quick(["agent", "apply"]);
    expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining("no terminal") });
    const declined = await small.quick(["agent", "undo"], { typed: "n" });
    expect(declined.stdout).toContain("Nothing to change");
  });

  it("is saved, applied as it is, and refused once a parameter changed", async () => {
    await small.quick(["plan", "--out", "saved.json"]);
    const applied = await runFast(small, ["apply", "saved.json", "--yes"]);
    expect(applied).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(WAVES),
      stdout: expect.stringContaining("3 applied, 0 failed"),
    });
    expect(await types()).toEqual(["cloudwatch.alarm"]);
    small.write("watchkeeper.yaml", `${CONFIGURATION}  profiles: { default: { interval: 30 } }\n`);
    await small.quick(["plan", "--out", "late.json"]);
    const put = new PutParameterCommand({
      Name: "AmazonCloudWatch-web-team-default-linux",
      Value: "{}",
      Overwrite: true,
    });
    await ssmClient(small.local).send(put);
    const refused = await runFast(small, ["apply", "late.json", "--yes"]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toContain("refused: AmazonCloudWatch-web-team-default-linux: stale");
    expect(refused.stdout).toMatch(/failed: web-1 \(i-\w+\): not tried, because parameter/);
  });

  it("stops on Ctrl-C, and says what goes on by itself", async () => {
    const sent = (): boolean => (small.local.requests.get("ssm:SendCommand") ?? 0) >= 2;
    const { code, stdout, stderr } = await runFast(small, ["agent", "apply", "--yes"], sent, "SIGINT");
    expect([code, stderr]).toEqual([1, expect.stringMatching(WAVES)]);
    const said = stdout.replaceAll(/\s+/g, " ");
    expect(said).toMatch(
      /pending: web-1 \(i-\w+\): .*we were stopped; command [0-9a-f-]{36} goes on by itself/,
    );
    expect(said).toMatch(/pending: web-2 \(i-\w+\): not begun: the run was stopped/);
    expect(stdout).toContain("1 of 3 applied, 1 under way. Run agent apply again: it goes on from there.");
    await small.advance("10m");
    expect((await runFast(small, ["agent", "apply", "--yes"])).code).toBe(0);
  });

  it("goes through waves by a stop alarm", async () => {
    small.write("watchkeeper.yaml", `${CONFIGURATION}  rollout: { stopAlarms: [shop-errors] }\n`);
    const { code, stdout } = await runFast(small, ["agent", "apply", "--yes"]);
    expect(code).toBe(1);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "not begun: there is no alarm shop-errors that could stop it",
    );
  });
});
