import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MetricAlarm } from "./alarm.ts";
import { type Backtest, type BacktestRequest, backtest } from "./backtest.ts";
import { scoreLabels } from "./backtest-labels.ts";
import { PointGrid } from "./point-grid.ts";

const START = Date.UTC(2026, 0, 5) / 1000;
const ALARM: MetricAlarm = {
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: "GreaterThanThreshold",
};

function test(
  values: readonly number[],
  alarm: Partial<MetricAlarm> = {},
  request: Partial<BacktestRequest> = {},
): Backtest {
  const result = backtest({
    alarm: { ...ALARM, ...alarm },
    series: { values: Float64Array.from(values) },
    start: START,
    step: 60,
    ...request,
  });
  if (result.status !== "tested") throw new Error(result.reason);
  return result;
}

const quiet = (count: number): number[] => Array.from({ length: count }, () => 1);
const none = (count: number): number[] => Array.from({ length: count }, () => Number.NaN);

describe("a backtest", () => {
  it("counts firing, minutes and flaps", () => {
    const result = test([...quiet(10), 9, 9, ...quiet(5), 9, ...quiet(100), 9, ...quiet(3)]);
    expect(result).toMatchObject({
      fired: { least: 3, most: 3 },
      secondsInAlarm: { least: 240, most: 240 },
      flaps: { least: 1, most: 1 },
      first: START + 11 * 60,
      last: START + 119 * 60,
      evaluations: 122,
      points: 122,
      missing: 0,
      phases: [0],
      verdict: { kind: "noisy", perDay: 3, text: "noisy: 3.0 a day" },
      fidelity: { windows: "exact" },
    });
    expect(result.alarms).toHaveLength(3);
    expect(result.transitions[1]?.reason).toContain("9.0");
  });

  it("tells by how much the evaluation range delays", () => {
    // Three days without a report until an alarm over one day notices, though one day would do.
    const days = [1, 1, 1, Number.NaN, Number.NaN, Number.NaN, Number.NaN];
    const result = test(
      days.flatMap((value) => Array.from({ length: 24 }, () => value)),
      { Statistic: "Sum", Period: 86_400, TreatMissingData: "breaching", Threshold: 100 },
      { step: 3600 },
    );
    expect(result.rangeDelay).toEqual({ changes: 1, longest: 2 * 86_400 });
    expect(result.first).toBe(START + 6 * 86_400);
  });

  it("gives a range over the phases where points come late", () => {
    const values = [...quiet(5), 9, Number.NaN, Number.NaN, Number.NaN, ...quiet(5)];
    const late = test(values, {}, { options: { delay: 90 } });
    expect(late.phases).toEqual([0, 30]);
    expect(late.fired).toEqual({ least: 1, most: 1 });
    expect(late.secondsInAlarm.most).toBeGreaterThanOrEqual(late.secondsInAlarm.least);
  });

  it.each<[string, number[], Partial<MetricAlarm>, Partial<BacktestRequest>, string]>([
    ["without points", none(60), {}, {}, "cannot fire: its metric has no points"],
    [
      "with rare points",
      Array.from({ length: 300 }, (_, i) => (i % 15 === 0 ? 1 : Number.NaN)),
      { EvaluationPeriods: 3, TreatMissingData: "notBreaching" },
      {},
      "cannot fire: 20 points are too rare for 3 out of 3 of 60 s, even if every one breached",
    ],
    [
      "with late points",
      quiet(60),
      {},
      { options: { delay: 600 } },
      "cannot fire: points come 600 s late, after the 180 s it looks back",
    ],
    [
      "beyond the metric's limits",
      quiet(60),
      { Threshold: 100 },
      { limits: { minimum: 0, maximum: 100 } },
      "cannot fire: the metric is at most 100, the threshold 100",
    ],
    [
      "below them",
      quiet(60),
      { Threshold: 0, ComparisonOperator: "LessThanThreshold" },
      { limits: { minimum: 0 } },
      "cannot fire: the metric is at least 0, the threshold 0",
    ],
    ["when it might have", quiet(60), {}, {}, "never fired"],
    ["when missing points alone fire it", none(60), { TreatMissingData: "breaching" }, {}, "ok"],
  ])("says so %s", (_, values, alarm, request, expected) => {
    expect(test(values, alarm, request).verdict.text).toBe(expected);
  });

  it("passes refusals on", () => {
    const request = { series: { values: Float64Array.of(1) }, start: START, step: 60 };
    expect(backtest({ ...request, alarm: { ...ALARM, EvaluationCriteria: {} } })).toMatchObject({
      status: "unsupported",
    });
  });

  it("never counts more firing than evaluations, nor a flap more than firing", () => {
    const value = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 200 }),
        fc.integer({ min: 1, max: 3 }),
        (values, n) => {
          const result = test(values, { EvaluationPeriods: n });
          expect(result.fired.most).toBeLessThanOrEqual(result.evaluations);
          expect(result.flaps.most).toBeLessThanOrEqual(Math.max(0, result.fired.most - 1));
          const inAlarm = result.alarms.reduce((sum, { start, end }) => sum + end - start, 0);
          // The last evaluation's state lasts a minute beyond the points.
          expect(Math.abs(result.secondsInAlarm.most - inAlarm)).toBeLessThanOrEqual(60);
        },
      ),
    );
  });
});

describe("labels", () => {
  const span = (start: number, end: number) => ({ start, end });

  it("give precision, recall and delay", () => {
    expect(
      scoreLabels(
        [span(5, 8), span(12, 14), span(40, 50), span(90, 91)],
        [span(10, 20), span(45, 60), span(70, 80)],
      ),
    ).toEqual({
      precision: 0.5,
      recall: 2 / 3,
      delay: { median: 1, longest: 2 },
      missed: [span(70, 80)],
      falseAlarms: [span(5, 8), span(90, 91)],
    });
    expect(scoreLabels([], [])).toMatchObject({ precision: undefined, recall: undefined, delay: undefined });
    expect(
      test([...quiet(10), 9, 9, ...quiet(5)], {}, { incidents: [span(START + 540, START + 700)] }).score,
    ).toMatchObject({
      precision: 1,
      recall: 1,
      delay: { median: 120 },
    });
  });
});

describe("a point grid", () => {
  it("takes points in any order and counts what it can't use", () => {
    const grid = new PointGrid({ start: START, end: START + 240, step: 60 });
    grid.add(START + 120, 3, 7);
    grid.add(START, 1);
    grid.add(START + 5, 2);
    grid.add(START + 240, 9);
    grid.add(START - 1, 9);
    grid.add(START + 60, Number.NaN);
    expect([...grid.chunk().values]).toEqual([2, Number.NaN, 3, Number.NaN]);
    expect(grid.chunk().sampleCounts?.[2]).toBe(7);
    expect([grid.points, grid.unordered]).toEqual([2, 3]);
    expect(grid.diagnostics("cpu").map(({ code }) => code)).toEqual([
      "points-duplicate",
      "points-not-finite",
      "points-off-grid",
      "points-outside",
    ]);
    expect(() => grid.add(START * 1000, 1)).toThrow(/not milliseconds/);
    expect(() => new PointGrid({ start: 10, end: 0, step: 60 })).toThrow(/no points fit/);
  });
});
