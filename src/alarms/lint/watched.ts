import type { AlarmSpec, MetricAlarmSpec, MetricStat } from "../../model/alarm-spec.ts";

/** The single metric that an alarm with a plain threshold judges; undefined for math, bands and composites. */
export function judgedMetric(spec: AlarmSpec): MetricStat | undefined {
  if (spec.kind === "composite" || spec.thresholdMetricId !== undefined) return undefined;
  if (spec.metrics) {
    const returned = spec.metrics.filter(({ returnData }) => returnData ?? true);
    return returned.length === 1 ? returned[0]?.metricStat : undefined;
  }
  return statsOf(spec)[0];
}

/** Every metric that an alarm reads, with its statistic. */
export function statsOf(spec: AlarmSpec): readonly MetricStat[] {
  if (spec.kind === "composite") return [];
  if (spec.metrics) return spec.metrics.flatMap(({ metricStat }) => metricStat ?? []);
  const { namespace, metricName, dimensions = [], period = 0, unit } = spec;
  if (namespace === undefined || metricName === undefined) return [];
  const stat = spec.statistic ?? spec.extendedStatistic ?? "";
  return [{ namespace, metricName, dimensions, period, stat, ...(unit === undefined ? {} : { unit }) }];
}

/** Whether an alarm fires on high values, on low ones, or on both. */
export function direction({ comparisonOperator }: MetricAlarmSpec): "high" | "low" | "both" {
  if (comparisonOperator === "LessThanLowerOrGreaterThanUpperThreshold") return "both";
  return comparisonOperator.startsWith("Less") ? "low" : "high";
}

/** The resource that an alarm's dimensions name, of a type whose ids can be told from anything else. */
export function resourceNamed(spec: AlarmSpec): { readonly type: string; readonly id: string } | undefined {
  for (const { dimensions } of statsOf(spec))
    for (const { name, value } of dimensions) {
      if (name === "InstanceId" && /^i-[0-9a-f]+$/.test(value)) return { type: "ec2.instance", id: value };
      if (name === "VolumeId" && /^vol-[0-9a-f]+$/.test(value)) return { type: "ebs.volume", id: value };
    }
  return undefined;
}

/** `i-1 {InstanceId=…}` as people read dimension sets. */
export function shownDimensions(dimensions: MetricStat["dimensions"]): string {
  return dimensions.length === 0
    ? "no dimensions"
    : dimensions.map(({ name, value }) => `${name}=${value}`).join(", ");
}
