import { describe, expect, it } from "vitest";
import type {
  AlarmSpec,
  CompositeAlarmSpec,
  MetricAlarmSpec,
  MetricDataQuery,
} from "../../model/alarm-spec.ts";
import { instance } from "../test-fixtures.ts";
import { validateAlarmSpec } from "./spec-validation.ts";

const common = {
  alarmName: "cpu-high-i-1",
  actionsEnabled: true,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
} as const;
const cpu: MetricAlarmSpec = {
  kind: "metric",
  ...common,
  namespace: "AWS/EC2",
  metricName: "CPUUtilization",
  dimensions: [{ name: "InstanceId", value: "i-1" }],
  statistic: "Average",
  period: 300,
  evaluationPeriods: 3,
  threshold: 90,
  comparisonOperator: "GreaterThanThreshold",
};
const composite: CompositeAlarmSpec = { kind: "composite", ...common, alarmRule: "ALARM(a)" };
const without = <T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> =>
  Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;

const stat = (metricName: string, period = 300) => ({
  namespace: "AWS/EC2",
  metricName,
  dimensions: [{ name: "InstanceId", value: "i-1" }],
  period,
  stat: "Sum",
});
const math = (metrics: readonly MetricDataQuery[], more: Partial<MetricAlarmSpec> = {}): MetricAlarmSpec => ({
  ...without(cpu, "namespace", "metricName", "dimensions", "statistic", "period"),
  metrics,
  ...more,
});
const sum = (expression: string): readonly MetricDataQuery[] => [
  { id: "a", metricStat: stat("NetworkIn"), returnData: false },
  { id: "b", metricStat: stat("NetworkOut"), returnData: false },
  { id: "e", expression, returnData: true },
];
const band = (more: Partial<MetricAlarmSpec> = {}, period = 300): AlarmSpec => ({
  ...without(math([]), "threshold"),
  comparisonOperator: "GreaterThanUpperThreshold",
  thresholdMetricId: "ad1",
  metrics: [
    {
      id: "m1",
      metricStat: { ...stat("NetworkOut", period), namespace: period < 60 ? "Acme" : "AWS/EC2" },
      returnData: true,
    },
    { id: "ad1", expression: "ANOMALY_DETECTION_BAND(m1, 2)", returnData: true },
  ],
  ...more,
});
const recover = "arn:aws:automate:eu-central-1:ec2:recover";
const status: MetricAlarmSpec = {
  ...cpu,
  metricName: "StatusCheckFailed_System",
  period: 60,
  evaluationPeriods: 2,
  datapointsToAlarm: 2,
};
const reboot = "arn:aws:automate:eu-central-1:ec2:reboot";
const hung: MetricAlarmSpec = { ...status, metricName: "StatusCheckFailed_Instance" };
const sns = (i: number): string => `arn:aws:sns:eu-central-1:111122223333:t${i}`;

describe("alarms that work", () => {
  it.each<[string, AlarmSpec]>([
    ["plain", cpu],
    [
      "percentile",
      {
        ...without(cpu, "statistic"),
        namespace: "Acme",
        extendedStatistic: "p99.9",
        evaluateLowSampleCountPercentile: "ignore",
      },
    ],
    ["a week of hours", { ...cpu, period: 3600, evaluationPeriods: 168 }],
    ["a day of minutes", { ...cpu, namespace: "Acme", period: 60, evaluationPeriods: 1440 }],
    ["high resolution", { ...cpu, namespace: "Acme", period: 20 }],
    ["math", math(sum("(a + b) / 300"))],
    ["band", band()],
    [
      "composite",
      {
        ...composite,
        actionsSuppressor: "b",
        actionsSuppressorWaitPeriod: 60,
        actionsSuppressorExtensionPeriod: 60,
      },
    ],
    ["recover", { ...status, alarmActions: [recover] }],
    [
      "insights",
      math([
        {
          id: "q",
          expression: 'SELECT AVG(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)',
          period: 300,
          returnData: true,
        },
      ]),
    ],
  ])("%s", (_, spec) => expect(validateAlarmSpec(spec)).toEqual([]));
});

describe("what CloudWatch refuses or never lets work", () => {
  it.each<[string, AlarmSpec, string]>([
    ["alarm-name", { ...cpu, alarmName: "x".repeat(256) }, "the name has 256 characters"],
    ["alarm-name", { ...cpu, alarmName: "a\nb" }, "control characters"],
    [
      "missing-field",
      without(cpu, "metricName", "period") as MetricAlarmSpec,
      "metricName, period must be given",
    ],
    ["missing-threshold", without(cpu, "threshold") as MetricAlarmSpec, "it needs a threshold"],
    ["missing-threshold", { ...cpu, threshold: Number.NaN }, "no finite number"],
    ["evaluation-periods", { ...cpu, evaluationPeriods: 0 }, "from 1, not 0"],
    [
      "datapoints-to-alarm",
      { ...cpu, datapointsToAlarm: 4 },
      "datapointsToAlarm 4 must be a whole number from 1 to evaluationPeriods (3)",
    ],
    [
      "window-too-long",
      { ...cpu, evaluationPeriods: 289 },
      "289 periods of 5 min are longer than CloudWatch's 1 d (7 d with periods of an hour and more)",
    ],
    ["window-too-long", { ...cpu, period: 3600, evaluationPeriods: 169 }, "longer than CloudWatch's 7 d"],
    ["window-too-long", math(sum("a + b"), { evaluationPeriods: 289 }), "289 periods"],
    ["period", { ...cpu, period: 90 }, "period 90 must be 10, 20 or 30 seconds or a multiple of 60"],
    ["period", { ...cpu, namespace: "Acme", period: 5 }, "period 5 must be"],
    ["sub-minute-period", { ...cpu, period: 30 }, "stay in INSUFFICIENT_DATA"],
    ["sub-minute-period", band({}, 30), "an anomaly band needs a period of 60 s"],
    ["statistic", { ...cpu, statistic: "Mean" }, '"Mean" is no statistic'],
    ["statistic", { ...cpu, extendedStatistic: "p99" }, "not both"],
    [
      "comparison-operator",
      { ...cpu, comparisonOperator: "GreaterThanUpperThreshold" },
      "is for anomaly bands",
    ],
    ["comparison-operator", band({ comparisonOperator: "GreaterThanThreshold" }), "is for thresholds"],
    ["threshold-and-band", band({ threshold: 5 }), "give one of them"],
    [
      "dimensions",
      { ...cpu, dimensions: Array.from({ length: 31 }, (_, i) => ({ name: `d${i}`, value: "x" })) },
      "31 dimensions",
    ],
    ["dimensions", { ...cpu, dimensions: [{ name: "A", value: "网" }] }, "ASCII"],
    ["dimensions", { ...cpu, dimensions: [{ name: "A", value: " " }] }, "dimension A needs a value"],
    ["dimensions", { ...cpu, dimensions: [{ name: ":A", value: "x" }] }, "can't name a dimension"],
    [
      "dimensions",
      {
        ...cpu,
        dimensions: [
          { name: "A", value: "x" },
          { name: "A", value: "y" },
        ],
      },
      "given twice",
    ],
    ["too-many-actions", { ...cpu, alarmActions: [1, 2, 3, 4, 5, 6].map(sns) }, "6 actions for ALARM"],
    ["bad-action", { ...cpu, okActions: ["oncall"] }, '"oncall" is no ARN'],
    [
      "alarm-only-action",
      { ...cpu, okActions: ["arn:aws:ssm:eu-central-1:111122223333:opsitem:1"] },
      "for ALARM only",
    ],
    ["ec2-action", { ...composite, alarmActions: [recover] }, "this is a composite alarm"],
    ["ec2-action", math(sum("a + b"), { alarmActions: [recover] }), "metric math or an anomaly band"],
    [
      "ec2-action",
      { ...status, dimensions: [], alarmActions: [recover] },
      "needs InstanceId among the dimensions",
    ],
    [
      "ec2-action",
      { ...cpu, alarmActions: [recover] },
      "ec2:recover works with AWS/EC2 StatusCheckFailed_System only",
    ],
    [
      "auto-scaling-action",
      { ...composite, alarmActions: ["arn:aws:autoscaling:eu-central-1:1:scalingPolicy:x"] },
      "takes no actions from composite alarms",
    ],
    ["suppressor", { ...composite, actionsSuppressor: "b" }, "needs actionsSuppressorWaitPeriod"],
    ["suppressor", { ...composite, actionsSuppressorWaitPeriod: 60 }, "need an actionsSuppressor"],
    ["composite-rule", { ...composite, alarmRule: "ALARM(a) AND" }, "alarmRule: expected"],
    [
      "composite-children",
      { ...composite, alarmRule: Array.from({ length: 101 }, (_, i) => `ALARM(a${i})`).join(" OR ") },
      "101 children",
    ],
    [
      "math-id",
      math([{ id: "A", metricStat: stat("x"), returnData: true }]),
      "must begin with a lower-case letter",
    ],
    [
      "math-id",
      math([...sum("a + b"), { id: "a", metricStat: stat("x"), returnData: false }]),
      'id "a" is used twice',
    ],
    ["math-entry", math([{ id: "a", returnData: true }]), "either an expression or a metric"],
    ["math-expression", math(sum("(a + b")), 'expression "e", column'],
    ["math-expression", math(sum(`a + b${" ".repeat(2048)}`)), "CloudWatch takes 1 to 2048"],
    ["math-reference", math(sum("a + b + c")), 'refers to "c", which no entry has'],
    ["math-reference", math(sum("a + b + e")), "refers to itself"],
    [
      "math-search",
      math(sum("a + b + SUM(SEARCH('{AWS/EC2,InstanceId} CPU', 'Average', 300))")),
      "no SEARCH in alarms",
    ],
    [
      "mixed-periods",
      math([{ id: "a", metricStat: stat("x", 60), returnData: false }, ...sum("a + b").slice(1)]),
      "these have 60, 300 s",
    ],
    ["return-data", math(sum("a + b").map((query) => ({ ...query, returnData: true }))), "a, b, e has"],
    ["return-data", math(sum("a + b").map((query) => ({ ...query, returnData: false }))), "none has"],
    [
      "return-data",
      band({
        metrics: [
          { id: "m1", metricStat: stat("x"), returnData: false },
          { id: "ad1", expression: "ANOMALY_DETECTION_BAND(m1, 2)" },
        ],
      }),
      "nothing else",
    ],
    ["band", band({ thresholdMetricId: "m1" }), "must be an ANOMALY_DETECTION_BAND expression"],
    [
      "band",
      {
        ...without(cpu, "threshold"),
        thresholdMetricId: "ad1",
        comparisonOperator: "GreaterThanUpperThreshold",
      },
      "needs metrics",
    ],
    [
      "math-size",
      math(
        Array.from({ length: 11 }, (_, i) => ({
          id: `m${i}`,
          metricStat: stat(`x${i}`),
          returnData: i === 0,
        })),
      ),
      "11 metrics are more than CloudWatch's 10",
    ],
    [
      "insights-period",
      math([{ id: "q", expression: "SELECT AVG(x) FROM y", returnData: true }]),
      "needs a period",
    ],
    [
      "insights-period",
      math([{ id: "q", expression: "SELECT AVG(x) FROM y", period: 3600, returnData: true }], {
        evaluationPeriods: 4,
      }),
      "sees 3 hours",
    ],
  ])("%s: %#", (code, spec, message) => {
    const errors = validateAlarmSpec(spec).filter(({ severity }) => severity === "error");
    expect(errors).toContainEqual(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

describe("what works otherwise than it looks", () => {
  const elb = {
    ...cpu,
    namespace: "AWS/ApplicationELB",
    metricName: "HTTPCode_Target_5XX_Count",
    period: 60,
  };
  it.each<[string, AlarmSpec, string]>([
    ["unit", { ...cpu, unit: "Percent" }, "sees only data published in it"],
    [
      "period-too-short",
      { ...cpu, metricName: "CPUCreditBalance", period: 60 },
      "comes every 5 min (credits are counted every 5 minutes): with a period of 1 min",
    ],
    ["sparse-metric", { ...elb, statistic: "Sum" }, "takes silence for health"],
    [
      "counter-statistic",
      { ...without(elb, "statistic"), extendedStatistic: "p99", treatMissingData: "notBreaching" },
      "p99 is always 1; use Sum",
    ],
    [
      "dynamodb-missing-data",
      { ...cpu, namespace: "AWS/DynamoDB", metricName: "ConsumedReadCapacityUnits" },
      "ignore missing data unless told otherwise",
    ],
    ["low-samples", { ...cpu, evaluateLowSampleCountPercentile: "ignore" }, "only matters for percentiles"],
    ["fill-sticks", math(sum("FILL(a, 0) + b")), "the alarm sticks"],
    ["unstable-function", math(sum("RUNNING_SUM(a) + b")), "RUNNING_SUM depends"],
    ["unused-metric", math(sum("a * 2")), 'entry "b" is used by nothing'],
    ["ec2-action", { ...status, alarmActions: [recover], treatMissingData: "breaching" }, "merely late"],
    ["ec2-action", { ...status, okActions: [recover] }, "use it for ALARM"],
    [
      "ec2-action",
      { ...status, evaluationPeriods: 3, alarmActions: [recover] },
      "ec2:recover after 180 s: AWS advises 2 periods of 1 min to recover and 3 to reboot",
    ],
    ["ec2-action", { ...hung, alarmActions: [reboot] }, "ec2:reboot after 120 s"],
    [
      "ec2-action",
      { ...status, evaluationPeriods: 3, alarmActions: [reboot] },
      "ec2:reboot for StatusCheckFailed_System stays on the broken host; ec2:recover may be meant",
    ],
    ["unknown-action", { ...cpu, alarmActions: ["arn:aws:sqs:eu-central-1:1:q"] }, "not known to act on sqs"],
  ])("%s: %#", (code, spec, message) => {
    const found = validateAlarmSpec(spec);
    expect(found.map(({ severity }) => severity)).toEqual(["warning"]);
    expect(found[0]).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it("depends on detailed monitoring, where that is known", () => {
    const codes = (monitoring: boolean | undefined): string[] =>
      validateAlarmSpec({ ...cpu, period: 60 }, instance("i-1", { facts: { monitoring } })).map(
        ({ code }) => code,
      );
    expect(codes(false)).toEqual(["period-too-short"]);
    expect(codes(true)).toEqual([]);
    expect(codes(undefined)).toEqual([]);
  });

  it("is silent about FILL where fewer points are enough", () => {
    expect(validateAlarmSpec(math(sum("FILL(a, 0) + b"), { datapointsToAlarm: 2 }))).toEqual([]);
  });
});
