import { describe, expect, it } from "vitest";
import { openAlarm } from "../../engine/not-evaluated.ts";
import { resolveOptions } from "../../engine/options.ts";
import { asFiveMinutes } from "./coarse-grid.ts";
import { callsFor, costOf, type SeriesRequest } from "./metric-data.ts";
import { readPeriod } from "./read-period.ts";

const DAY = 86_400;
const NOW = Date.UTC(2026, 5, 1) / 1000;

function opened(more: object) {
  const alarm = {
    Namespace: "A",
    MetricName: "m",
    Statistic: "Average",
    Period: 300,
    EvaluationPeriods: 3,
    Threshold: 1,
    ComparisonOperator: "GreaterThanThreshold",
    ...more,
  };
  const found = openAlarm(alarm, "OK", resolveOptions());
  if (found.status !== "open") throw new Error(found.reason);
  return found;
}

describe("the period that is read", () => {
  const read = (days: number, more: object = {}, published?: number) =>
    readPeriod(opened(more), { start: NOW - days * DAY, end: NOW, now: NOW }, published);

  it.each([
    ["minutes where they are kept", 14, {}, 60],
    ["five minutes beyond 15 days", 30, {}, 300],
    ["hours beyond 63 days", 100, { Period: 3600 }, 3600],
    ["percentiles at the alarm's own period", 14, { Statistic: undefined, ExtendedStatistic: "p99" }, 300],
    ["full hours where it is evaluated every hour", 14, { Period: 21_600, EvaluationPeriods: 5 }, 3600],
  ] as const)("is %s", (_, days, more, step) => {
    expect(read(days, more)).toEqual({ step, start: NOW - days * DAY });
  });

  it("is that of the metric where that is known to be rarer", () => {
    expect(read(14, {}, 300)?.step).toBe(300);
  });

  it("begins when points of the alarm's period begin to be kept", () => {
    const minutes = read(30, { Period: 60 });
    expect(minutes).toMatchObject({ step: 60 });
    expect(NOW - (minutes?.start ?? 0)).toBeLessThanOrEqual(15 * DAY);
    expect(NOW - (minutes?.start ?? 0)).toBeGreaterThan(14.9 * DAY);
    const fast = read(14, { Period: 10 });
    expect(NOW - (fast?.start ?? 0)).toBeLessThanOrEqual(3 * 3600);
  });

  it("is none where nothing is kept of the time asked for", () => {
    const range = { start: NOW - 40 * DAY, end: NOW - 20 * DAY, now: NOW };
    expect(readPeriod(opened({ Period: 60 }), range)).toBeUndefined();
  });
});

describe("calls", () => {
  const request = (i: number, days = 14, period = 60): SeriesRequest => ({
    key: String(i),
    metric: { namespace: "A", metricName: "m", dimensions: [], stat: "Sum" },
    period,
    start: NOW - days * DAY,
    end: NOW,
  });

  it("hold at most 100,800 points and 500 queries, of one time", () => {
    const calls = callsFor(Array.from({ length: 1000 }, (_, i) => request(i)));
    expect(calls.every((call) => call.length === 4)).toBe(true);
    expect(
      callsFor(Array.from({ length: 1200 }, (_, i) => request(i, 1, 3600))).map((call) => call.length),
    ).toEqual([500, 500, 200]);
    expect(
      callsFor([request(1), request(2, 7), request(3)]).map((call) => call.map(({ key }) => key)),
    ).toEqual([["1", "3"], ["2"]]);
    expect(costOf(calls)).toEqual({ metrics: 1000, calls: 250, dollars: expect.closeTo(0.01, 10) });
  });
});

describe("points by the minute that come every five", () => {
  const series = (values: readonly number[]) =>
    new Map([["m1", { start: NOW, step: 60, points: 0, chunk: { values: Float64Array.from(values) } }]]);
  const sparse = (offset: number) =>
    series(Array.from({ length: 50 }, (_, i) => (i % 5 === offset ? i : Number.NaN)));

  it("become points of five minutes", () => {
    const found = asFiveMinutes(sparse(2), 300)?.get("m1");
    expect(found).toMatchObject({ start: NOW + 120, step: 300 });
    expect([...(found?.chunk.values ?? [])]).toEqual([2, 7, 12, 17, 22, 27, 32, 37, 42, 47]);
  });

  it("stay as they are when they are finer, rare, or the alarm is", () => {
    expect(asFiveMinutes(sparse(2), 60)).toBeUndefined();
    expect(asFiveMinutes(series(Array.from({ length: 50 }, (_, i) => i)), 300)).toBeUndefined();
    expect(
      asFiveMinutes(
        series(Array.from({ length: 50 }, (_, i) => (i === 10 || i === 45 ? 1 : Number.NaN))),
        300,
      ),
    ).toBeUndefined();
  });
});
