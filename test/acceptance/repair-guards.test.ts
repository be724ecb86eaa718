// Every guard refuses in a case of its own, against the AWS that the local cloud plays; and deciding takes few calls.
import { beforeAll, describe, expect, it } from "vitest";
import { shippedRunbooks } from "../../src/app/read-configuration.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import { fleetKey } from "../../src/local/services/ec2/fleet-key.ts";
import type { RemediationRun } from "../../src/model/remediation-run.ts";
import type { Runbook } from "../../src/model/runbook.ts";
import { decide } from "../../src/remediation/decide.ts";
import { formatDiagnostic } from "../../src/support/diagnostic.ts";
import { ACCOUNT, REGION } from "../support/ec2-cloud.ts";
import { runOf } from "../support/guard-cases.ts";
import { type LocalSession, localSession } from "../support/local-session.ts";
import { scenarioCloud } from "../support/scenario-cloud.ts";

const MINUTE = 60_000;
const FROZEN = "launched: 6d ago, profile: watched, guest: { frozenAt: 1h ago }";
const WILLING = 'tags: { "watchkeeper:remediate": "yes" }';

const SCENARIO = `
version: 1
groups:
  - { name: frozen, names: frozen, ${WILLING}, ${FROZEN} }
  - { name: unasked, names: unasked, ${FROZEN} }
  - { name: nearly, names: nearly, tags: { "Watchkeeper:Remediate": "Yes" }, ${FROZEN} }
  - { name: stopped, names: stopped, state: stopped, ${WILLING}, launched: 6d ago, profile: watched }
  - { name: well, names: well, ${WILLING}, launched: 6d ago, profile: watched }
  - { name: host, names: host, ${WILLING}, ${FROZEN}, impairments: [{ check: system, at: 1h ago }] }
  - { name: member, names: member, ${WILLING}, ${FROZEN}, autoScalingGroup: web }
  - { name: standby, names: standby, ${WILLING}, ${FROZEN}, autoScalingGroup: { name: api, lifecycle: Standby } }
  - { name: refresh, names: refresh, ${WILLING}, ${FROZEN}, autoScalingGroup: { name: shop, refresh: { at: 5m ago, for: 1h } } }
  - { name: one, names: one, ${WILLING}, ${FROZEN}, targetGroup: front }
  - { name: two, names: two, ${WILLING}, ${FROZEN}, targetGroup: front }
  - { name: deployed, names: deployed, ${WILLING}, ${FROZEN}, deployment: { application: shop, at: 5m ago, for: 1h } }
  - { name: maintained, names: maintained, ${WILLING}, ${FROZEN}, events: [{ code: system-reboot, at: +20m, for: 1h }] }
`;

const [runbook, deploying, marking] = runbooksOf(`
guards: { deployments: { codeDeploy: false } }
runbooks:
  frozen: { use: frozen-instance }
  deploying: { use: frozen-instance, trigger: alarm_key="x", guards: { deployments: { codeDeploy: true } } }
  marking: { use: frozen-instance, when: { instanceCheck: impaired }, guards: { autoScaling: markUnhealthy } }
`) as [Runbook, Runbook, Runbook];

function runbooksOf(yaml: string): readonly Runbook[] {
  const text = `version: 1\nname: a\npolicies: []\nremediation:\n${yaml.trim().replace(/^(?=.)/gm, "  ")}\n`;
  const { configuration, diagnostics } = loadConfiguration(text, "w.yaml", {
    resourceTypes: {},
    packs: {},
    runbooks: shippedRunbooks(),
  });
  if (!configuration?.remediation) throw new Error(diagnostics.map(formatDiagnostic).join("\n"));
  return configuration.remediation.runbooks;
}

let aws: LocalSession;
const ids = new Map<string, string>();
let now = 0;

beforeAll(async () => {
  const local = scenarioCloud(SCENARIO);
  aws = await localSession(local);
  for (const { id, tags } of local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values())
    ids.set(tags.get("Name") ?? "", id);
  now = local.cloud.clock.time();
});

interface Asked {
  readonly runbook?: Runbook;
  readonly ago?: number;
  readonly earlier?: readonly RemediationRun[];
}

/** What is decided about an instance, in a line, and the calls that it took. */
async function decided(name: string, asked: Asked = {}) {
  const before = total();
  const alarm = { name: "frozen", account: ACCOUNT, changedAt: now - (asked.ago ?? 1) * MINUTE };
  const { course, guards } = await decide(
    aws.session,
    {
      instance: ids.get(name) ?? name,
      runbooks: [asked.runbook ?? runbook],
      alarm,
      earlier: asked.earlier ?? [],
    },
    aws.context,
  );
  const refused = "refusal" in course ? course.refusal : undefined;
  const word = course.act === "end" ? course.verdict : course.act;
  return {
    course: refused ? `${word} ${refused.guard} ${refused.reason.code}` : word,
    text: refused?.reason.text ?? "",
    calls: total() - before,
    guards,
  };
}

const total = (): number => Object.values(aws.calls.made()).reduce((sum, count) => sum + count, 0);

const begun = (name: string, minutesAgo: number, more: Parameters<typeof runOf>[0] = {}): RemediationRun =>
  runOf({
    instanceId: ids.get(name) ?? name,
    createdAt: now - minutesAgo * MINUTE,
    endedAt: now - (minutesAgo - 1) * MINUTE,
    ...more,
  });

describe("deciding against AWS", () => {
  it.each<[string, string, () => Asked]>([
    ["frozen", "repair", () => ({})],
    ["unasked", "refused opt-in not-opted-in", () => ({})],
    ["nearly", "refused opt-in opt-in-misspelt", () => ({})],
    ["stopped", "refused instance-state not-running", () => ({})],
    ["i-0123456789abcdef9", "gone instance-state instance-absent", () => ({})],
    ["well", "refused symptoms other-symptoms", () => ({})],
    ["host", "refused symptoms system-impaired", () => ({})],
    ["frozen", "refused stale-alarm alarm-deleted", () => ({ ago: 60 })],
    ["member", "refused auto-scaling auto-scaling-member", () => ({})],
    ["member", "markUnhealthy", () => ({ runbook: marking })],
    ["standby", "wait deployment lifecycle", () => ({ runbook: marking })],
    ["refresh", "wait deployment instance-refresh", () => ({ runbook: marking })],
    ["deployed", "wait deployment codedeploy", () => ({ runbook: deploying })],
    ["maintained", "refused scheduled-event event-near", () => ({})],
    ["frozen", "refused cooldown cooling-down", () => ({ earlier: [begun("frozen", 12)] })],
    [
      "frozen",
      "refused attempts too-many-attempts",
      () => ({ earlier: [begun("frozen", 120), begun("frozen", 240)] }),
    ],
    [
      "frozen",
      "refused fleet fleet-cap",
      () => ({ earlier: ["unasked", "well", "host"].map((name) => begun(name, 30)) }),
    ],
    [
      "one",
      "wait one-of-group group-under-repair",
      () => ({ earlier: [begun("two", 5, { endedAt: undefined })] }),
    ],
    ["one", "repair", () => ({ earlier: [begun("frozen", 5, { endedAt: undefined })] })],
    [
      "frozen",
      "refused hours outside-hours",
      () => ({
        runbook: {
          ...runbook,
          guards: { ...runbook.guards, hours: [{ years: [{ begin: 2030, end: 2030 }] }] },
        },
      }),
    ],
  ])("%s: %s", async (name, expected, asked) => {
    const { course, calls, text } = await decided(name, asked());
    expect(course, text).toBe(expected);
    expect(calls).toBeLessThanOrEqual(6);
  });

  it("takes three calls as a rule, and one more for an old alarm", async () => {
    expect((await decided("frozen")).calls).toBe(3);
    expect((await decided("frozen", { ago: 60 })).calls).toBe(4);
  });
});
