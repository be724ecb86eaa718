import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { Cloud } from "../../cloud.ts";
import { AlarmStore } from "./alarm-store.ts";
import { putMetricAlarm } from "./put-metric-alarm.ts";

const REGION = "eu-west-1";
const NOW = new Date("2026-11-20T10:00:00Z");

const single: PutMetricAlarmInput = {
  AlarmName: "a",
  Namespace: "N",
  MetricName: "M",
  Statistic: "Average",
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanThreshold",
};

const metric = (Id: string, more: object = {}): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: "N", MetricName: "M" }, Period: 60, Stat: "Average" },
  ReturnData: false,
  ...more,
});

const math = (...Metrics: MetricDataQuery[]): PutMetricAlarmInput => ({
  AlarmName: "a",
  EvaluationPeriods: 1,
  Threshold: 1,
  ComparisonOperator: "GreaterThanThreshold",
  Metrics,
});

const { Threshold: _, ...withoutThreshold } = math();
const band = (...Metrics: MetricDataQuery[]): PutMetricAlarmInput => ({
  ...withoutThreshold,
  ComparisonOperator: "GreaterThanUpperThreshold",
  ThresholdMetricId: "ad",
  Metrics,
});
const bandOf = (id: string): MetricDataQuery => ({
  Id: "ad",
  Expression: `ANOMALY_DETECTION_BAND(${id}, 2)`,
});

function put(input: PutMetricAlarmInput, region = REGION): unknown {
  const store = new AlarmStore("111122223333", region, new Cloud());
  try {
    putMetricAlarm(store, input, NOW);
    return "accepted";
  } catch (error) {
    return (error as Error).message;
  }
}

describe("PutMetricAlarm accepts", () => {
  it.each<[string, PutMetricAlarmInput]>([
    ["a plain alarm", single],
    ["ten seconds", { ...single, Period: 10 }],
    ["a day of minutes", { ...single, EvaluationPeriods: 1440 }],
    ["a week of hours", { ...single, Period: 3600, EvaluationPeriods: 168 }],
    ["a percentile", { ...without("Statistic"), ExtendedStatistic: "p99.9" }],
    ["a trimmed mean", { ...without("Statistic"), ExtendedStatistic: "TM(10%:90%)" }],
    ["metric math", math(metric("m1"), { Id: "e1", Expression: "m1 + 1" })],
    ["Metrics Insights", math({ Id: "q1", Expression: "SELECT AVG(M) FROM N", Period: 60 })],
    ["a metric in the list", math(metric("m1", { ReturnData: true }))],
    ["a band", band(metric("m1", { ReturnData: true }), bandOf("m1"))],
    ["a wall clock", { ...single, EvaluationWindow: { WallClockWindow: { Timezone: "Europe/Berlin" } } }],
    [
      "an EC2 action",
      { ...single, Dimensions: instance(), AlarmActions: [`arn:aws:automate:${REGION}:ec2:recover`] },
    ],
    [
      "an OpsItem",
      { ...single, AlarmActions: [`arn:aws:ssm:${REGION}:111122223333:opsitem:1#CATEGORY=Cost`] },
    ],
  ])("%s", (_name, input) => {
    expect(put(input)).toBe("accepted");
  });
});

describe("PutMetricAlarm refuses", () => {
  const topic = (region: string, partition = "aws") => `arn:${partition}:sns:${region}:111122223333:t`;

  // Recorded from CloudWatch, some with another parameter in the same sentence.
  it.each<[PutMetricAlarmInput, string]>([
    [without("MetricName"), "MetricName must not be null"],
    [{ ...single, Metrics: [metric("m1")] }, "MetricName should not be set if list of Metrics is set."],
    [{ ...math(metric("m1")), Statistic: "Sum" }, "Statistic should not be set if list of Metrics is set."],
    [{ ...math(metric("m1")), Unit: "Bytes" }, "Unit should not be set if list of Metrics is set."],
    [
      { ...single, DatapointsToAlarm: 2 },
      "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
    ],
    [
      { ...single, ComparisonOperator: "LessThanLowerThreshold" },
      "ComparisonOperators for ranges require ThresholdMetricId to be set",
    ],
    [{ ...single, ThresholdMetricId: "ad" }, "Threshold and ThresholdMetricId cannot both be set"],
    [math(metric("m1")), "Exactly one element of the metrics list should return data."],
    [
      math(metric("m1", { ReturnData: true }), { Id: "e1", Expression: "m1" }),
      "Exactly one element of the metrics list should return data.",
    ],
    [band(metric("m1"), bandOf("m1")), "Exactly two elements of the metrics list should return data."],
    [
      band(metric("m1", { ReturnData: true }), { ...bandOf("m1"), ReturnData: false }),
      "Metrics list must contain exactly one metric matching the ThresholdMetricId parameter",
    ],
    [
      { ...single, AlarmActions: [`arn:aws:automate:${REGION}:ec2:reboot`] },
      "Invalid use of EC2 action. An EC2 action can only be used if the alarm is monitoring an EC2 instance.",
    ],
    [
      { ...single, AlarmActions: [topic(REGION, "aws-cn")] },
      "Invalid partition aws-cn specified. Only aws is supported.",
    ],
  ])("%#", (input, message) => {
    expect(put(input)).toBe(message);
  });

  it.each<[string, PutMetricAlarmInput, RegExp]>([
    ["a period off the grid", { ...single, Period: 45 }, /^Period must be 10, 20, 30 or a multiple of 60$/],
    [
      "more than a day",
      { ...single, EvaluationPeriods: 1441 },
      /EvaluationPeriods \* Period must be <= 86400/,
    ],
    ["more than a week", { ...single, Period: 3600, EvaluationPeriods: 169 }, /must be <= 604800/],
    ["no statistic", without("Statistic"), /^Statistic must not be null$/],
    ["two statistics", { ...single, ExtendedStatistic: "p90" }, /cannot both be set/],
    [
      "an unknown statistic",
      { ...without("Statistic"), ExtendedStatistic: "p101" },
      /p101 .* is not supported/,
    ],
    [
      "a trimmed mean too wide",
      { ...without("Statistic"), ExtendedStatistic: "TM(2%:98%)" },
      /not supported/,
    ],
    ["no threshold", without("Threshold"), /^Threshold must not be null$/],
    ["no periods", without("EvaluationPeriods"), /^EvaluationPeriods must not be null$/],
    ["an unknown treatment", { ...single, TreatMissingData: "maybe" }, /^Option maybe is not supported/],
    ["dimensions given twice", { ...single, Dimensions: [...instance(), ...instance()] }, /InstanceId/],
    [
      "SEARCH",
      math({ Id: "e1", Expression: "SEARCH('x', 'Average')" }),
      /^SEARCH is not supported on Metric Alarms/,
    ],
    [
      "an unknown reference",
      math(metric("m1"), { Id: "e1", Expression: "m2 + 1" }),
      /^Error in expression 'e1' \[/,
    ],
    [
      "a band over seconds",
      band(
        metric("m1", {
          ReturnData: true,
          MetricStat: { Metric: { Namespace: "N", MetricName: "M" }, Period: 10, Stat: "Average" },
        }),
        bandOf("m1"),
      ),
      /multiple of 60 for alarms based on anomaly/,
    ],
    ["broken math", math(metric("m1"), { Id: "e1", Expression: "m1 +" }), /^Error in expression 'e1' \[/],
    ["a scalar as result", math(metric("m1"), { Id: "e1", Expression: "AVG(m1)" }), /scalar/],
    ["an upper case id", math(metric("M1", { ReturnData: true })), /pattern/],
    ["an id twice", math(metric("m1", { ReturnData: true }), metric("m1")), /not unique/],
    ["eleven metrics", math(...Array.from({ length: 11 }, (_, i) => metric(`m${i}`))), /more than 10/],
    [
      "mixed periods",
      math(
        metric("m1", { ReturnData: true }),
        metric("m2", {
          MetricStat: { Metric: { Namespace: "N", MetricName: "M" }, Period: 300, Stat: "Sum" },
        }),
      ),
      /same Period/,
    ],
    [
      "an action of another region",
      { ...single, OKActions: [topic("us-east-1")] },
      /^Invalid region us-east-1/,
    ],
    [
      "an action that is no ARN",
      { ...single, AlarmActions: ["notBreaching"] },
      /^Invalid arn syntax: notBreaching$/,
    ],
    [
      "an OpsItem for OK",
      { ...single, OKActions: [`arn:aws:ssm:${REGION}:1:opsitem:1`] },
      /ALARM state only/,
    ],
    [
      "scaling by a band",
      {
        ...band(metric("m1", { ReturnData: true }), bandOf("m1")),
        AlarmActions: [
          `arn:aws:autoscaling:${REGION}:111122223333:scalingPolicy:p:autoScalingGroupName/g:policyName/n`,
        ],
      },
      /cannot have Auto Scaling actions/,
    ],
    [
      "six actions",
      { ...single, OKActions: Array(6).fill(topic(REGION)) },
      /'oKActions' .* less than or equal to 5/,
    ],
    ["a control character", { ...single, AlarmName: "a\nb" }, /control characters/],
    [
      "a wall clock of two minutes",
      { ...single, Period: 120, EvaluationWindow: { WallClockWindow: {} } },
      /60, 300/,
    ],
    [
      "an odd offset",
      { ...single, EvaluationWindow: { WallClockWindow: { Timezone: "+01:03" } } },
      /\+01:03/,
    ],
    [
      "PromQL",
      { AlarmName: "a", EvaluationCriteria: { PromQLCriteria: { Query: "up" } } },
      /not implemented/,
    ],
    ["a tag of AWS", { ...single, Tags: [{ Key: "aws:x", Value: "" }] }, /reserved/],
  ])("%s", (_name, input, message) => {
    expect(put(input)).toMatch(message);
  });

  it("everything that is out of bounds in one message", () => {
    expect(put({ ...single, AlarmName: "", EvaluationPeriods: 0 })).toBe(
      "2 validation errors detected: Value '' at 'alarmName' failed to satisfy constraint: Member must have length greater than or equal to 1; " +
        "Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must have value greater than or equal to 1",
    );
  });
});

function without(name: keyof PutMetricAlarmInput): PutMetricAlarmInput {
  const { [name]: _dropped, ...rest } = single;
  return rest as PutMetricAlarmInput;
}

function instance() {
  return [{ Name: "InstanceId", Value: "i-1" }];
}
