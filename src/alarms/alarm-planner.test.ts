import { beforeEach, describe, expect, it } from "vitest";
import {
  absentFate,
  applied,
  compositeAlarm,
  cpuAlarm,
  desiredOf,
  plannerFor,
  SkippingClock,
  TOPIC,
} from "../../test/support/desired.ts";
import { MemoryCloudWatch } from "../../test/support/memory-cloudwatch.ts";
import type { Change } from "../plan/plan.ts";
import type { AlarmPlannerOptions } from "./alarm-planner-options.ts";
import type { DesiredAlarm, DesiredAlarms } from "./desired/desired-alarm.ts";
import { policy } from "./test-fixtures.ts";

let clock: SkippingClock;
let cloud: MemoryCloudWatch;

beforeEach(() => {
  clock = new SkippingClock("2026-10-01T00:00:00Z");
  cloud = new MemoryCloudWatch(clock);
});

const fleet = (ids: readonly string[]) => ids.map((id) => cpuAlarm(id));

async function plan(
  desired: readonly DesiredAlarm[] | DesiredAlarms,
  more: Partial<AlarmPlannerOptions> = {},
) {
  const wanted = "alarms" in desired ? desired : desiredOf(desired);
  const planner = plannerFor(cloud, wanted, clock, more);
  return { planner, planned: await planner.plan() };
}

async function apply(
  desired: readonly DesiredAlarm[] | DesiredAlarms,
  more: Partial<AlarmPlannerOptions> = {},
) {
  const { planner, planned } = await plan(desired, more);
  return { planned, outcomes: await applied(planner, planned.changes) };
}

/** What a person does: puts the alarm again with other settings. */
async function byHand(name: string, settings: Record<string, unknown>): Promise<void> {
  const {
    StateValue: _state,
    AlarmConfigurationUpdatedTimestamp: _time,
    ...alarm
  } = cloud.alarms.get(name) ?? {};
  const operation = alarm.AlarmRule === undefined ? "PutMetricAlarm" : "PutCompositeAlarm";
  await cloud.send("cloudwatch", operation as "PutMetricAlarm", { ...alarm, ...settings } as never);
  cloud.calls.length = 0;
}

const shown = (changes: readonly Change[]) =>
  changes.map(({ action, reason, name }) => `${action} ${reason.code} ${name}`);

describe("a plan", () => {
  it("creates what is missing, and a second one is empty", async () => {
    const desired = [
      ...fleet(["i-1", "i-2"]),
      compositeAlarm("both", "ALARM(cpu-high-i-1) AND ALARM(cpu-high-i-2)"),
    ];
    const { planned, outcomes } = await apply(desired);
    expect(shown(planned.changes)).toEqual([
      "create new cpu-high-i-1",
      "create new cpu-high-i-2",
      "create new both",
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["applied", "applied", "applied"]);
    expect(cloud.alarms.get("cpu-high-i-1")?.AlarmDescription).toMatch(
      /^The machine is busy\.\n\[wk1 web-team production\/cpu-high\/i-1 [A-Za-z0-9_-]{80}\]$/,
    );
    expect(Object.fromEntries(cloud.tags.get("cpu-high-i-1") ?? [])).toEqual({
      "watchkeeper:config": "web-team",
      "watchkeeper:id": "web-team/production/cpu-high/i-1",
    });
    const again = (await plan(desired)).planned;
    expect(again.changes).toEqual([]);
    expect(again.unchanged).toBe(3);
    expect(again.cost).toEqual({ before: expect.closeTo(0.3), after: expect.closeTo(0.3) });
  });

  it("counts the calls that applying makes", async () => {
    const { planner, planned } = await plan([
      ...fleet(["i-1", "i-2"]),
      compositeAlarm("both", "ALARM(cpu-high-i-1) OR ALARM(cpu-high-i-2)"),
    ]);
    cloud.calls.length = 0;
    await applied(planner, planned.changes);
    const made: Record<string, number> = {};
    for (const call of cloud.calls) made[`cloudwatch:${call}`] = (made[`cloudwatch:${call}`] ?? 0) + 1;
    expect(made).toEqual(planned.callsToMake);
  });

  it("takes a change of the configuration over", async () => {
    await apply(fleet(["i-1"]));
    const { planned } = await apply([cpuAlarm("i-1", { threshold: 80 })]);
    expect(shown(planned.changes)).toEqual(["update configuration-changed cpu-high-i-1"]);
    expect(planned.changes[0]?.fields).toEqual([
      { field: "threshold", live: 90, desired: 80, verdict: "update", lastAsked: "live" },
    ]);
    expect(cloud.alarms.get("cpu-high-i-1")?.Threshold).toBe(80);
    expect((await plan([cpuAlarm("i-1", { threshold: 80 })])).planned.changes).toEqual([]);
  });

  it("keeps a tuned threshold through other changes, and tells a conflict when both changed", async () => {
    await apply(fleet(["i-1"]));
    await clock.advance(86_400_000);
    await byHand("cpu-high-i-1", { Threshold: 95 });
    const kept = (await plan(fleet(["i-1"]))).planned;
    expect(shown(kept.changes)).toEqual(["keep tuned-by-hand cpu-high-i-1"]);
    expect(kept.changes[0]?.reason.text).toBe("tuned by hand 2026-10-02, configuration says 90");

    await apply([cpuAlarm("i-1", { comparisonOperator: "GreaterThanOrEqualToThreshold" })]);
    expect(cloud.alarms.get("cpu-high-i-1")).toMatchObject({
      Threshold: 95,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
    });

    const both = [cpuAlarm("i-1", { comparisonOperator: "GreaterThanOrEqualToThreshold", threshold: 70 })];
    expect(shown((await plan(both)).planned.changes)).toEqual(["conflict field-conflict cpu-high-i-1"]);
    const config = both.map((alarm) => ({ ...alarm, policy: policy({ merge: "config" }) }));
    expect(shown((await plan(config)).planned.changes)).toEqual([
      "update configuration-changed cpu-high-i-1",
    ]);
    const reset = { intent: { kind: "reset", alarm: "cpu-high-i-1", fields: "all" } } as const;
    const { planned } = await apply(both, reset);
    expect(shown(planned.changes)).toEqual(["update reset cpu-high-i-1"]);
    expect(cloud.alarms.get("cpu-high-i-1")?.Threshold).toBe(70);
    expect((await plan(both)).planned.changes).toEqual([]);
  });

  it("restores what was silenced by hand, unless told not to", async () => {
    await apply(fleet(["i-1", "i-2"]));
    await byHand("cpu-high-i-1", { AlarmActions: [] });
    await byHand("cpu-high-i-2", { ActionsEnabled: false });
    const { planner, planned } = await plan(fleet(["i-1", "i-2"]));
    expect(shown(planned.changes)).toEqual([
      "update silenced-by-hand cpu-high-i-1",
      "update silenced-by-hand cpu-high-i-2",
    ]);
    expect(planned.changes.map(({ reason }) => reason.text)).toEqual([
      "actions were removed by hand 2026-10-01: will be restored",
      "actions were switched off by hand 2026-10-01: will be restored",
    ]);
    const lenient = fleet(["i-1", "i-2"]).map((alarm) => ({
      ...alarm,
      policy: policy({ merge: "keep-silenced" }),
    }));
    expect(shown((await plan(lenient)).planned.changes)).toEqual([
      "keep silenced-kept cpu-high-i-1",
      "keep silenced-kept cpu-high-i-2",
    ]);
    await applied(planner, planned.changes);
    expect(cloud.calls.filter((call) => call === "EnableAlarmActions")).toHaveLength(1);
    expect((await plan(fleet(["i-1", "i-2"]))).planned.changes).toEqual([]);
  });

  it("keeps actions that were added", async () => {
    await apply(fleet(["i-1"]));
    await byHand("cpu-high-i-1", { AlarmActions: [TOPIC, `${TOPIC}-2`] });
    expect(shown((await plan(fleet(["i-1"]))).planned.changes)).toEqual(["keep tuned-by-hand cpu-high-i-1"]);
    await byHand("cpu-high-i-1", { AlarmActions: [`${TOPIC}-2`] });
    await apply(fleet(["i-1"]));
    expect(cloud.alarms.get("cpu-high-i-1")?.AlarmActions).toEqual([TOPIC, `${TOPIC}-2`]);
  });

  it("restores the mark of an alarm rewritten bare, and what it silenced, and keeps what was tuned", async () => {
    await apply(fleet(["i-1"]));
    cloud.alarms.set("cpu-high-i-1", {
      ...cloud.alarms.get("cpu-high-i-1"),
      AlarmDescription: undefined as never,
      AlarmActions: [],
      Threshold: 97,
    });
    const { planned } = await apply(fleet(["i-1"]));
    expect(shown(planned.changes)).toEqual(["update silenced-by-hand cpu-high-i-1"]);
    expect(planned.changes[0]?.reason.text).toContain("mark lost");
    expect(cloud.alarms.get("cpu-high-i-1")).toMatchObject({ Threshold: 97, AlarmActions: [TOPIC] });
    expect(shown((await plan(fleet(["i-1"]))).planned.changes)).toEqual(["keep tuned-by-hand cpu-high-i-1"]);
  });

  it("sees no difference after the console's Save", async () => {
    await apply(fleet(["i-1"]));
    await byHand("cpu-high-i-1", { DatapointsToAlarm: 3, TreatMissingData: "missing" });
    expect((await plan(fleet(["i-1"]))).planned.changes).toEqual([]);
  });

  it("never overwrites somebody else's alarm, and adopts it when asked", async () => {
    await byHandPut("cpu-high-i-1", { Threshold: 42 });
    const { planned } = await apply(fleet(["i-1"]));
    expect(shown(planned.changes)).toEqual(["conflict not-ours cpu-high-i-1"]);
    expect(cloud.alarms.get("cpu-high-i-1")?.AlarmDescription).toBe("mine");
    const adopted = await apply(fleet(["i-1"]), { intent: { kind: "adopt", names: ["cpu-high-i-1"] } });
    expect(shown(adopted.planned.changes)).toEqual(["update adopted cpu-high-i-1"]);
    expect(cloud.alarms.get("cpu-high-i-1")).toMatchObject({ Threshold: 42, AlarmActions: [TOPIC] });
    expect(cloud.tags.get("cpu-high-i-1")?.get("watchkeeper:config")).toBe("web-team");
    expect(shown((await plan(fleet(["i-1"]))).planned.changes)).toEqual(["keep tuned-by-hand cpu-high-i-1"]);
  });

  it("adopts an alarm of another name, which keeps it", async () => {
    await byHandPut("tf-cpu", { Threshold: 42 });
    expect((await plan(fleet(["i-1"]))).planned.notes.map(({ code }) => code)).toContain("also-watched");
    await apply(fleet(["i-1"]), { intent: { kind: "adopt", names: ["tf-cpu"] } });
    expect(shown((await plan(fleet(["i-1"]))).planned.changes)).toEqual(["keep tuned-by-hand tf-cpu"]);
    const again = (await plan(fleet(["i-1"]), { intent: { kind: "adopt", names: ["tf-cpu"] } })).planned;
    expect(again.changes).toEqual([]);
    expect(again.notes.map(({ code }) => code)).toEqual(["already-ours"]);
    await expect(plan(fleet(["i-1"]), { intent: { kind: "adopt", names: ["none"] } })).rejects.toThrow(
      'no alarm "none"',
    );
  });

  it("follows the policy where somebody else watches already", async () => {
    await byHandPut("tf-cpu", {});
    const withPolicy = (existing: "skip" | "adopt") => [{ ...cpuAlarm("i-1"), policy: policy({ existing }) }];
    const skipped = (await plan(withPolicy("skip"))).planned;
    expect(skipped.changes).toEqual([]);
    expect(skipped.skipped.map(({ reason }) => reason.code)).toEqual(["watched-already"]);
    expect(shown((await plan(withPolicy("adopt"))).planned.changes)).toEqual(["update adopted tf-cpu"]);
  });

  it("leaves alarms of other configurations, copies and newer marks alone", async () => {
    await apply(fleet(["i-1"]));
    const ours = cloud.alarms.get("cpu-high-i-1");
    cloud.alarms.set("copy", { ...ours, AlarmName: "copy" });
    const other = ours?.AlarmDescription?.replace("[wk1 web-team ", "[wk1 other-team ");
    cloud.alarms.set("cpu-high-i-2", {
      ...ours,
      AlarmName: "cpu-high-i-2",
      AlarmDescription: other as string,
    });
    cloud.alarms.set("cpu-high-i-3", {
      ...ours,
      AlarmName: "cpu-high-i-3",
      AlarmDescription: "[wk2 web-team production/cpu-high/i-3 whatever]",
    });
    const { planned } = await plan(fleet(["i-1", "i-2", "i-3"]));
    expect(shown(planned.changes)).toEqual([
      "conflict other-configuration cpu-high-i-2",
      "keep newer-mark cpu-high-i-3",
    ]);
    expect(planned.notes.map(({ code }) => code)).toContain("copy");
    expect(shown((await plan([])).planned.changes)).toEqual([
      "delete terminated cpu-high-i-1",
      "keep newer-mark cpu-high-i-3",
    ]);
  });

  it("doesn't rewrite an alarm with members that it doesn't know", async () => {
    await apply(fleet(["i-1"]));
    cloud.alarms.set("cpu-high-i-1", { ...cloud.alarms.get("cpu-high-i-1"), NewMember: 1 } as never);
    expect((await plan(fleet(["i-1"]))).planned.changes).toEqual([]);
    const { planned } = await plan([cpuAlarm("i-1", { threshold: 1 })]);
    expect(shown(planned.changes)).toEqual(["keep unknown-field cpu-high-i-1"]);
    expect(planned.changes[0]?.reason.text).toContain("NewMember");
  });

  it("carries settings over that the configuration can't express", async () => {
    await apply(fleet(["i-1"]));
    await byHand("cpu-high-i-1", { EvaluationWindow: { WallClockWindow: {} } });
    expect((await plan(fleet(["i-1"]))).planned.changes).toEqual([]);
    await apply([cpuAlarm("i-1", { threshold: 1 })]);
    expect(cloud.alarms.get("cpu-high-i-1")).toMatchObject({
      Threshold: 1,
      EvaluationWindow: { WallClockWindow: {} },
    });
  });
});

/** Somebody else's alarm. */
async function byHandPut(name: string, settings: Record<string, unknown>): Promise<void> {
  await cloud.send("cloudwatch", "PutMetricAlarm", {
    AlarmName: name,
    AlarmDescription: "mine",
    Namespace: "AWS/EC2",
    MetricName: "CPUUtilization",
    Dimensions: [{ Name: "InstanceId", Value: "i-1" }],
    Statistic: "Average",
    Period: 300,
    EvaluationPeriods: 3,
    Threshold: 90,
    ComparisonOperator: "GreaterThanThreshold",
    ...settings,
  });
}

describe("deletion", () => {
  it("takes exactly the alarms of what is gone", async () => {
    await apply(fleet(["i-1", "i-2"]));
    await byHandPut("foreign", {});
    const { planned } = await apply(fleet(["i-1"]));
    expect(shown(planned.changes)).toEqual(["delete terminated cpu-high-i-2"]);
    expect([...cloud.alarms.keys()]).toEqual(["cpu-high-i-1", "foreign"]);
  });

  it("looks for absent resources directly, and keeps what exists or couldn't be looked for", async () => {
    await apply(fleet(["i-1", "i-2"]));
    const absent = desiredOf([], absentFate);
    const found = await plan(absent, { findExisting: async () => new Set(["i-1"]) });
    expect(shown(found.planned.changes)).toEqual([
      "keep still-exists cpu-high-i-1",
      "delete absent cpu-high-i-2",
    ]);
    const failed = await plan(absent, { findExisting: () => Promise.reject(new Error("denied")) });
    expect(shown(failed.planned.changes)).toEqual([
      "keep look-failed cpu-high-i-1",
      "keep look-failed cpu-high-i-2",
    ]);
  });

  it("needs whole listings", async () => {
    await apply(fleet(["i-1", "i-2"]));
    const broken = { account: cloud.account, region: cloud.region, type: "ec2.instance", complete: false };
    for (const fateOf of [undefined, absentFate])
      expect(shown((await plan(desiredOf([], fateOf), { inventory: [broken] })).planned.changes)).toEqual([
        "keep scope-incomplete cpu-high-i-1",
        "keep scope-incomplete cpu-high-i-2",
      ]);
    cloud.pageSize = 1;
    cloud.fault = (_, operation) =>
      operation === "DescribeAlarms" && cloud.calls.at(-1) === "DescribeAlarms" ? "error" : undefined;
    cloud.calls.length = 0;
    const { planned } = await plan(fleet(["i-3"]));
    expect(shown(planned.changes)).toEqual(["keep scope-incomplete cpu-high-i-1"]);
    expect(planned.scopes[0]).toMatchObject({ complete: false, error: { code: "InternalServiceError" } });
  });

  it("is limited, and says why, where this file knows none of the alarms of its name", async () => {
    const ids = Array.from({ length: 6 }, (_, i) => `i-${i}`);
    await apply(fleet(ids));
    const reason = { code: "alarm-removed", text: "removed" };
    const removed = () => ({ verdict: "delete", reason, proof: "proven" }) as const;
    const other = await plan(desiredOf([], removed));
    expect(other.planned.notes.map(({ code }) => code)).toEqual(["unknown-alarms", "deletion-refused"]);
    expect(other.planned.notes[0]?.message).toContain("give one of the two another name");
    expect(other.planned.changes.every(({ action }) => action === "keep")).toBe(true);
    const ours = await plan(desiredOf(fleet(ids.slice(5)), removed));
    expect(ours.planned.notes).toEqual([]);
    expect(ours.planned.changes.every(({ action }) => action === "delete")).toBe(true);
  });

  it("is limited for what is merely absent", async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `i-${i}`);
    await apply(fleet(ids));
    const absent = desiredOf(fleet(ids.slice(6)), absentFate);
    const { planned } = await plan(absent);
    expect(new Set(planned.changes.map(({ reason }) => reason.code))).toEqual(new Set(["deletion-refused"]));
    expect(planned.notes).toMatchObject([{ severity: "error", code: "deletion-refused" }]);
    expect(planned.notes[0]?.message).toContain("--allow-deletes 6");
    expect(
      (await plan(absent, { allowDeletes: 6 })).planned.changes.every(({ action }) => action === "delete"),
    ).toBe(true);
    expect((await plan(desiredOf(fleet(ids.slice(5)), absentFate))).planned.changes).toHaveLength(5);
    expect((await plan(desiredOf([]))).planned.changes.every(({ action }) => action === "delete")).toBe(true);
  });

  it("deletes composites before their children", async () => {
    await apply([
      ...fleet(["i-1", "i-2"]),
      compositeAlarm("outer", "ALARM(inner) OR ALARM(cpu-high-i-2)"),
      compositeAlarm("inner", "ALARM(cpu-high-i-1)"),
    ]);
    expect(cloud.alarms.size).toBe(4);
    const { outcomes } = await apply([], {});
    expect(outcomes.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "outer applied",
      "inner applied",
      "cpu-high-i-1 applied",
      "cpu-high-i-2 applied",
    ]);
  });

  it("destroys what is ours by mark or tag, and nothing else", async () => {
    await apply(fleet(["i-1", "i-2", "i-3"]));
    await byHandPut("foreign", {});
    cloud.alarms.set("cpu-high-i-2", { ...cloud.alarms.get("cpu-high-i-2"), AlarmDescription: "rewritten" });
    cloud.alarms.set("copy", { ...cloud.alarms.get("cpu-high-i-1"), AlarmName: "copy" });
    await apply(fleet(["i-1", "i-2"]), { intent: { kind: "destroy" } });
    expect([...cloud.alarms.keys()]).toEqual(["foreign", "copy"]);
  });
});

describe("names", () => {
  it("renames by a new alarm that keeps what was tuned, then deletes the old one", async () => {
    await apply(fleet(["i-1"]));
    await byHand("cpu-high-i-1", { Threshold: 95 });
    const renamed = [cpuAlarm("i-1", { alarmName: "busy-i-1" })];
    const { planned } = await apply(renamed);
    expect(shown(planned.changes)).toEqual(["create renamed busy-i-1", "delete renamed cpu-high-i-1"]);
    expect(new Set(planned.changes.map(({ address }) => address)).size).toBe(2);
    expect([...cloud.alarms.keys()]).toEqual(["busy-i-1"]);
    expect(cloud.alarms.get("busy-i-1")?.Threshold).toBe(95);
    expect(shown((await plan(renamed)).planned.changes)).toEqual(["keep tuned-by-hand busy-i-1"]);
  });

  it("keeps the old alarm when the new one could not be written, and finishes a rename that was cut short", async () => {
    await apply(fleet(["i-1"]));
    const renamed = [cpuAlarm("i-1", { alarmName: "busy-i-1" })];
    cloud.fault = (_, operation) => (operation === "PutMetricAlarm" ? "throttle" : undefined);
    const { outcomes } = await apply(renamed);
    expect(outcomes.map(({ status }) => status)).toEqual(["failed", "refused"]);
    expect([...cloud.alarms.keys()]).toEqual(["cpu-high-i-1"]);
    cloud.fault = (_, operation) => (operation === "DeleteAlarms" ? "throttle" : undefined);
    await apply(renamed);
    expect([...cloud.alarms.keys()]).toEqual(["cpu-high-i-1", "busy-i-1"]);
    cloud.fault = () => undefined;
    expect(shown((await apply(renamed)).planned.changes)).toEqual(["delete renamed cpu-high-i-1"]);
    expect([...cloud.alarms.keys()]).toEqual(["busy-i-1"]);
  });

  it("lets an alarm take the place of one that goes, where it stands", async () => {
    await apply([cpuAlarm("i-1", { alarmName: "cpu-web" })]);
    const { planned } = await apply([cpuAlarm("i-2", { alarmName: "cpu-web" })]);
    expect(shown(planned.changes)).toEqual(["update replaced cpu-web"]);
    expect(cloud.calls).not.toContain("DeleteAlarms");
    expect(cloud.alarms.get("cpu-web")?.Dimensions).toEqual([{ Name: "InstanceId", Value: "i-2" }]);
    expect(cloud.tags.get("cpu-web")?.get("watchkeeper:id")).toBe("web-team/production/cpu-high/i-2");
    expect((await plan([cpuAlarm("i-2", { alarmName: "cpu-web" })])).planned.changes).toEqual([]);
  });

  it("waits with a name that another alarm still holds", async () => {
    await apply([cpuAlarm("i-1", { alarmName: "a" }), cpuAlarm("i-2", { alarmName: "b" })]);
    const moved = [cpuAlarm("i-1", { alarmName: "b" }), cpuAlarm("i-2", { alarmName: "c" })];
    const first = await apply(moved);
    expect(shown(first.planned.changes)).toEqual(["create renamed c"]);
    expect(first.planned.notes.map(({ code }) => code)).toContain("rename-blocked");
    expect(shown((await apply(moved)).planned.changes)).toEqual(["update renamed b", "delete renamed a"]);
    expect(cloud.alarms.get("b")?.Dimensions).toEqual([{ Name: "InstanceId", Value: "i-1" }]);
    expect((await plan(moved)).planned.changes).toEqual([]);
    expect([...cloud.alarms.keys()].sort()).toEqual(["b", "c"]);
  });

  it("doesn't turn a metric alarm into a composite one", async () => {
    await apply([cpuAlarm("", { alarmName: "x" }, { key: "x" })]);
    expect(shown((await plan([compositeAlarm("x", "TRUE")])).planned.changes)).toEqual([
      "conflict kind-differs x",
    ]);
  });
});

describe("data", () => {
  it("gates creation only", async () => {
    const gated = fleet(["i-1", "i-2"]).map((alarm) => ({ ...alarm, createOnlyIfSeen: true }));
    const seen = async () => new Set(["web-team/production/cpu-high/i-1"]);
    const { planned } = await apply(gated, { seen });
    expect(shown(planned.changes)).toEqual(["create new cpu-high-i-1"]);
    expect(planned.skipped.map(({ reason }) => reason.code)).toEqual(["not-seen"]);
    const never = () => Promise.reject(new Error("not asked"));
    expect((await plan(gated.slice(0, 1), { seen: never })).planned.changes).toEqual([]);
  });

  it("chooses the live series of several", async () => {
    const series = (image: string) => [
      { name: "ImageId", value: image },
      { name: "InstanceId", value: "i-1" },
    ];
    const candidates = [series("ami-1"), series("ami-2")];
    const desired = [cpuAlarm("i-1", { dimensions: series("ami-1") }, { candidates })];
    const answer = (image: string) => async () =>
      new Map([["web-team/production/cpu-high/i-1", series(image)]]);
    expect((await plan(desired)).planned.skipped.map(({ reason }) => reason.code)).toEqual([
      "series-ambiguous",
    ]);
    await apply(desired, { freshest: answer("ami-2") });
    expect(cloud.alarms.get("cpu-high-i-1")?.Dimensions?.[0]).toEqual({ Name: "ImageId", Value: "ami-2" });
    expect((await plan(desired)).planned.changes).toEqual([]);
    expect(shown((await plan(desired, { freshest: answer("ami-1") })).planned.changes)).toEqual([
      "update configuration-changed cpu-high-i-1",
    ]);
  });
});

describe("quiet start", () => {
  const quiet = (ids: readonly string[]) =>
    fleet(ids).map((alarm) => ({ ...alarm, policy: policy({ quietStart: true }) }));

  it("creates with actions off and switches them on once settled", async () => {
    const { outcomes } = await apply(quiet(["i-1"]));
    expect(outcomes).toMatchObject([{ status: "applied" }]);
    const created = cloud.log.find(({ operation }) => operation === "PutMetricAlarm");
    expect(created?.input).toMatchObject({ ActionsEnabled: false });
    expect(cloud.alarms.get("cpu-high-i-1")?.ActionsEnabled).toBe(true);
    expect((await plan(quiet(["i-1"]))).planned.changes).toEqual([]);
  });

  it("is finished by the next run when this one was killed", async () => {
    cloud.fault = (_, operation) => (operation === "EnableAlarmActions" ? "kill" : undefined);
    await apply(quiet(["i-1"]));
    expect(cloud.alarms.get("cpu-high-i-1")?.ActionsEnabled).toBe(false);
    cloud.fault = () => undefined;
    const { planned } = await apply(quiet(["i-1"]));
    expect(shown(planned.changes)).toEqual(["update quiet-start-settled cpu-high-i-1"]);
    expect(cloud.alarms.get("cpu-high-i-1")?.ActionsEnabled).toBe(true);
    await clock.advance(48 * 3_600_000);
    await byHand("cpu-high-i-1", { ActionsEnabled: false });
    expect(shown((await plan(quiet(["i-1"]))).planned.changes)).toEqual([
      "update silenced-by-hand cpu-high-i-1",
    ]);
  });
});

describe("apply", () => {
  it("refuses what changed since the plan", async () => {
    await apply(fleet(["i-1", "i-2"]));
    const { planner, planned } = await plan([cpuAlarm("i-1", { threshold: 1 }), cpuAlarm("i-3")]);
    await byHand("cpu-high-i-1", { Threshold: 50 });
    await byHand("cpu-high-i-2", { Threshold: 50 });
    await byHandPut("cpu-high-i-3", {});
    const outcomes = await applied(planner, planned.changes);
    expect(outcomes.map(({ status }) => status)).toEqual(["refused", "refused", "refused"]);
    expect(cloud.alarms.get("cpu-high-i-1")?.Threshold).toBe(50);
    expect(cloud.alarms.has("cpu-high-i-2")).toBe(true);
  });

  it("goes on after failures and splits a deletion that fails", async () => {
    await apply(fleet(["i-1", "i-2", "i-3"]));
    await cloud.send("cloudwatch", "PutCompositeAlarm", {
      AlarmName: "foreign",
      AlarmRule: "ALARM(cpu-high-i-2)",
    });
    const { outcomes } = await apply([]);
    expect(outcomes.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      "cpu-high-i-1 applied",
      "cpu-high-i-2 failed",
      "cpu-high-i-3 applied",
    ]);
  });

  it("begins nothing after an abort, and tells what is left", async () => {
    const controller = new AbortController();
    const ids = Array.from({ length: 30 }, (_, i) => `i-${i}`);
    const context = {
      clock,
      random: () => 0,
      signal: controller.signal,
      log: { debug: () => {}, warn: () => {} },
    };
    const { planner, planned } = await plan(fleet(ids), { context });
    cloud.fault = () => {
      if (cloud.alarms.size >= 10) controller.abort();
      return undefined;
    };
    const outcomes = await applied(planner, planned.changes);
    expect(outcomes).toHaveLength(30);
    const pending = outcomes.filter(({ status }) => status === "pending").length;
    expect(pending).toBeGreaterThan(10);
    expect(cloud.alarms.size).toBe(30 - pending);
  });

  it("reads again in blocks that stay fresh at the session's rate", async () => {
    const ids = Array.from({ length: 25 }, (_, i) => `i-${i}`);
    const { planner, planned } = await plan(fleet(ids));
    cloud.calls.length = 0;
    await applied(planner, planned.changes);
    expect(cloud.calls.filter((call) => call === "DescribeAlarms")).toHaveLength(3);
    expect(planned.callsToMake).toEqual({ "cloudwatch:DescribeAlarms": 3, "cloudwatch:PutMetricAlarm": 25 });
  });
});
