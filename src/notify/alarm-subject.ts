import type { AlarmStateChange } from "../model/alarm-event.ts";
import type { Dimension, MetricDataQuery } from "../model/alarm-spec.ts";
import type { AlertResource } from "../model/alert.ts";
import { COMPARISON_SYMBOLS, describeCondition } from "../model/describe-alarm.ts";
import { formatMeasured, formatValue } from "../model/metric-value.ts";
import type { Knowledge } from "./knowledge.ts";

/** Dimensions that name the thing itself, the most telling first, with the resource type where it is one of ours. */
const RESOURCE_DIMENSIONS: readonly (readonly [dimension: string, type: string])[] = [
  ["InstanceId", "ec2.instance"],
  ["VolumeId", "ebs.volume"],
  ["DBInstanceIdentifier", "rds.instance"],
  ["DBClusterIdentifier", "rds.cluster"],
  ["CacheClusterId", "elasticache.cluster"],
  ["FunctionName", "lambda.function"],
  ["QueueName", "sqs.queue"],
  ["TableName", "dynamodb.table"],
  ["ServiceName", "ecs.service"],
  ["ClusterName", "ecs.cluster"],
  ["TargetGroup", "elbv2.target-group"],
  ["LoadBalancer", "elbv2.load-balancer"],
  ["LoadBalancerName", "elb.load-balancer"],
  ["AutoScalingGroupName", "autoscaling.group"],
  ["BucketName", "s3.bucket"],
];

/** All dimensions an alarm speaks of; those of its contributor first. */
export function dimensionsOfAlarm({ trigger, contributor }: AlarmStateChange): readonly Dimension[] {
  if (!contributor && !trigger?.metrics) return trigger?.dimensions ?? [];
  const own = Object.entries(contributor?.attributes ?? {}).map(([name, value]) => ({ name, value }));
  const math = (trigger?.metrics ?? []).flatMap((query) => query.metricStat?.dimensions ?? []);
  const seen = new Set<string>();
  return [...own, ...(trigger?.dimensions ?? []), ...math].filter(({ name }) => {
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

/** The thing an alarm is about: by its dimensions, else as our mark says. */
export function resourceOfAlarm(event: AlarmStateChange, knowledge: Knowledge): AlertResource | undefined {
  const dimensions = dimensionsOfAlarm(event);
  const [first] = dimensions;
  const marked = event.mark?.resource ? { id: event.mark.resource } : undefined;
  const resource = namedBy(dimensions) ?? marked ?? (first && { id: first.value, type: first.name });
  if (!resource) return undefined;
  const known = knowledge.resource(event.account, event.region, resource.id);
  return {
    ...resource,
    ...(known?.name === undefined || known.name === resource.id ? {} : { name: known.name }),
    ...(known?.type === undefined ? {} : { type: known.type }),
  };
}

/** The resource that one of the dimensions is the name of. */
function namedBy(dimensions: readonly Dimension[]): AlertResource | undefined {
  for (const [name, type] of RESOURCE_DIMENSIONS) {
    const named = dimensions.find((dimension) => dimension.name === name);
    if (named) return { id: named.value, type };
  }
  return undefined;
}

/** The query an alarm judges. */
function judged(event: AlarmStateChange): MetricDataQuery | undefined {
  const { metrics = [], thresholdMetricId } = event.trigger ?? {};
  return metrics.find((query) => query.returnData !== false && query.id !== thresholdMetricId) ?? metrics[0];
}

/** Name whose unit values are shown in: the metric's, or an expression's label, which people often make the unit. */
function valueName(event: AlarmStateChange): string {
  const query = judged(event);
  return event.trigger?.metricName ?? query?.metricStat?.metricName ?? query?.label ?? "";
}

/** The newest value against what is allowed: `97.4 % > 90 %`, `0.9 s above its band (upper 0.34 s)`; once recovered, `42 % (alarm at > 90 %)`. */
export function measuredText(event: AlarmStateChange): string | undefined {
  const { measured, trigger, state } = event;
  const value = measured?.values.at(-1);
  if (measured === undefined || value === undefined) return undefined;
  const name = valueName(event);
  const unit = trigger?.unit ?? measured.unit ?? judged(event)?.metricStat?.unit;
  const threshold = trigger?.threshold ?? measured.threshold;
  const operator = trigger?.comparisonOperator ?? "";
  const symbol = Object.hasOwn(COMPARISON_SYMBOLS, operator)
    ? COMPARISON_SYMBOLS[operator as keyof typeof COMPARISON_SYMBOLS]
    : undefined;
  const shown = formatMeasured(value, name, unit, threshold);
  const band = bandText(event, (bound) => formatMeasured(bound, name, unit));
  if (band !== undefined) {
    return state === "ALARM"
      ? `${shown} ${symbol ?? "outside"} its band (${band})`
      : `${shown} (band ${band})`;
  }
  if (threshold === undefined) return shown;
  const limit = formatValue(threshold, name, unit);
  if (symbol === undefined) return `${shown} (threshold ${limit})`;
  return state === "ALARM" ? `${shown} ${symbol} ${limit}` : `${shown} (alarm at ${symbol} ${limit})`;
}

function bandText({ measured }: AlarmStateChange, shown: (bound: number) => string): string | undefined {
  const bounds = [
    ...(measured?.lower === undefined ? [] : [`lower ${shown(measured.lower)}`]),
    ...(measured?.upper === undefined ? [] : [`upper ${shown(measured.upper)}`]),
  ];
  return bounds.length === 0 ? undefined : bounds.join(", ");
}

/** The alarm's condition as `plan` words it, as far as the event tells it. */
export function conditionText(event: AlarmStateChange): string | undefined {
  const { trigger, alarmRule } = event;
  if (alarmRule !== undefined) return alarmRule;
  if (!trigger || trigger.comparisonOperator === undefined) return undefined;
  if (trigger.threshold === undefined && trigger.thresholdMetricId === undefined) return undefined;
  return describeCondition({ kind: "metric", ...trigger });
}
