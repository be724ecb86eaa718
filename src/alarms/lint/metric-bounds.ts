/** What values a metric can have. */
export interface MetricBounds {
  readonly minimum: number;
  readonly maximum: number;
  /** CloudWatch's unit of its data, where it has a single one. */
  readonly unit?: string;
}

const PERCENT: MetricBounds = { minimum: 0, maximum: 100, unit: "Percent" };
const CHECK: MetricBounds = { minimum: 0, maximum: 1 };
const NOT_NEGATIVE: MetricBounds = { minimum: 0, maximum: Number.POSITIVE_INFINITY };

/** Metrics by namespace. The first pattern that fits counts. Sources: the services' metric references. */
const TABLE: Readonly<Record<string, readonly (readonly [RegExp, MetricBounds])[]>> = {
  "AWS/EC2": [
    [/^CPUUtilization$/, PERCENT],
    [/^StatusCheckFailed/, { ...CHECK, unit: "Count" }],
    [/^CPU(Surplus)?Credit/, { ...NOT_NEGATIVE, unit: "Count" }],
    [/^(Network(In|Out)|Disk(Read|Write)Bytes|EBS(Read|Write)Bytes)$/, { ...NOT_NEGATIVE, unit: "Bytes" }],
    [/./, NOT_NEGATIVE],
  ],
  "AWS/EBS": [
    [/^BurstBalance$/, PERCENT],
    [/^VolumeStalledIOCheck$/, CHECK],
    [/./, NOT_NEGATIVE],
  ],
  CWAgent: [
    [/_percent$|^cpu_usage_|^LogicalDisk % Free Space$|^Memory % Committed Bytes In Use$/, PERCENT],
    [/./, NOT_NEGATIVE],
  ],
  "AWS/RDS": [
    [/^CPUUtilization$|^BurstBalance$|^EBS(IO|Byte)Balance%$/, PERCENT],
    // Lags are -1 while replication stands still.
    [/Lag/, { minimum: -1, maximum: Number.POSITIVE_INFINITY }],
    [/./, NOT_NEGATIVE],
  ],
  "AWS/Route53": [[/^HealthCheckStatus$/, CHECK]],
  "AWS/VPN": [[/^TunnelState$/, CHECK]],
  "AWS/EFS": [[/^PercentIOLimit$/, PERCENT]],
  "AWS/ApplicationELB": [[/./, NOT_NEGATIVE]],
  "AWS/NetworkELB": [[/./, NOT_NEGATIVE]],
  "AWS/ELB": [[/./, NOT_NEGATIVE]],
  "AWS/Lambda": [[/./, NOT_NEGATIVE]],
  "AWS/SQS": [[/./, NOT_NEGATIVE]],
};

/** The values of a metric; undefined where nothing is known of it. */
export function metricBounds(namespace: string, metricName: string): MetricBounds | undefined {
  const rows = Object.hasOwn(TABLE, namespace) ? TABLE[namespace] : undefined;
  return rows?.find(([pattern]) => pattern.test(metricName))?.[1];
}

/** The values that a statistic of a metric can have; undefined where nothing is known of them. */
export function statisticBounds(
  namespace: string,
  metricName: string,
  statistic: string,
): MetricBounds | undefined {
  const bounds = metricBounds(namespace, metricName);
  if (!bounds || !/^(Average|Minimum|Maximum|Sum|p\d)/.test(statistic)) return undefined;
  if (statistic !== "Sum") return bounds;
  return bounds.minimum < 0 ? undefined : { ...bounds, maximum: Number.POSITIVE_INFINITY };
}
