import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasTooFewSamples, parseStatistic } from "./statistic-name.ts";
import { statistic, summarize } from "./statistics.ts";
import { finestStoredPeriod, retentionProblem, rollUp, roundStartTime } from "./storage.ts";

const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("names", () => {
  it.each([
    ["Average", { kind: "basic", name: "Average" }],
    ["p99", { kind: "percentile", percent: 99 }],
    ["p0", { kind: "percentile", percent: 0 }],
    ["p100", { kind: "percentile", percent: 100 }],
    ["p99.9999999999", { kind: "percentile", percent: 99.9999999999 }],
    ["tm90", { kind: "range", name: "TM", unit: "percent", upper: 90 }],
    ["wm99", { kind: "range", name: "WM", unit: "percent", upper: 99 }],
    ["TM(2%:98%)", { kind: "range", name: "TM", unit: "percent", lower: 2, upper: 98 }],
    ["TC(10%:)", { kind: "range", name: "TC", unit: "percent", lower: 10 }],
    ["TS(150:1000)", { kind: "range", name: "TS", unit: "value", lower: 150, upper: 1000 }],
    ["PR(:300)", { kind: "range", name: "PR", unit: "value", upper: 300 }],
    ["IQM", { kind: "range", name: "TM", unit: "percent", lower: 25, upper: 75 }],
  ])("%s", (name, expected) => {
    expect(parseStatistic(name)).toEqual(expected);
  });

  it.each([
    "average",
    "P99",
    "p101",
    "p99.99999999999",
    "TM90",
    "pr(1:2)",
    "PR(1%:2%)",
    "TM(:)",
    "TM(9:1)",
    "",
    "p",
  ])("refuses %j", (name) => {
    expect(parseStatistic(name)).toBeUndefined();
    expect(() => statistic(name, { values: [1] })).toThrow(/is no CloudWatch statistic/);
  });
});

describe("values", () => {
  it.each([
    ["SampleCount", 10],
    ["Sum", 55],
    ["Average", 5.5],
    ["Minimum", 1],
    ["Maximum", 10],
    ["p0", 1],
    ["p50", 5.5],
    ["p100", 10],
    ["TM(10%:90%)", 5.5],
    ["tm90", 5],
    ["TC(10%:90%)", 8],
    ["TC(:95%)", 9.5],
    ["TS(10%:90%)", 44],
    ["IQM", 5.5],
    // Lower bound exclusive, upper inclusive (user guide, "CloudWatch statistics definitions").
    ["TC(3:5)", 2],
    ["TM(3:5)", 4.5],
    ["TS(:3)", 6],
    ["PR(3:5)", 20],
    ["PR(:3)", 30],
    ["WM(3:5)", (3 * 3 + 4 + 5 + 5 * 5) / 10],
    ["WM(10%:90%)", 5.5],
    ["TC(100:)", 0],
    ["TM(100:)", undefined],
  ])("%s of 1 to 10 is %s", (name, expected) => {
    const found = statistic(name, { values: ten });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 12);
  });

  it("counts repeated values", () => {
    const samples = { values: [1, 5], counts: [3, 1] };
    expect(statistic("Average", samples)).toBe(2);
    expect(statistic("p50", samples)).toBe(1);
    expect(statistic("SampleCount", samples)).toBe(4);
    expect(statistic("p99", { values: [7], counts: [0] })).toBeUndefined();
  });

  it("needs raw values for percentiles, or sets that hide nothing", () => {
    const hiding = { sampleCount: 2, sum: 3, minimum: 1, maximum: 2 };
    expect(statistic("p50", { values: [], sets: [hiding] })).toBeUndefined();
    expect(statistic("p50", { values: [1], sets: [hiding] })).toBeUndefined();
    expect(statistic("Average", { values: [], sets: [hiding] })).toBe(1.5);
    expect(statistic("p50", { values: [], sets: [{ sampleCount: 1, sum: 4, minimum: 4, maximum: 4 }] })).toBe(
      4,
    );
    expect(
      statistic("p50", { values: [], sets: [{ sampleCount: 3, sum: 12, minimum: 4, maximum: 4 }] }),
    ).toBe(4);
    expect(statistic("p50", { values: [-1, 2] })).toBeUndefined();
    expect(statistic("Minimum", { values: [-1, 2] })).toBe(-1);
  });

  it("has nothing without samples", () => {
    for (const name of ["Sum", "SampleCount", "p50", "TC(:1)"])
      expect(statistic(name, { values: [] })).toBeUndefined();
  });

  it("keeps percentiles between the extremes and rising", () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(
        values,
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (samples, a, b) => {
          const low = statistic(`p${Math.min(a, b)}`, { values: samples }) ?? Number.NaN;
          const high = statistic(`p${Math.max(a, b)}`, { values: samples }) ?? Number.NaN;
          const { minimum, maximum } = summarize({ values: samples }) ?? { minimum: 1, maximum: 0 };
          expect(low).toBeGreaterThanOrEqual(minimum);
          expect(high).toBeLessThanOrEqual(maximum * (1 + 1e-12));
          expect(low).toBeLessThanOrEqual(high * (1 + 1e-12));
        },
      ),
    );
  });

  it("makes the trimmed sum of trimmed mean and trimmed count", () => {
    const values = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(values, (samples) => {
        const [mean, count, sum] = ["TM", "TC", "TS"].map((name) =>
          statistic(`${name}(20%:70%)`, { values: samples }),
        );
        expect((mean ?? 0) * (count ?? 0)).toBeCloseTo(sum ?? 0, 3);
        expect(count).toBeCloseTo(samples.length / 2, 9);
      }),
    );
  });
});

describe("low samples", () => {
  // User guide, "Percentile-based alarms and low data samples": below 10/(1-p) from p50 up, below 10/p under it.
  it.each([
    ["p99", 999, true],
    ["p99", 1000, false],
    ["p99.9", 9999, true],
    ["p99.9", 10_000, false],
    ["p90", 100, false],
    ["p50", 19, true],
    ["p50", 20, false],
    ["p10", 99, true],
    ["p10", 100, false],
    ["p100", 0, false],
    ["Average", 0, false],
  ])("%s of %i samples: %s", (name, count, expected) => {
    const parsed = parseStatistic(name);
    expect(parsed && hasTooFewSamples(parsed, count)).toBe(expected);
  });
});

describe("storage", () => {
  const DAY = 86_400;

  it("keeps points for as long as CloudWatch does", () => {
    expect(finestStoredPeriod(3600)).toBe(60);
    expect(finestStoredPeriod(3600, true)).toBe(1);
    expect(finestStoredPeriod(15 * DAY, true)).toBe(60);
    expect(finestStoredPeriod(15 * DAY + 1)).toBe(300);
    expect(finestStoredPeriod(64 * DAY)).toBe(3600);
    expect(finestStoredPeriod(456 * DAY)).toBeUndefined();
  });

  it("says when a period isn't kept", () => {
    const now = 1_700_000_000;
    expect(retentionProblem({ period: 60, start: now - DAY, now })).toBeUndefined();
    expect(retentionProblem({ period: 60, start: now - 20 * DAY, now })).toMatchObject({
      code: "history-too-coarse",
      message: expect.stringContaining("20 days back CloudWatch keeps points of 300 s only, not of 60 s"),
    });
    expect(retentionProblem({ period: 10, start: now - 4 * 3600, now })?.message).toContain("4 hours back");
    expect(retentionProblem({ period: 3600, start: now - 500 * DAY, now })?.code).toBe("history-expired");
  });

  it("rounds start times by their age", () => {
    const now = 1_700_000_000;
    expect(roundStartTime(now - 100, now)).toBe(Math.floor((now - 100) / 60) * 60);
    expect(roundStartTime(now - 20 * DAY, now) % 300).toBe(0);
    expect(roundStartTime(now - 70 * DAY, now) % 3600).toBe(0);
  });

  it("rolls up", () => {
    const set = (value: number) => ({ sampleCount: 1, sum: value, minimum: value, maximum: value });
    expect(rollUp({ times: [360, 0, 60], sets: [set(9), set(1), set(3)] }, 300)).toEqual({
      times: [0, 300],
      sets: [{ sampleCount: 2, sum: 4, minimum: 1, maximum: 3 }, set(9)],
    });
  });
});
