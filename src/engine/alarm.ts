import type { Statistic } from "./statistic-name.ts";

/** A metric of an alarm, as DescribeAlarms returns it. Only what evaluation reads. */
export interface AlarmMetric {
  readonly Id?: string | undefined;
  readonly MetricStat?:
    | {
        readonly Metric?:
          | { readonly Namespace?: string | undefined; readonly MetricName?: string | undefined }
          | undefined;
        readonly Period?: number | undefined;
        readonly Stat?: string | undefined;
        readonly Unit?: string | undefined;
      }
    | undefined;
  readonly Expression?: string | undefined;
  readonly Label?: string | undefined;
  readonly ReturnData?: boolean | undefined;
  readonly Period?: number | undefined;
  readonly AccountId?: string | undefined;
}

/**
 * A metric alarm in CloudWatch's own field names, as DescribeAlarms returns it and PutMetricAlarm takes it.
 * Fields that don't matter to evaluation are accepted and ignored. Periods in seconds.
 */
export interface MetricAlarm {
  readonly AlarmName?: string | undefined;
  readonly Namespace?: string | undefined;
  readonly MetricName?: string | undefined;
  readonly Statistic?: string | undefined;
  readonly ExtendedStatistic?: string | undefined;
  readonly Period?: number | undefined;
  readonly Unit?: string | undefined;
  readonly Metrics?: readonly AlarmMetric[] | undefined;
  readonly EvaluationPeriods?: number | undefined;
  readonly DatapointsToAlarm?: number | undefined;
  readonly Threshold?: number | undefined;
  readonly ThresholdMetricId?: string | undefined;
  readonly ComparisonOperator?: string | undefined;
  readonly TreatMissingData?: string | undefined;
  readonly EvaluateLowSampleCountPercentile?: string | undefined;
  readonly EvaluationWindow?:
    | {
        readonly SlidingWindow?: unknown;
        readonly WallClockWindow?: { readonly Timezone?: string | undefined } | undefined;
      }
    | undefined;
  readonly WarmUpConfiguration?:
    | {
        readonly WarmUpPeriodDurationInMinutes?: number | undefined;
        readonly OnlyStartEvaluatingAfterWarmUpPeriodEnds?: boolean | undefined;
      }
    | undefined;
  /** PromQL alarms have this; they are not evaluated here. */
  readonly EvaluationCriteria?: unknown;
  /** Log alarms have this; they are not evaluated here. */
  readonly ScheduledQueryConfiguration?: unknown;
}

/** What a missing point counts as. */
export const MISSING_TREATMENTS = ["missing", "ignore", "breaching", "notBreaching"] as const;

export type MissingTreatment = (typeof MISSING_TREATMENTS)[number];

/** How values are compared: the phrase of StateReason beside each operator. */
export const THRESHOLD_OPERATORS = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
} as const;

export type ThresholdOperator = keyof typeof THRESHOLD_OPERATORS;

/** Operators of anomaly band alarms: which bounds count. Equal to a bound is not a breach. */
export const BAND_OPERATORS = {
  LessThanLowerOrGreaterThanUpperThreshold: { lower: true, upper: true },
  LessThanLowerThreshold: { lower: true, upper: false },
  GreaterThanUpperThreshold: { lower: false, upper: true },
} as const;

export type BandOperator = keyof typeof BAND_OPERATORS;

/** What an alarm compares its values with. */
export type Comparison =
  | { readonly kind: "threshold"; readonly operator: ThresholdOperator; readonly threshold: number }
  | { readonly kind: "band"; readonly operator: BandOperator; readonly bandId: string };

/** What an alarm reads: one metric, or expressions over several. */
export type AlarmInput =
  | {
      readonly kind: "metric";
      /** `m1` for a plain alarm, else the metric's Id. */
      readonly id: string;
      readonly statistic: Statistic;
      readonly statisticName: string;
    }
  | { readonly kind: "math"; readonly id: string; readonly metrics: readonly AlarmMetric[] };

/** Where the evaluated windows lie. */
type WindowKind = { readonly kind: "sliding" } | { readonly kind: "wallClock"; readonly timeZone: string };

/** An alarm checked and with CloudWatch's defaults filled in. Times and periods in seconds. */
export interface EvaluableAlarm {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly input: AlarmInput;
  readonly period: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  /** Whether DatapointsToAlarm was given: it changes StateReason. */
  readonly datapointsGiven: boolean;
  readonly comparison: Comparison;
  readonly treatMissingData: MissingTreatment;
  /** Keep the state when a percentile has too few samples. */
  readonly ignoreLowSamples: boolean;
  readonly window: WindowKind;
  readonly warmUp: { readonly seconds: number; readonly wholePeriod: boolean } | undefined;
  readonly unit: string | undefined;
}

/** Id of the only metric of an alarm that isn't metric math. */
export const SINGLE_METRIC_ID = "m1";

/** Why an alarm can't be evaluated. `unsupported`: CloudWatch can, this engine can't; `invalid`: CloudWatch would refuse it. */
export interface AlarmProblem {
  readonly kind: "unsupported" | "invalid";
  readonly code: string;
  readonly message: string;
}
