/** One metric dimension. */
export interface Dimension {
  readonly name: string;
  readonly value: string;
}

/** A metric with the statistic to read from it. `period` in seconds. */
export interface MetricStat {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
  readonly period: number;
  /** Any CloudWatch statistic: `Average`, `Sum`, `p99`, `TM(10%:90%)` ... */
  readonly stat: string;
  readonly unit?: string;
}

/** One entry of an alarm's `Metrics`: a metric or an expression over the others. */
export interface MetricDataQuery {
  readonly id: string;
  readonly metricStat?: MetricStat;
  readonly expression?: string;
  readonly label?: string;
  readonly returnData?: boolean;
  readonly period?: number;
  readonly accountId?: string;
}

/** Comparison operators against a number. In the order of CloudWatch's own error messages, as those of a band. */
export const THRESHOLD_OPERATORS = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
] as const;

/** Comparison operators against an anomaly band. */
export const BAND_OPERATORS = [
  "LessThanLowerOrGreaterThanUpperThreshold",
  "LessThanLowerThreshold",
  "GreaterThanUpperThreshold",
] as const;

export type ComparisonOperator = (typeof THRESHOLD_OPERATORS | typeof BAND_OPERATORS)[number];

export type TreatMissingData = "breaching" | "notBreaching" | "ignore" | "missing";

/** What every alarm has, whatever it watches. Actions are ARNs. */
export interface AlarmCommon {
  readonly alarmName: string;
  readonly alarmDescription?: string;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
}

/**
 * A desired metric alarm in CloudWatch's own vocabulary: one metric (`namespace`, `metricName`, `statistic` ...),
 * or `metrics` for metric math and anomaly bands (`thresholdMetricId` names the band's expression).
 */
export interface MetricAlarmSpec extends AlarmCommon {
  readonly kind: "metric";
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: readonly Dimension[];
  readonly statistic?: string;
  readonly extendedStatistic?: string;
  readonly period?: number;
  readonly unit?: string;
  readonly metrics?: readonly MetricDataQuery[];
  readonly thresholdMetricId?: string;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm?: number;
  readonly threshold?: number;
  readonly comparisonOperator: ComparisonOperator;
  readonly treatMissingData?: TreatMissingData;
  readonly evaluateLowSampleCountPercentile?: "evaluate" | "ignore";
}

/** A desired composite alarm. Periods in seconds. */
export interface CompositeAlarmSpec extends AlarmCommon {
  readonly kind: "composite";
  readonly alarmRule: string;
  readonly actionsSuppressor?: string;
  readonly actionsSuppressorWaitPeriod?: number;
  readonly actionsSuppressorExtensionPeriod?: number;
}

/** One desired alarm. */
export type AlarmSpec = MetricAlarmSpec | CompositeAlarmSpec;
