import { describe, expect, it } from "vitest";
import type { CompositeAlarmSpec, MetricAlarmSpec } from "../../model/alarm-spec.ts";
import { canonicalAlarm, fieldsOf, sameAlarm, sameValue, watchedMetric } from "./canonical-alarm.ts";

const common = {
  alarmName: "a",
  actionsEnabled: true,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
};
const metric: MetricAlarmSpec = {
  ...common,
  kind: "metric",
  namespace: "AWS/EC2",
  metricName: "CPUUtilization",
  dimensions: [{ name: "InstanceId", value: "i-1" }],
  statistic: "Average",
  period: 300,
  evaluationPeriods: 3,
  threshold: 90,
  comparisonOperator: "GreaterThanThreshold",
};
const composite: CompositeAlarmSpec = { ...common, kind: "composite", alarmRule: "ALARM(a) AND OK(b)" };

const same = (a: MetricAlarmSpec | CompositeAlarmSpec, b: MetricAlarmSpec | CompositeAlarmSpec) =>
  sameAlarm(canonicalAlarm(a), canonicalAlarm(b));

describe("the canonical form", () => {
  it.each<[string, Partial<MetricAlarmSpec>]>([
    ["datapoints", { datapointsToAlarm: 3 }],
    ["missing data", { treatMissingData: "missing" }],
    ["an empty description", { alarmDescription: "" }],
    ["low samples", { evaluateLowSampleCountPercentile: "evaluate" }],
  ])("fills in the default of %s", (_, written) => {
    expect(same(metric, { ...metric, ...written })).toBe(true);
  });

  it("knows that DynamoDB's default treatment is its own", () => {
    const table = { ...metric, namespace: "AWS/DynamoDB" };
    expect(same(table, { ...table, treatMissingData: "ignore" })).toBe(true);
    expect(same(table, { ...table, treatMissingData: "missing" })).toBe(false);
  });

  it("doesn't mind the order of dimensions, actions and metrics, nor repetitions of actions", () => {
    const dimensions = [
      { name: "b", value: "1" },
      { name: "a", value: "2" },
    ];
    expect(same({ ...metric, dimensions }, { ...metric, dimensions: [...dimensions].reverse() })).toBe(true);
    expect(same({ ...metric, okActions: ["x", "y"] }, { ...metric, okActions: ["y", "x", "y"] })).toBe(true);
    const metrics = [
      { id: "e", expression: "m*2", returnData: true },
      {
        id: "m",
        returnData: false,
        metricStat: { namespace: "n", metricName: "m", dimensions, period: 60, stat: "Sum" },
      },
    ];
    expect(same({ ...metric, metrics }, { ...metric, metrics: [...metrics].reverse() })).toBe(true);
  });

  it("has a percentile where others have a statistic", () => {
    const { statistic: _, ...rest } = metric;
    const percentile = canonicalAlarm({
      ...rest,
      extendedStatistic: "p99",
      evaluateLowSampleCountPercentile: "ignore",
    });
    expect(percentile).toMatchObject({ statistic: "p99", evaluateLowSampleCountPercentile: "ignore" });
  });

  it("compares rules as expressions, names and ARNs alike", () => {
    const arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a";
    const alike = ["(ALARM(a)) AND OK(b)", 'ALARM("a")\n  AND  OK(b)', `ALARM(${arn}) AND OK(b)`];
    for (const alarmRule of alike) expect(same(composite, { ...composite, alarmRule })).toBe(true);
    expect(same(composite, { ...composite, alarmRule: "ALARM(a) OR OK(b)" })).toBe(false);
    expect(same({ ...composite, alarmRule: "no  rule" }, { ...composite, alarmRule: "no rule" })).toBe(true);
  });

  it("tells single-metric alarms and bands by the metric they watch", () => {
    const { namespace, metricName, dimensions, statistic: _s, threshold: _t, ...rest } = metric;
    const stat = {
      namespace: "AWS/EC2",
      metricName: "CPUUtilization",
      dimensions: dimensions ?? [],
      period: 300,
      stat: "Average",
    };
    const band = canonicalAlarm({
      ...rest,
      comparisonOperator: "GreaterThanUpperThreshold",
      thresholdMetricId: "band",
      metrics: [
        { id: "band", expression: "ANOMALY_DETECTION_BAND(m, 2)" },
        { id: "m", metricStat: stat },
      ],
    });
    expect(watchedMetric(band)).toBe(watchedMetric(canonicalAlarm(metric)));
    expect(watchedMetric(canonicalAlarm(composite))).toBeUndefined();
    expect([namespace, metricName]).toEqual(["AWS/EC2", "CPUUtilization"]);
  });

  it("has its fields in the order that marks are written in, for good", () => {
    expect(fieldsOf("metric").join(" ")).toBe(
      "alarmDescription actionsEnabled okActions alarmActions insufficientDataActions namespace metricName dimensions statistic period unit metrics thresholdMetricId evaluationPeriods datapointsToAlarm threshold comparisonOperator treatMissingData evaluateLowSampleCountPercentile",
    );
    expect(fieldsOf("composite").join(" ")).toBe(
      "alarmDescription actionsEnabled okActions alarmActions insufficientDataActions alarmRule actionsSuppressor actionsSuppressorWaitPeriod actionsSuppressorExtensionPeriod",
    );
  });
});

describe("sameValue", () => {
  it.each([
    [1, 1, true],
    [1, "1", false],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [[1, 2], [1, 2], true],
    [[1], { 0: 1 }, false],
    [null, {}, false],
  ])("%j and %j: %s", (a, b, expected) => {
    expect(sameValue(a, b)).toBe(expected);
    expect(sameValue(b, a)).toBe(expected);
  });
});
