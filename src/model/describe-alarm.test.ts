import { describe, expect, it } from "vitest";
import type { MetricAlarmSpec } from "./alarm-spec.ts";
import { describeCondition } from "./describe-alarm.ts";

const base: MetricAlarmSpec = {
  kind: "metric",
  alarmName: "a",
  actionsEnabled: true,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
  namespace: "CWAgent",
  metricName: "mem_used_percent",
  statistic: "Average",
  period: 60,
  evaluationPeriods: 5,
  datapointsToAlarm: 3,
  threshold: 90,
  comparisonOperator: "GreaterThanOrEqualToThreshold",
};

describe("describeCondition", () => {
  it.each([
    [base, "mem_used_percent >= 90 % for 3 of 5 min"],
    [
      { ...base, period: 300, evaluationPeriods: 3, datapointsToAlarm: 2 },
      "mem_used_percent >= 90 % for 2 of 3 x 5 min",
    ],
    [
      { ...base, period: 300, evaluationPeriods: 2, datapointsToAlarm: 2 },
      "mem_used_percent >= 90 % for 2 x 5 min",
    ],
    [
      { ...base, evaluationPeriods: 1, statistic: "Maximum" },
      "Maximum of mem_used_percent >= 90 % for 1 min",
    ],
  ] as const)("tells %#", (spec, text) => {
    expect(describeCondition(spec)).toBe(text);
  });

  it("tells an anomaly band by its width", () => {
    const { namespace, metricName, statistic, period, threshold, ...rest } = base;
    const spec: MetricAlarmSpec = {
      ...rest,
      comparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
      evaluationPeriods: 2,
      datapointsToAlarm: 2,
      thresholdMetricId: "band",
      metrics: [
        {
          id: "m1",
          metricStat: {
            namespace: "AWS/EC2",
            metricName: "NetworkOut",
            dimensions: [],
            period: 300,
            stat: "Average",
          },
        },
        { id: "band", expression: "ANOMALY_DETECTION_BAND(m1, 3)" },
      ],
    };
    expect(describeCondition(spec)).toBe("NetworkOut outside its band (3 sd) for 2 x 5 min");
  });
});
