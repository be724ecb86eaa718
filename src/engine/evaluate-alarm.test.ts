import { describe, expect, it } from "vitest";
import type { MetricAlarm } from "./alarm.ts";
import { type AlarmEvaluation, type EvaluateAlarmRequest, evaluateAlarm } from "./evaluate-alarm.ts";
import { javaDouble } from "./java-number.ts";

const at = (text: string): number => Date.parse(`${text}Z`) / 1000;

const ALARM: MetricAlarm = {
  AlarmName: "cpu",
  Namespace: "AWS/EC2",
  MetricName: "CPUUtilization",
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 0,
  ComparisonOperator: "GreaterThanThreshold",
};

function run(alarm: Partial<MetricAlarm>, request: Partial<EvaluateAlarmRequest>): AlarmEvaluation {
  const result = evaluateAlarm({
    alarm: { ...ALARM, ...alarm },
    datapoints: { period: 60, times: [], values: [] },
    now: at("2026-01-01T00:00:00"),
    state: "OK",
    ...request,
  });
  if (result.status !== "evaluated") throw new Error(result.reason);
  return result;
}

/** Points at fixed distances, the last one at `end` - period. */
function points(period: number, end: string, values: readonly (number | undefined)[]) {
  const last = at(end);
  const kept = values.flatMap((value, i) =>
    value === undefined ? [] : [{ time: last - (values.length - i) * period, value }],
  );
  return { period, times: kept.map(({ time }) => time), values: kept.map(({ value }) => value) };
}

describe("StateReason, word for word", () => {
  it.each<[string, Partial<MetricAlarm>, Partial<EvaluateAlarmRequest>, string]>([
    [
      "one point (recorded)",
      { Period: 10, Threshold: 21 },
      { datapoints: points(10, "2026-02-26T10:14:00", [21.5]), now: at("2026-02-26T10:14:05") },
      "Threshold Crossed: 1 datapoint [21.5 (26/02/26 10:13:50)] was greater than the threshold (21.0).",
    ],
    [
      "several points (recorded)",
      { Period: 180, EvaluationPeriods: 3 },
      { datapoints: points(180, "2026-08-19T05:53:00", [1, 3, 2]), now: at("2026-08-19T05:53:32") },
      "Threshold Crossed: 3 datapoints [2.0 (19/08/26 05:50:00), 3.0 (19/08/26 05:47:00), 1.0 (19/08/26 05:44:00)] were greater than the threshold (0.0).",
    ],
    [
      "M of N (recorded shape)",
      { EvaluationPeriods: 4, DatapointsToAlarm: 2, Threshold: 10.7 },
      { datapoints: points(60, "2026-01-01T00:00:00", [11, 1, 12.5, 2]) },
      "Threshold Crossed: 2 out of the last 4 datapoints [12.5 (31/12/25 23:58:00), 11.0 (31/12/25 23:56:00)] were greater than the threshold (10.7) (minimum 2 datapoints for OK -> ALARM transition).",
    ],
    [
      "M of N with many points (recorded shape)",
      { EvaluationPeriods: 30, DatapointsToAlarm: 30, Threshold: 20 },
      {
        datapoints: points(
          60,
          "2026-01-01T01:00:00",
          Array.from({ length: 30 }, (_, i) => 21 + i),
        ),
        now: at("2026-01-01T01:00:00"),
      },
      "Threshold Crossed: 30 out of the last 30 datapoints were greater than the threshold (20.0). The most recent datapoints which crossed the threshold: [50.0 (01/01/26 00:59:00), 49.0 (01/01/26 00:58:00), 48.0 (01/01/26 00:57:00), 47.0 (01/01/26 00:56:00), 46.0 (01/01/26 00:55:00)] (minimum 30 datapoints for OK -> ALARM transition).",
    ],
    [
      "recovery (recorded)",
      {},
      { datapoints: points(60, "2026-01-01T00:00:00", [0]), state: "ALARM" },
      "Threshold Crossed: 1 datapoint [0.0 (31/12/25 23:59:00)] was not greater than the threshold (0.0).",
    ],
    [
      "recovery of M of N names N - M + 1 (recorded shape)",
      { EvaluationPeriods: 5, DatapointsToAlarm: 3 },
      { datapoints: points(60, "2026-01-01T00:00:00", [0, 1, 0, 1, 0]), state: "ALARM" },
      "Threshold Crossed: 3 out of the last 5 datapoints [0.0 (31/12/25 23:59:00), 0.0 (31/12/25 23:57:00), 0.0 (31/12/25 23:55:00)] were not greater than the threshold (0.0) (minimum 3 datapoints for ALARM -> OK transition).",
    ],
    [
      "with filling (recorded shape)",
      {
        EvaluationPeriods: 20,
        DatapointsToAlarm: 1,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        TreatMissingData: "notBreaching",
      },
      { datapoints: points(60, "2026-01-01T00:00:00", [613]) },
      "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (31/12/25 23:59:00)] was greater than or equal to the threshold (1.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition).",
    ],
    [
      "all filled (recorded)",
      { EvaluationPeriods: 2, TreatMissingData: "breaching" },
      {},
      "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
    ],
    [
      "one filled (recorded)",
      { TreatMissingData: "notBreaching" },
      { state: "ALARM" },
      "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching].",
    ],
    [
      "insufficient (recorded)",
      { EvaluationPeriods: 5 },
      {},
      "Insufficient Data: 5 datapoints were unknown.",
    ],
    ["insufficient, one (recorded)", {}, {}, "Insufficient Data: 1 datapoint was unknown."],
  ])("%s", (_, alarm, request, expected) => {
    expect(run(alarm, request).reason).toBe(expected);
  });

  it("prints numbers as Java does", () => {
    expect([21, 0, -0, 0.0666851903306472, 1e7, 12345678.9, 9999999, 0.001, 0.00012, -2.5, 1e21].map(javaDouble)).toEqual([
      "21.0", "0.0", "-0.0", "0.0666851903306472", "1.0E7", "1.23456789E7", "9999999.0", "0.001", "1.2E-4", "-2.5", "1.0E21",
    ]); // biome-ignore format: pairs by position
  });

  it("words bands (recorded)", () => {
    const result = run(
      {
        Metrics: [
          { Id: "m1", MetricStat: { Period: 60, Stat: "Average" }, ReturnData: true },
          { Id: "ad1", Expression: "ANOMALY_DETECTION_BAND(m1, 0.8)", ReturnData: true },
        ],
        ThresholdMetricId: "ad1",
        ComparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
        DatapointsToAlarm: 1,
      },
      {
        datapoints: points(60, "2019-10-03T15:59:00", [0]),
        now: at("2019-10-03T16:00:04") - 60,
        bands: { m1: { bandAt: () => ({ lower: 0.0205, upper: 0.3006 }) } },
      },
    );
    expect(result.reason).toBe(
      "Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (03/10/19 15:58:00)] was less than the lower thresholds [0.0205] or greater than the upper thresholds [0.3006] (minimum 1 datapoint for OK -> ALARM transition).",
    );
    expect(result.reasonData).toContain('"recentLowerThresholds":[0.0205],"recentUpperThresholds":[0.3006]');
    expect(result.reasonData).not.toContain('"threshold"');
  });
});

describe("StateReasonData", () => {
  it("has CloudWatch's members in its order (recorded shape)", () => {
    const { times, values } = points(10, "2026-02-26T10:14:00", [21.5]);
    const result = run(
      { Period: 10, Threshold: 21, Unit: "Seconds" },
      {
        datapoints: { period: 10, times, values, sampleCounts: [2] },
        now: at("2026-02-26T10:14:05") + 0.123,
      },
    );
    expect(result.reasonData).toBe(
      '{"version":"1.0","queryDate":"2026-02-26T10:14:05.123+0000","startDate":"2026-02-26T10:13:50.000+0000","unit":"Seconds","statistic":"Average","period":10,"recentDatapoints":[21.5],"threshold":21.0,"evaluatedDatapoints":[{"timestamp":"2026-02-26T10:13:50.000+0000","sampleCount":2.0,"value":21.5}]}',
    );
  });

  it("lists existing points oldest first, looked-at periods newest first, and no start without points", () => {
    const some = run(
      { EvaluationPeriods: 3 },
      { datapoints: points(60, "2026-01-01T00:00:00", [1, undefined, 2]) },
    );
    expect(JSON.parse(some.reasonData ?? "")).toMatchObject({
      startDate: "2025-12-31T23:57:00.000+0000",
      recentDatapoints: [1, 2],
      evaluatedDatapoints: [
        { timestamp: "2025-12-31T23:59:00.000+0000", value: 2 },
        { timestamp: "2025-12-31T23:58:00.000+0000" },
        { timestamp: "2025-12-31T23:57:00.000+0000", value: 1 },
      ],
    });
    const none = run({}, {});
    expect(none.reasonData).not.toContain("startDate");
    expect(none.reasonData).toContain('"recentDatapoints":[]');
  });
});

describe("windows", () => {
  const times = (result: AlarmEvaluation): string[] =>
    result.evaluatedDatapoints.map(({ time }) => new Date(time * 1000).toISOString().slice(5, 16));

  it("slide with the evaluation minute (user guide: 12:16 looks at 12:01, 12:06, 12:11)", () => {
    const minutes = points(
      60,
      "2026-01-01T12:16:00",
      Array.from({ length: 60 }, (_, i) => i),
    );
    const result = run(
      { Period: 300, EvaluationPeriods: 3, Threshold: 1000 },
      {
        datapoints: { ...minutes, sampleCounts: minutes.times.map(() => 1) },
        now: at("2026-01-01T12:16:30"),
      },
    );
    expect(times(result)).toEqual(["01-01T12:11", "01-01T12:06", "01-01T12:01"]);
    expect(result.evaluatedDatapoints[0]).toMatchObject({ value: 57, sampleCount: 5 });
    expect(result.fidelity).toEqual({ windows: "exact", step: 60, notes: [] });
  });

  it("are those of the stored points when these are coarser, and say so", () => {
    const result = run(
      { Period: 300, EvaluationPeriods: 2 },
      { datapoints: points(300, "2026-01-01T12:15:00", [1, 2, 3]), now: at("2026-01-01T12:18:30") },
    );
    expect(times(result)).toEqual(["01-01T12:10", "01-01T12:05"]);
    expect(result.fidelity).toMatchObject({ windows: "aligned", step: 300 });
  });

  it("of several days use the last full hour (user guide: fixed 11:43, OK at 12:03)", () => {
    const result = run(
      { Period: 86_400, EvaluationPeriods: 3 },
      {
        datapoints: points(
          3600,
          "2026-01-10T12:00:00",
          Array.from({ length: 200 }, () => 1),
        ),
        now: at("2026-01-10T12:03:00"),
      },
    );
    expect(times(result)).toEqual(["01-09T12:00", "01-08T12:00", "01-07T12:00"]);
  });

  it("of high resolution slide by 10 seconds", () => {
    const result = run(
      { Period: 30, EvaluationPeriods: 1 },
      { datapoints: points(10, "2026-01-01T00:00:20", [1, 2, 3]), now: at("2026-01-01T00:00:27") },
    );
    expect(result.evaluatedDatapoints[0]).toMatchObject({ time: at("2025-12-31T23:59:50"), value: 2 });
  });

  it("follow the wall clock where asked, across a change to summer time", () => {
    const hours = points(
      3600,
      "2026-03-31T00:00:00",
      Array.from({ length: 120 }, () => 1),
    );
    const result = run(
      {
        Statistic: "Sum",
        Period: 86_400,
        EvaluationPeriods: 2,
        EvaluationWindow: { WallClockWindow: { Timezone: "Europe/Berlin" } },
      },
      { datapoints: hours, now: at("2026-03-30T09:30:00") },
    );
    // 29 March 2026 has 23 hours in Berlin.
    expect(result.evaluatedDatapoints.map(({ value }) => value)).toEqual([23, 24]);
    expect(times(result)).toEqual(["03-28T23:00", "03-27T23:00"]);
  });

  it("wait for late points", () => {
    const request = { datapoints: points(60, "2026-01-01T00:00:00", [1]) };
    expect(run({}, request).state).toBe("ALARM");
    expect(run({}, { ...request, options: { delay: 30 } }).state).toBe("INSUFFICIENT_DATA");
    expect(run({}, { ...request, now: at("2026-01-01T00:00:31"), options: { delay: 30 } }).state).toBe(
      "ALARM",
    );
  });
});

describe("special cases", () => {
  it("keeps DynamoDB's state without data, unless the alarm says otherwise", () => {
    const dynamo = { Namespace: "AWS/DynamoDB" };
    expect(run(dynamo, { state: "ALARM" })).toMatchObject({
      state: "ALARM",
      kept: "missingData",
      reason: undefined,
    });
    expect(run({ ...dynamo, TreatMissingData: "notBreaching" }, { state: "ALARM" }).state).toBe("OK");
    expect(
      run(
        { ...dynamo, TreatMissingData: "notBreaching" },
        { state: "ALARM", options: { dynamoDbIgnores: "always" } },
      ).state,
    ).toBe("ALARM");
  });

  it("keeps the state on few samples where asked", () => {
    const p99 = { Statistic: undefined, ExtendedStatistic: "p99" };
    const datapoints = { ...points(60, "2026-01-01T00:00:00", [5]), sampleCounts: [999] };
    expect(run(p99, { datapoints }).state).toBe("ALARM");
    const ignoring = { ...p99, EvaluateLowSampleCountPercentile: "ignore" };
    expect(run(ignoring, { datapoints })).toMatchObject({ state: "OK", kept: "lowSamples" });
    expect(run(ignoring, { datapoints: { ...datapoints, sampleCounts: [1000] } }).state).toBe("ALARM");
    expect(run(ignoring, { datapoints: points(60, "2026-01-01T00:00:00", [5]) }).fidelity.notes).toHaveLength(
      1,
    );
  });

  it("warms up (user guide: created 10:00, first data 10:04, evaluates from about 10:19)", () => {
    const alarm = {
      Period: 300,
      EvaluationPeriods: 3,
      WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 60 },
    };
    const minutes = points(
      60,
      "2026-01-01T10:30:00",
      Array.from({ length: 26 }, () => 1),
    );
    const state = (now: string, extra: Partial<MetricAlarm> = {}) =>
      run(
        { ...alarm, ...extra },
        {
          datapoints: minutes,
          now: at(now),
          state: "INSUFFICIENT_DATA",
          createdAt: at("2026-01-01T10:00:00"),
        },
      ).state;
    expect(state("2026-01-01T10:18:30")).toBe("INSUFFICIENT_DATA");
    expect(state("2026-01-01T10:19:30")).toBe("ALARM");
    const whole = {
      WarmUpConfiguration: {
        WarmUpPeriodDurationInMinutes: 29,
        OnlyStartEvaluatingAfterWarmUpPeriodEnds: true,
      },
    };
    expect(state("2026-01-01T10:28:30", whole)).toBe("INSUFFICIENT_DATA");
    expect(state("2026-01-01T10:29:30", whole)).toBe("ALARM");
  });

  it.each<[string, Partial<MetricAlarm>, string, string]>([
    ["PromQL", { EvaluationCriteria: {} }, "unsupported", "promql"],
    ["log alarms", { ScheduledQueryConfiguration: {} }, "unsupported", "log-alarm"],
    [
      "Metrics Insights",
      { Metrics: [{ Id: "q1", Expression: "SELECT AVG(x) FROM y", Period: 60 }] },
      "unsupported",
      "metrics-insights",
    ],
    [
      "service quotas",
      {
        Metrics: [
          { Id: "m1", MetricStat: { Period: 60, Stat: "Sum" }, ReturnData: false },
          { Id: "e1", Expression: "m1 / SERVICE_QUOTA(m1)" },
        ],
      },
      "unsupported",
      "unsupported-function",
    ],
    [
      "a band without a model",
      {
        Metrics: [
          { Id: "m1", MetricStat: { Period: 60, Stat: "Sum" } },
          { Id: "ad1", Expression: "ANOMALY_DETECTION_BAND(m1)" },
        ],
        ThresholdMetricId: "ad1",
        ComparisonOperator: "GreaterThanUpperThreshold",
      },
      "unsupported",
      "no-band",
    ],
    ["odd periods", { Period: 45 }, "invalid", "period"],
    ["no threshold", { Threshold: Number.NaN }, "invalid", "comparison"],
    ["M above N", { DatapointsToAlarm: 2 }, "invalid", "datapoints-to-alarm"],
    [
      "mixed periods",
      {
        Metrics: [
          { Id: "m1", MetricStat: { Period: 60, Stat: "Sum" }, ReturnData: false },
          { Id: "m2", MetricStat: { Period: 300, Stat: "Sum" }, ReturnData: false },
          { Id: "e1", Expression: "m1 + m2" },
        ],
      },
      "invalid",
      "mixed-periods",
    ],
    [
      "an odd wall clock",
      { Period: 600, EvaluationWindow: { WallClockWindow: {} } },
      "invalid",
      "wall-clock",
    ],
  ])("answers %s without a guess", (_, alarm, status, code) => {
    expect(
      evaluateAlarm({ alarm: { ...ALARM, ...alarm }, datapoints: {}, now: 0, state: "ALARM" }),
    ).toMatchObject({ status, code, state: "ALARM", changed: false });
  });
});

describe("bad points", () => {
  it("are counted, whatever happens to them", () => {
    const base = at("2026-01-01T00:00:00");
    const result = run(
      { EvaluationPeriods: 3, Threshold: 5 },
      {
        datapoints: {
          period: 60,
          times: [
            base - 60,
            base - 180,
            base - 120,
            base - 120,
            base - 30,
            base + 60,
            base - 300,
            base - 240,
          ],
          values: [6, 6, 1, 7, 6, 9, Number.NaN, Number.POSITIVE_INFINITY],
        },
      },
    );
    expect(result.state).toBe("ALARM");
    expect(
      result.diagnostics.map(({ code, message }) => `${code} ${/\d+ points/.exec(message)?.[0]}`),
    ).toEqual([
      "points-unordered 3 points",
      "points-duplicate 2 points",
      "points-not-finite 2 points",
      "points-future 1 points",
      "points-off-grid 1 points",
    ]);
  });

  it("in milliseconds are refused", () => {
    const datapoints = { period: 60, times: [1_700_000_000_000], values: [1] };
    expect(() => run({}, { datapoints })).toThrow(/not milliseconds/);
    expect(() => run({}, { now: 1_700_000_000_000 })).toThrow(/not milliseconds/);
  });

  it("of a period that doesn't fit are refused", () => {
    const refuse = (period: number, alarm: Partial<MetricAlarm> = {}) =>
      evaluateAlarm({
        alarm: { ...ALARM, ...alarm },
        datapoints: { period, times: [0], values: [1] },
        now: 600,
        state: "OK",
      });
    expect(refuse(300)).toMatchObject({ status: "invalid", code: "series-too-coarse" });
    expect(refuse(7)).toMatchObject({ code: "series-period" });
    expect(refuse(60, { Statistic: undefined, ExtendedStatistic: "p99", Period: 300 })).toMatchObject({
      code: "statistic-not-combinable",
    });
  });

  it("that lie across the wall clock's midnight are refused", () => {
    const alarm = {
      ...ALARM,
      Statistic: "Sum",
      Period: 86_400,
      EvaluationWindow: { WallClockWindow: { Timezone: "Asia/Kolkata" } },
    };
    const result = evaluateAlarm({
      alarm,
      datapoints: { period: 3600, times: [0], values: [1] },
      now: 200_000,
      state: "OK",
    });
    expect(result).toMatchObject({ status: "invalid", code: "wall-clock-points" });
  });

  it("of a metric the alarm doesn't read are told", () => {
    const datapoints = { m7: { period: 60, times: [], values: [] } };
    expect(run({}, { datapoints }).diagnostics).toMatchObject([{ code: "unknown-metric" }]);
  });
});
