import type { Dimension } from "../../model/alarm-spec.ts";

/** One statistic of one metric: what a history is a history of. Dimensions sorted by name. */
export interface MetricReference {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: readonly Dimension[];
  readonly stat: string;
  readonly unit?: string | undefined;
  /** Of another account that shares its metrics. */
  readonly accountId?: string | undefined;
}

/** Equal for the same statistic of the same metric. */
export function referenceKey({
  namespace,
  metricName,
  dimensions,
  stat,
  unit,
  accountId,
}: MetricReference): string {
  return JSON.stringify([
    namespace,
    metricName,
    dimensions.map(({ name, value }) => [name, value]),
    stat,
    unit,
    accountId,
  ]);
}

/** Equal for the same metric, whatever its statistic and unit: what a file of one metric is compared by. */
export function metricKeyOf({ namespace, metricName, dimensions }: Omit<MetricReference, "stat">): string {
  return JSON.stringify([namespace, metricName, dimensions.map(({ name, value }) => [name, value])]);
}

/** `AWS/EC2 CPUUtilization InstanceId=i-1`. */
export function referenceLabel({ namespace, metricName, dimensions }: Omit<MetricReference, "stat">): string {
  return [namespace, metricName, ...dimensions.map(({ name, value }) => `${name}=${value}`)].join(" ");
}

/** Dimensions in the order of their names. */
export function sorted(dimensions: readonly Dimension[]): readonly Dimension[] {
  return [...dimensions].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
