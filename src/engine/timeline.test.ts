import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MetricAlarm } from "./alarm.ts";
import { seasonalBand } from "./anomaly-band.ts";
import { type AlarmEvaluation, evaluateAlarm } from "./evaluate-alarm.ts";
import { type AlarmTimeline, startTimeline, type TimelineRequest, type Transition } from "./timeline.ts";

const START = Date.UTC(2026, 0, 5) / 1000;

const ALARM: MetricAlarm = {
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 5,
  ComparisonOperator: "GreaterThanThreshold",
};

function start(alarm: MetricAlarm, request: Partial<TimelineRequest> = {}): AlarmTimeline {
  const timeline = startTimeline({ alarm, start: START, step: 60, ...request });
  if (timeline.status !== "running") throw new Error(timeline.reason);
  return timeline;
}

const value = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 10 }) },
  { weight: 1, arbitrary: fc.constant(Number.NaN) },
);
const points = fc.array(value, { minLength: 1, maxLength: 80 });
const metric = (id: string, period: number) => ({
  Id: id,
  MetricStat: { Period: period, Stat: "Sum" },
  ReturnData: false,
});

const anyAlarm = fc
  .record({
    n: fc.integer({ min: 1, max: 5 }),
    less: fc.nat(4),
    period: fc.constantFrom(60, 120, 300),
    treat: fc.constantFrom("missing", "ignore", "breaching", "notBreaching"),
    operator: fc.constantFrom(
      "GreaterThanThreshold",
      "GreaterThanOrEqualToThreshold",
      "LessThanThreshold",
      "LessThanOrEqualToThreshold",
    ),
    statistic: fc.constantFrom("Average", "Sum", "Maximum", "Minimum", "SampleCount"),
    math: fc.constantFrom(
      undefined,
      "m1 + m1 / 2",
      "IF(m1 > 3, m1, 0)",
      "RUNNING_SUM(m1)",
      "FILL(m1, REPEAT)",
      "DIFF(m1)",
      "RATE(FILL(m1, LINEAR)) * 60",
      "m1 - AVG(m1)",
      "FIRST(SORT([m1, 5 - m1], MAX, ASC))",
      "FILL(m1, 6)",
      "IF(MINUTE(m1) > 20, 9, 0)",
    ),
  })
  .map(
    ({ n, less, period, treat, operator, statistic, math }): MetricAlarm => ({
      ...(math === undefined
        ? { Statistic: statistic, Period: period }
        : { Metrics: [metric("m1", period), { Id: "e1", Expression: math }] }),
      EvaluationPeriods: n,
      DatapointsToAlarm: Math.max(1, n - less),
      Threshold: 5,
      ComparisonOperator: operator,
      TreatMissingData: treat,
    }),
  );

/** The same by evaluating every minute from scratch. */
function oneByOne(alarm: MetricAlarm, values: readonly number[], delay: number, phase: number): Transition[] {
  const kept = values.flatMap((each, i) =>
    Number.isNaN(each) ? [] : [{ time: START + i * 60, value: each }],
  );
  const transitions: Transition[] = [];
  let state: Transition["to"] = "INSUFFICIENT_DATA";
  for (let i = 1; i <= values.length; i += 1) {
    const now = START + i * 60 + phase;
    const result = evaluateAlarm({
      alarm,
      datapoints: {
        period: 60,
        times: kept.map(({ time }) => time),
        values: kept.map((point) => point.value),
      },
      now,
      state,
      options: { delay },
    }) as AlarmEvaluation;
    if (result.changed)
      transitions.push({
        time: now,
        from: state,
        to: result.state,
        reason: result.reason ?? "",
        reasonData: result.reasonData ?? "",
      });
    state = result.state;
  }
  return transitions;
}

/** Transitions with their texts written. */
function written(transitions: readonly Transition[]): Transition[] {
  return transitions.map(({ time, from, to, reason, reasonData }) => ({
    time,
    from,
    to,
    reason,
    reasonData,
  }));
}

/** Cuts values at the given places. */
function cut(values: readonly number[], places: readonly number[]): Float64Array[] {
  const edges = [
    0,
    ...[...places].map((place) => place % (values.length + 1)).sort((a, b) => a - b),
    values.length,
  ];
  return edges.slice(1).map((edge, i) => Float64Array.from(values.slice(edges[i] ?? 0, edge)));
}

describe("a timeline", () => {
  it("is what evaluating every minute gives, word for word, however it is cut", () => {
    fc.assert(
      fc.property(
        anyAlarm,
        points,
        fc.array(fc.nat(80), { maxLength: 5 }),
        fc.constantFrom(0, 0, 45, 150),
        fc.constantFrom(0, 13.5),
        (alarm, values, places, delay, phase) => {
          const timeline = start(alarm, { phase, options: { delay } });
          const transitions = cut(values, places).flatMap((piece) => [...timeline.push({ values: piece })]);
          expect(written(transitions)).toEqual(oneByOne(alarm, values, delay, phase));
          expect(timeline.evaluations).toBe(values.length);
          const total = Object.values(timeline.seconds).reduce((sum, seconds) => sum + seconds, 0);
          expect(total).toBe(values.length * 60);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of the first points is the beginning of the timeline of all", () => {
    fc.assert(
      fc.property(anyAlarm, points, fc.nat(80), (alarm, values, length) => {
        const prefix = values.slice(0, length);
        const short = start(alarm).push({ values: Float64Array.from(prefix) });
        const long = start(alarm).push({ values: Float64Array.from(values) });
        const end = START + prefix.length * 60;
        expect(written(short)).toEqual(written(long.filter(({ time }) => time <= end)));
      }),
    );
  });

  it("never spends more time in ALARM for a higher threshold, without missing points", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 80 }),
        fc.nat(10),
        (values, threshold) => {
          const seconds = [threshold, threshold + 1].map((each) => {
            const timeline = start({ ...ALARM, Threshold: each });
            timeline.push({ values: Float64Array.from(values) });
            return timeline.seconds.ALARM;
          });
          expect(seconds[1]).toBeLessThanOrEqual(seconds[0] ?? 0);
        },
      ),
    );
  });

  it("counts time in states until the next evaluation, and infinite values", () => {
    const timeline = start({ ...ALARM, EvaluationPeriods: 1, DatapointsToAlarm: 1 });
    const changes = timeline.push({ values: Float64Array.of(1, 9, 9, 9, 1, Number.POSITIVE_INFINITY) });
    expect(changes.map(({ from, to, time }) => [from, to, time - START])).toEqual([
      ["INSUFFICIENT_DATA", "OK", 60],
      ["OK", "ALARM", 120],
      ["ALARM", "OK", 300],
    ]);
    expect(timeline.seconds).toEqual({ OK: 180, ALARM: 180, INSUFFICIENT_DATA: 0 });
    expect(timeline.notFinite).toBe(1);
  });
});

describe("layout", () => {
  it("is aligned, and says so, when points are coarser than the evaluations", () => {
    const timeline = start({ ...ALARM, Period: 900 }, { step: 300 });
    timeline.push({ values: new Float64Array(12).fill(9) });
    expect(timeline.fidelity).toEqual({
      windows: "aligned",
      step: 300,
      notes: [expect.stringContaining("equal weights")],
    });
    expect(timeline.evaluations).toBe(12);
  });

  it("evaluates alarms of several days at full hours", () => {
    const timeline = start({ ...ALARM, Period: 5400, EvaluationPeriods: 20, DatapointsToAlarm: 1 });
    const [, change] = timeline.push({
      values: Float64Array.from({ length: 24 * 60 }, (_, i) => (i >= 100 ? 90 : 0)),
    });
    expect(timeline.evaluations).toBe(24);
    expect(change).toMatchObject({ to: "ALARM", time: START + 2 * 3600 });
  });

  it("evaluates high resolution every 10 seconds", () => {
    const timeline = start(
      { ...ALARM, Period: 30, EvaluationPeriods: 1, DatapointsToAlarm: 1 },
      { step: 10 },
    );
    const changes = timeline.push({ values: Float64Array.of(0, 0, 0, 9, 9, 9) });
    expect(changes.map(({ to, time }) => [to, time - START])).toEqual([["OK", 10], ["ALARM", 50]]); // biome-ignore format: pairs
  });

  it("keeps to the wall clock across summer time", () => {
    const begin = Date.UTC(2026, 2, 27, 23) / 1000; // midnight in Berlin
    const alarm = {
      ...ALARM,
      Statistic: "Sum",
      Period: 86_400,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      Threshold: 24,
      ComparisonOperator: "LessThanThreshold",
      EvaluationWindow: { WallClockWindow: { Timezone: "Europe/Berlin" } },
    };
    const timeline = start(alarm, { start: begin, step: 3600, state: "OK" });
    const changes = timeline.push({ values: new Float64Array(80).fill(1) });
    // No day is complete at first; 29 March has 23 hours, so one value is short until the day after.
    expect(changes.map(({ to, time }) => [to, new Date(time * 1000).toISOString()])).toEqual([
      ["INSUFFICIENT_DATA", "2026-03-28T00:00:00.000Z"],
      ["OK", "2026-03-28T23:00:00.000Z"],
      ["ALARM", "2026-03-29T22:00:00.000Z"],
      ["OK", "2026-03-30T22:00:00.000Z"],
    ]);
  });

  it.each<[string, MetricAlarm, Partial<TimelineRequest>, RegExp]>([
    ["coarse points", ALARM, { step: 300 }, /read the metric at 60 s/],
    ["percentiles of finer points", { ...ALARM, Statistic: "p99", Period: 300 }, {}, /can't be made/],
    [
      "half-hour zones with hourly points",
      { ...ALARM, Period: 86_400, EvaluationWindow: { WallClockWindow: { Timezone: "Asia/Kolkata" } } },
      { step: 3600 },
      /give finer ones/,
    ],
    ["a start off the grid", ALARM, { start: START + 7 }, /begin at/],
    ["an odd step", { ...ALARM, Period: 315 * 60 }, { step: 45 }, /don't fit/],
    ["a phase beyond the minute", ALARM, { phase: 60 }, /phase of 60/],
  ])("refuses %s", (_, alarm, request, problem) => {
    expect(() => start(alarm, request)).toThrow(problem);
  });

  it("refuses chunks that don't belong", () => {
    const math = { ...ALARM, Metrics: [metric("a", 60), metric("b", 60), { Id: "e1", Expression: "a + b" }] };
    const values = Float64Array.of(1);
    expect(() => start(math).push({ a: { values }, b: { values: Float64Array.of(1, 2) } })).toThrow(
      /same length/,
    );
    expect(() => start(math).push({ c: { values } })).toThrow(/doesn't read "c"/);
  });
});

describe("warm-up", () => {
  it("ends when points span the evaluation periods (user guide: first data 10:04, evaluates from 10:19)", () => {
    const alarm = { ...ALARM, Period: 300, WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 60 } };
    const values = Float64Array.from({ length: 40 }, (_, i) => (i < 4 ? Number.NaN : 9));
    const [first] = start(alarm, { createdAt: START }).push({ values });
    expect(first).toMatchObject({ to: "ALARM", time: START + 19 * 60 });
    const whole = {
      ...alarm,
      WarmUpConfiguration: {
        WarmUpPeriodDurationInMinutes: 30,
        OnlyStartEvaluatingAfterWarmUpPeriodEnds: true,
      },
    };
    expect(start(whole, { createdAt: START }).push({ values })[0]?.time).toBe(START + 30 * 60);
  });
});

describe("bands", () => {
  const alarm: MetricAlarm = {
    Metrics: [
      { Id: "m1", MetricStat: { Period: 300, Stat: "Average" } },
      { Id: "ad1", Expression: "ANOMALY_DETECTION_BAND(m1, 3)" },
    ],
    ThresholdMetricId: "ad1",
    ComparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
    EvaluationPeriods: 2,
  };
  const days = 5;
  const values = Float64Array.from(
    { length: days * 288 },
    (_, i) =>
      50 +
      20 * Math.sin((2 * Math.PI * i) / 288) +
      Math.sin(i * 12.9898) * 2 +
      (i >= 1200 && i < 1212 ? 40 : 0),
  );

  it("are trained as points come, and find what is out of them", () => {
    const timeline = start(alarm, { step: 300, options: { anomalyModel: seasonalBand } });
    const changes = timeline.push({ values });
    const fired = changes.filter(({ to }) => to === "ALARM");
    expect(fired.at(-1)?.time).toBe(START + 1202 * 300);
    expect(fired.at(-1)?.reason).toMatch(
      /^Thresholds Crossed: 2 datapoints .* or greater than the upper thresholds/,
    );
    expect(timeline.fidelity.notes).toHaveLength(1);
  });

  it("don't depend on how points are cut", () => {
    const options = { anomalyModel: seasonalBand };
    const whole = start(alarm, { step: 300, options }).push({ values });
    const pieces = start(alarm, { step: 300, options });
    const cutUp: Transition[] = [];
    for (let i = 0; i < values.length; i += 97)
      cutUp.push(...pieces.push({ values: values.slice(i, i + 97) }));
    expect(written(cutUp)).toEqual(written(whole));
  });

  it("are required", () => {
    expect(startTimeline({ alarm, start: START, step: 300 })).toMatchObject({
      status: "unsupported",
      code: "no-band",
    });
  });
});
