import type { ComparisonOperator, MetricDataQuery } from "./alarm-spec.ts";
import { formatDuration } from "./duration.ts";
import { formatValue } from "./metric-value.ts";

/** What describing an alarm reads of it: desired, canonical and live alarms all fit. Periods in seconds. */
export interface DescribableAlarm {
  readonly kind: "metric" | "composite";
  readonly alarmRule?: string | undefined;
  readonly metricName?: string | undefined;
  readonly statistic?: string | undefined;
  readonly extendedStatistic?: string | undefined;
  readonly period?: number | undefined;
  readonly unit?: string | undefined;
  readonly metrics?: readonly MetricDataQuery[] | undefined;
  readonly thresholdMetricId?: string | undefined;
  readonly evaluationPeriods?: number | undefined;
  readonly datapointsToAlarm?: number | undefined;
  readonly threshold?: number | undefined;
  readonly comparisonOperator?: string | undefined;
}

/** Comparison operators as people read them. */
export const COMPARISON_SYMBOLS: Readonly<Record<ComparisonOperator, string>> = {
  GreaterThanOrEqualToThreshold: ">=",
  GreaterThanThreshold: ">",
  LessThanThreshold: "<",
  LessThanOrEqualToThreshold: "<=",
  LessThanLowerOrGreaterThanUpperThreshold: "outside",
  LessThanLowerThreshold: "below",
  GreaterThanUpperThreshold: "above",
};

/** An alarm's condition in one line: `mem_used_percent >= 90 % for 3 of 5 min`, `NetworkOut outside its band (3 sd) for 2 x 5 min`. */
export function describeCondition(spec: DescribableAlarm): string {
  if (spec.kind === "composite") return spec.alarmRule ?? "";
  const what = subject(spec);
  const { comparisonOperator = "", threshold } = spec;
  const symbol = COMPARISON_SYMBOLS[comparisonOperator as ComparisonOperator] ?? comparisonOperator;
  const limit =
    spec.thresholdMetricId === undefined
      ? `${symbol} ${formatValue(threshold ?? 0, spec.metricName ?? "", spec.unit)}`
      : `${symbol} its band${bandWidth(spec)}`;
  return `${what} ${limit} ${describeWindow(spec)}`;
}

/** How long it must hold: `for 3 of 5 min`, `for 2 of 3 x 5 min`, `for 2 x 5 min`, `for 5 min`. */
export function describeWindow(spec: DescribableAlarm): string {
  const period =
    spec.period ?? Math.max(0, ...(spec.metrics ?? []).map((m) => m.metricStat?.period ?? m.period ?? 0));
  const n = spec.evaluationPeriods ?? 1;
  const m = spec.datapointsToAlarm ?? n;
  const each = formatDuration(period);
  if (n === 1) return `for ${each}`;
  if (m === n) return `for ${n} x ${each}`;
  return period === 60 ? `for ${m} of ${n} min` : `for ${m} of ${n} x ${each}`;
}

function subject(spec: DescribableAlarm): string {
  if (spec.metricName !== undefined) {
    const stat = spec.extendedStatistic ?? spec.statistic;
    return stat === undefined || stat === "Average" ? spec.metricName : `${stat} of ${spec.metricName}`;
  }
  const queries = spec.metrics ?? [];
  const shown =
    queries.find((query) => query.returnData !== false && query.id !== spec.thresholdMetricId) ?? queries[0];
  return shown?.metricStat?.metricName ?? shown?.label ?? shown?.expression ?? "metric math";
}

function bandWidth(spec: DescribableAlarm): string {
  const band = spec.metrics?.find((query) => query.id === spec.thresholdMetricId);
  const width = /ANOMALY_DETECTION_BAND\([^,)]+(?:,\s*([\d.]+))?\)/.exec(band?.expression ?? "");
  return width ? ` (${width[1] ?? "2"} sd)` : "";
}
