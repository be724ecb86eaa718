// What holds for every fleet, every history of changes and every failure.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DesiredAlarm } from "../../src/alarms/desired/desired-alarm.ts";
import { policy } from "../../src/alarms/test-fixtures.ts";
import type { MergePolicy } from "../../src/model/alarm-policy.ts";
import type { MetricAlarmSpec } from "../../src/model/alarm-spec.ts";
import type { Change } from "../../src/plan/plan.ts";
import {
  applied,
  compositeAlarm,
  cpuAlarm,
  desiredOf,
  plannerFor,
  SkippingClock,
  TOPIC,
} from "../support/desired.ts";
import { type Fault, MemoryCloudWatch } from "../support/memory-cloudwatch.ts";

const runs = process.env["WATCHKEEPER_SOAK"] ? 1500 : 150;

type Settings = Pick<
  MetricAlarmSpec,
  | "threshold"
  | "evaluationPeriods"
  | "datapointsToAlarm"
  | "period"
  | "statistic"
  | "extendedStatistic"
  | "treatMissingData"
> & {
  readonly comparisonOperator: MetricAlarmSpec["comparisonOperator"];
  readonly alarmActions: readonly string[];
};

/** Settings that CloudWatch takes. */
const settings: fc.Arbitrary<Settings> = fc
  .record({
    threshold: fc.integer({ min: 0, max: 4 }),
    evaluationPeriods: fc.integer({ min: 1, max: 6 }),
    m: fc.integer({ min: 1, max: 6 }),
    period: fc.constantFrom(60, 300, 21_600, 86_400),
    stat: fc.constantFrom("Average", "Maximum", "p90"),
    treatMissingData: fc.constantFrom("missing" as const, "breaching" as const, "ignore" as const),
    comparisonOperator: fc.constantFrom("GreaterThanThreshold" as const, "LessThanThreshold" as const),
    alarmActions: fc.subarray([TOPIC, `${TOPIC}-2`, `${TOPIC}-3`]),
  })
  .map(({ m, stat, ...rest }) => ({
    ...rest,
    datapointsToAlarm: Math.min(m, rest.evaluationPeriods),
    ...(stat.startsWith("p") ? { extendedStatistic: stat } : { statistic: stat }),
  }));

/** A desired alarm without the fixture's statistic, so that either kind can be given. */
function alarm(
  id: string,
  given: Settings,
  more: { readonly name?: string; readonly merge?: MergePolicy; readonly quiet?: boolean } = {},
) {
  const { name, merge = "keep", quiet = false } = more;
  const made = cpuAlarm(id, name === undefined ? {} : { alarmName: name }, {
    policy: policy({ merge, quietStart: quiet }),
  });
  const { statistic: _statistic, ...spec } = made.spec as MetricAlarmSpec;
  return { ...made, spec: { ...spec, ...given } };
}

const ids = ["i-1", "i-2", "i-3", "i-4"] as const;

/** A fleet: some instances, with names that may be others' names, and a composite over two of them. */
const fleet: fc.Arbitrary<readonly DesiredAlarm[]> = fc
  .record({
    chosen: fc.subarray([...ids]),
    given: fc.array(settings, { minLength: 4, maxLength: 4 }),
    names: fc.shuffledSubarray(["a", "b", "c", "d", "e"], { minLength: 4, maxLength: 4 }),
    renamed: fc.boolean(),
    composite: fc.boolean(),
    quiet: fc.boolean(),
  })
  .map(({ chosen, given, names, renamed, composite, quiet }) => {
    const alarms: DesiredAlarm[] = chosen.map((id, i) =>
      alarm(id, given[i] as Settings, { quiet, ...(renamed ? { name: names[i] as string } : {}) }),
    );
    const [first, second] = alarms;
    if (composite && first && second)
      alarms.push(compositeAlarm("both", `ALARM(${first.name}) AND OK(${second.name})`));
    return alarms;
  });

function account() {
  const clock = new SkippingClock("2026-10-01T00:00:00Z");
  return { clock, cloud: new MemoryCloudWatch(clock) };
}

async function planAndApply(cloud: MemoryCloudWatch, desired: readonly DesiredAlarm[], clock: SkippingClock) {
  const planner = plannerFor(cloud, desiredOf(desired), clock);
  const planned = await planner.plan();
  return { planned, outcomes: await applied(planner, planned.changes) };
}

const pending = (changes: readonly Change[]) =>
  changes.filter(({ action }) => action !== "keep" && action !== "conflict");

/** Puts and deletions of one name never stand in one plan, and every address stands there once. */
function expectSound(changes: readonly Change[]): void {
  const of = (...actions: string[]) =>
    changes.filter(({ action }) => actions.includes(action)).map(({ name }) => name);
  const put = of("create", "update", "mark");
  const deleted = new Set(of("delete"));
  expect(put.filter((name) => deleted.has(name))).toEqual([]);
  expect(new Set(put).size).toBe(put.length);
  expect(new Set(changes.map(({ address }) => address)).size).toBe(changes.length);
}

/** Applies until nothing is pending. Names that circle among alarms may wait for ever, so there is an end. */
async function settle(
  cloud: MemoryCloudWatch,
  desired: readonly DesiredAlarm[],
  clock: SkippingClock,
): Promise<boolean> {
  for (let i = 0; i < 6; i += 1) {
    // Alarms created quietly settle meanwhile.
    await clock.advance(600_000);
    const { planned, outcomes } = await planAndApply(cloud, desired, clock);
    expectSound(planned.changes);
    if (pending(planned.changes).length === 0) return true;
    if (outcomes.every(({ status }) => status !== "applied")) return false;
  }
  return false;
}

describe("planning alarms", () => {
  it("has nothing to change once it was applied, and reaches what was asked for", async () => {
    await fc.assert(
      fc.asyncProperty(fleet, fleet, async (first, second) => {
        const { cloud, clock } = account();
        await planAndApply(cloud, first, clock);
        expect(pending((await plannerFor(cloud, desiredOf(first), clock).plan()).changes)).toEqual([]);
        await settle(cloud, second, clock);
        const { changes, notes } = await plannerFor(cloud, desiredOf(second), clock).plan();
        expect(pending(changes)).toEqual([]);
        if (changes.length > 0 || notes.some(({ code }) => code === "rename-blocked")) return;
        const fresh = account();
        await planAndApply(fresh.cloud, second, fresh.clock);
        const settled = (snapshot: Record<string, unknown>) =>
          JSON.parse(JSON.stringify(snapshot).replace(/ n?q[0-9a-z]+\]/g, "]"));
        expect(settled(cloud.snapshot())).toEqual(settled(fresh.cloud.snapshot()));
      }),
      { numRuns: runs },
    );
  });

  it("never alters a field tuned by hand through unrelated changes of the configuration", async () => {
    // Evaluation periods, M of N and period are related to each other: together they must make a window.
    const related = {
      Threshold: ["threshold"],
      TreatMissingData: ["treatMissingData"],
      Statistic: ["statistic", "extendedStatistic"],
    } as const satisfies Record<string, readonly (keyof Settings)[]>;
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.array(settings, { maxLength: 6 }),
        fc.constantFrom("Threshold" as const, "TreatMissingData" as const, "Statistic" as const),
        fc.nat(4),
        async (first, changes, tuned, value) => {
          const { cloud, clock } = account();
          await planAndApply(cloud, [alarm("i-1", first)], clock);
          const live = cloud.alarms.get("cpu-high-i-1");
          const tunedTo =
            tuned === "Threshold" ? 10 + value : tuned === "Statistic" ? "Minimum" : "notBreaching";
          const { ExtendedStatistic: extended, ...rest } = live ?? {};
          cloud.alarms.set("cpu-high-i-1", {
            ...rest,
            ...(tuned === "Statistic" || extended === undefined ? {} : { ExtendedStatistic: extended }),
            [tuned]: tunedTo,
          } as never);
          for (const change of changes) {
            const kept = Object.fromEntries(related[tuned].map((name) => [name, first[name]]));
            const { statistic: _a, extendedStatistic: _b, ...others } = change;
            const unrelated = tuned === "Statistic" ? { ...others, ...kept } : { ...change, ...kept };
            const defined = Object.fromEntries(
              Object.entries(unrelated).filter(([, each]) => each !== undefined),
            );
            await planAndApply(cloud, [alarm("i-1", defined as unknown as Settings)], clock);
            expect(cloud.alarms.get("cpu-high-i-1")?.[tuned]).toBe(tunedTo);
          }
        },
      ),
      { numRuns: runs },
    );
  });

  it("never makes an alarm that CloudWatch refuses, whatever people and configuration change", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ configured: settings, byHand: fc.option(settings) }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.constantFrom("keep" as const, "config" as const, "keep-silenced" as const),
        async (steps, merge) => {
          const { cloud, clock } = account();
          for (const { configured, byHand } of steps) {
            const { outcomes } = await planAndApply(cloud, [alarm("i-1", configured, { merge })], clock);
            expect(outcomes.filter(({ status }) => status !== "applied")).toEqual([]);
            const live = cloud.alarms.get("cpu-high-i-1") ?? {};
            const { Period = 0, EvaluationPeriods = 0 } = live;
            const longest = Period >= 3600 ? 604_800 : 86_400;
            expect(Period * EvaluationPeriods).toBeLessThanOrEqual(longest);
            if (!byHand) continue;
            const { ExtendedStatistic: _e, Statistic: _s, ...rest } = live as Record<string, unknown>;
            cloud.alarms.set("cpu-high-i-1", {
              ...rest,
              Threshold: byHand.threshold,
              EvaluationPeriods: byHand.evaluationPeriods,
              DatapointsToAlarm: byHand.datapointsToAlarm,
              Period: byHand.period,
              ...(byHand.statistic
                ? { Statistic: byHand.statistic }
                : { ExtendedStatistic: byHand.extendedStatistic }),
              TreatMissingData: byHand.treatMissingData,
              AlarmActions: byHand.alarmActions,
            } as never);
          }
        },
      ),
      { numRuns: runs },
    );
  });

  it("never touches what isn't ours and ends the same, whatever fails on the way", async () => {
    const faults = fc.constantFrom<Fault>("throttle", "error", "lost", "kill");
    await fc.assert(
      fc.asyncProperty(
        fleet,
        fleet,
        fc.array(fc.tuple(fc.nat(25), faults), { minLength: 1, maxLength: 6 }),
        async (first, second, failures) => {
          const run = async (failing: boolean) => {
            const { cloud, clock } = account();
            await planAndApply(cloud, first, clock);
            for (const name of ["foreign", "tf-cpu", "copy"]) {
              const model = cloud.alarms.get(first[0]?.name ?? "");
              cloud.alarms.set(name, {
                AlarmName: name,
                Threshold: 5,
                ...(name === "copy" ? { ...model, AlarmName: name } : {}),
              } as never);
            }
            const before = JSON.stringify(
              ["foreign", "tf-cpu", "copy"].map((name) => cloud.alarms.get(name)),
            );
            for (const [at, fault] of failing ? failures : []) {
              const start = cloud.calls.length;
              let dead = false;
              cloud.fault = (call) => {
                dead ||= fault === "kill" && call - start >= at;
                return dead ? "kill" : call - start === at ? fault : undefined;
              };
              const planner = plannerFor(cloud, desiredOf(second), clock);
              const { changes } = await planner.plan();
              expectSound(changes);
              await applied(planner, changes);
              cloud.fault = () => undefined;
            }
            const settled = await settle(cloud, second, clock);
            expect(JSON.stringify(["foreign", "tf-cpu", "copy"].map((name) => cloud.alarms.get(name)))).toBe(
              before,
            );
            return { cloud, settled };
          };
          const [undisturbed, disturbed] = [await run(false), await run(true)];
          if (!undisturbed.settled) return;
          const settled = (snapshot: Record<string, unknown>) =>
            JSON.parse(JSON.stringify(snapshot).replace(/ n?q[0-9a-z]+\]/g, "]"));
          expect(settled(disturbed.cloud.snapshot())).toEqual(settled(undisturbed.cloud.snapshot()));
        },
      ),
      { numRuns: runs },
    );
  });
});
