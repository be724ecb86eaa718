import type { ComparisonOperator, MetricDataQuery } from "../model/alarm-spec.ts";
import { formatDuration } from "../model/duration.ts";

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

const SYMBOLS: Readonly<Record<ComparisonOperator, string>> = {
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
  const symbol = SYMBOLS[comparisonOperator as ComparisonOperator] ?? comparisonOperator;
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

/** A metric's value with the unit people use: `91 %`, `12.3 MB`, `5`. */
export function formatValue(value: number, metricName: string, unit?: string): string {
  const percent = unit === "Percent" || /percent|Utilization$|Balance%?$|^%|% /i.test(metricName);
  if (percent && !/CreditBalance/.test(metricName)) return `${formatNumber(value)} %`;
  if (unit === "Bytes" || /Bytes$|^Network(In|Out)$/.test(metricName)) return formatBytes(value);
  if (unit === "Seconds") return `${formatNumber(value)} s`;
  if (unit === "Milliseconds") return `${formatNumber(value)} ms`;
  return formatNumber(value);
}

/** A number with at most six significant digits and no trailing zeros. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return String(Number(value.toPrecision(6)));
}

function formatBytes(value: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let at = 0;
  let rest = value;
  while (Math.abs(rest) >= 1000 && at < units.length - 1) {
    rest /= 1000;
    at += 1;
  }
  return `${formatNumber(Number(rest.toPrecision(4)))} ${units[at]}`;
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
