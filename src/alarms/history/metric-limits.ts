import type { MetricReference } from "./metric-reference.ts";

/** What values a metric can have at all. */
export interface MetricLimits {
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Metrics of AWS that are percentages. Source: the services' metric references. Agents' own names end in `_percent`. */
const PERCENTAGES =
  /^(CPUUtilization|BurstBalance|VolumeThroughputPercentage|EBSIOBalance%|EBSByteBalance%)$|(_percent|Utilization)$/;
/** Metrics that are 0 or 1. */
const FLAGS = /^StatusCheckFailed(_|$)|^VolumeStalledIOCheck$/;
/** Statistics that can't leave the bounds of the values they are made of. */
const WITHIN = /^(Average|Minimum|Maximum|p|tm|TM|wm|WM|IQM)/;
/** Percentages of these namespaces are of one machine; elsewhere (containers) more than 100 % happens. */
const SINGLE_MACHINES = new Set(["AWS/EC2", "AWS/EBS", "AWS/RDS", "CWAgent"]);

/** Limits of a statistic of a metric as far as they are known. */
export function metricLimits({ namespace, metricName, stat }: MetricReference): MetricLimits {
  if (!SINGLE_MACHINES.has(namespace) || !WITHIN.test(stat)) return {};
  if (FLAGS.test(metricName)) return { minimum: 0, maximum: 1 };
  if (PERCENTAGES.test(metricName)) return { minimum: 0, maximum: 100 };
  return {};
}

/** Why a metric may have no points at all, where its name tells; undefined where it doesn't. */
export function whyNoPoints({
  namespace,
  metricName,
}: Pick<MetricReference, "namespace" | "metricName">): string | undefined {
  if (namespace === "AWS/EBS" && metricName === "BurstBalance")
    return "only gp2, st1 and sc1 volumes have a BurstBalance";
  if (namespace === "AWS/EC2" && metricName.startsWith("CPUCredit"))
    return "only T instances have CPU credits";
  if (namespace === "AWS/EC2" && metricName.startsWith("EBS")) return "only Nitro instances have it";
  if (namespace === "CWAgent") return "is the CloudWatch agent running, and are these its exact dimensions?";
  return undefined;
}
