import type { DesiredAlarm } from "../../alarms/desired/desired-alarm.ts";
import { type MetricReference, sorted } from "../../alarms/history/metric-reference.ts";
import { canonicalAlarm } from "../../alarms/spec/canonical-alarm.ts";
import { putMetricAlarm, readCompositeAlarm, readMetricAlarm } from "../../alarms/spec/cloudwatch-alarm.ts";
import { publishedInterval } from "../../alarms/spec/metric-knowledge.ts";
import type { RawCompositeAlarm, RawMetricAlarm } from "../../aws/describe-alarms.ts";
import { type MetricAlarm, SINGLE_METRIC_ID } from "../../engine/alarm.ts";
import type { AlarmSpec, Dimension } from "../../model/alarm-spec.ts";
import { describeCondition } from "../../model/describe-alarm.ts";

interface CommonAlarm {
  readonly name: string;
  /** Name of its resource. */
  readonly label: string | undefined;
  readonly condition: string;
  /** Only here because a composite alarm speaks of it: tested, but not told. */
  readonly dependency?: true;
}

/** An alarm to replay, in CloudWatch's own fields, whatever it came from. */
export type TestedAlarm =
  | (CommonAlarm & {
      readonly kind: "metric";
      readonly alarm: MetricAlarm;
      /** What it reads, by metric id. */
      readonly metrics: ReadonlyMap<string, MetricReference>;
      /** Seconds between the points of its metrics, where that is known to be more than a minute. */
      readonly published: number | undefined;
    })
  | (CommonAlarm & { readonly kind: "composite"; readonly rule: string });

export type TestedMetricAlarm = Extract<TestedAlarm, { kind: "metric" }>;

/** An alarm that the configuration asks for. `dimensions`: of the live one of several series. */
export function testedFromDesired(desired: DesiredAlarm, dimensions?: readonly Dimension[]): TestedAlarm {
  const { spec, resource } = desired;
  const chosen = dimensions === undefined ? spec : withDimensions(spec, dimensions);
  const canonical = canonicalAlarm(chosen);
  const common = { name: desired.name, label: resource?.name, condition: describeCondition(canonical) };
  if (chosen.kind === "composite") return { kind: "composite", ...common, rule: chosen.alarmRule };
  const alarm = putMetricAlarm(canonical) as RawMetricAlarm;
  const metrics = metricsOf(alarm);
  const intervals = [...metrics.values()].map(({ namespace, metricName }) =>
    publishedInterval(namespace, metricName, resource),
  );
  const published = intervals.every((known) => known && known.intervalSeconds > 60)
    ? Math.max(...intervals.map((known) => known?.intervalSeconds ?? 0))
    : undefined;
  return { kind: "metric", ...common, alarm: engineAlarm(alarm), metrics, published };
}

/** A metric alarm as it stands in the account, or as `aws cloudwatch describe-alarms` prints it. */
export function testedFromLive(raw: RawMetricAlarm, label?: string): TestedMetricAlarm {
  const { state } = readMetricAlarm(raw);
  return {
    kind: "metric",
    name: raw.AlarmName ?? "",
    label,
    condition: describeCondition(state),
    alarm: engineAlarm(raw),
    metrics: metricsOf(raw),
    published: undefined,
  };
}

/** A composite alarm as it stands in the account. */
export function testedFromLiveComposite(raw: RawCompositeAlarm): TestedAlarm {
  const { state } = readCompositeAlarm(raw);
  return {
    kind: "composite",
    name: raw.AlarmName ?? "",
    label: undefined,
    condition: describeCondition(state),
    rule: raw.AlarmRule ?? "",
  };
}

/** An empty list of metrics means none, as DescribeAlarms has it for plain alarms. */
function engineAlarm(raw: RawMetricAlarm): MetricAlarm {
  if (raw.Metrics === undefined || raw.Metrics.length > 0) return raw;
  const { Metrics: _, ...rest } = raw;
  return rest;
}

function metricsOf(raw: RawMetricAlarm): ReadonlyMap<string, MetricReference> {
  const found = new Map<string, MetricReference>();
  const { Namespace, MetricName } = raw;
  if (Namespace !== undefined && MetricName !== undefined)
    found.set(SINGLE_METRIC_ID, {
      namespace: Namespace,
      metricName: MetricName,
      dimensions: dimensionsOf(raw.Dimensions),
      stat: raw.ExtendedStatistic ?? raw.Statistic ?? "",
      unit: raw.Unit,
    });
  for (const { Id, MetricStat, AccountId } of raw.Metrics ?? []) {
    if (Id === undefined || MetricStat === undefined) continue;
    found.set(Id, {
      namespace: MetricStat.Metric?.Namespace ?? "",
      metricName: MetricStat.Metric?.MetricName ?? "",
      dimensions: dimensionsOf(MetricStat.Metric?.Dimensions),
      stat: MetricStat.Stat ?? "",
      unit: MetricStat.Unit,
      accountId: AccountId,
    });
  }
  return found;
}

function dimensionsOf(raw: RawMetricAlarm["Dimensions"]): readonly Dimension[] {
  return sorted((raw ?? []).map(({ Name = "", Value = "" }) => ({ name: Name, value: Value })));
}

function withDimensions(spec: AlarmSpec, dimensions: readonly Dimension[]): AlarmSpec {
  if (spec.kind === "composite") return spec;
  if (spec.metrics === undefined) return { ...spec, dimensions };
  return {
    ...spec,
    metrics: spec.metrics.map((query) =>
      query.metricStat ? { ...query, metricStat: { ...query.metricStat, dimensions } } : query,
    ),
  };
}
