// One alarm: who it is (identity, mark, tags), its settings in the form in which two are compared, and how CloudWatch says them. What
// all other folders of alarms/ speak of; this file: the form to compare.
import {
  alarmNameOf,
  formatCompositeRule,
  mapReferences,
  parseCompositeRule,
} from "../../engine/composite-rule.ts";
import type { AlarmSpec, Dimension, MetricDataQuery } from "../../model/alarm-spec.ts";
import type { FieldRule } from "../../plan/merge.ts";
import { isWatchkeeperError } from "../../support/errors.ts";

/**
 * An alarm in the one form that live and desired alarms are compared in: server defaults filled in, lists sorted,
 * `ExtendedStatistic` and `Statistic` as one field, a composite's rule as its canonical expression, the description without our mark.
 * Fields that don't apply are absent.
 */
export interface CanonicalAlarm {
  readonly kind: "metric" | "composite";
  readonly alarmName: string;
  readonly alarmDescription: string;
  readonly actionsEnabled: boolean;
  readonly okActions: readonly string[];
  readonly alarmActions: readonly string[];
  readonly insufficientDataActions: readonly string[];
  readonly namespace?: string | undefined;
  readonly metricName?: string | undefined;
  readonly dimensions?: readonly Dimension[] | undefined;
  /** `Average`, `p99` ... */
  readonly statistic?: string | undefined;
  /** Seconds. */
  readonly period?: number | undefined;
  readonly unit?: string | undefined;
  readonly metrics?: readonly MetricDataQuery[] | undefined;
  readonly thresholdMetricId?: string | undefined;
  readonly evaluationPeriods?: number | undefined;
  readonly datapointsToAlarm?: number | undefined;
  readonly threshold?: number | undefined;
  readonly comparisonOperator?: string | undefined;
  readonly treatMissingData?: string | undefined;
  readonly evaluateLowSampleCountPercentile?: string | undefined;
  readonly alarmRule?: string | undefined;
  readonly actionsSuppressor?: string | undefined;
  readonly actionsSuppressorWaitPeriod?: number | undefined;
  readonly actionsSuppressorExtensionPeriod?: number | undefined;
}

/** Fields that are merged: all but kind and name, which AWS never changes. */
export type AlarmField = Exclude<keyof CanonicalAlarm, "kind" | "alarmName">;

/** How each field is merged. The order is that of the hashes in a mark: only ever append to its two groups. */
export const FIELD_RULES = {
  alarmDescription: "fixed",
  actionsEnabled: "fixed",
  okActions: "actions",
  alarmActions: "actions",
  insufficientDataActions: "actions",
  namespace: "fixed",
  metricName: "fixed",
  dimensions: "fixed",
  statistic: "tunable",
  period: "tunable",
  unit: "fixed",
  metrics: "fixed",
  thresholdMetricId: "fixed",
  evaluationPeriods: "tunable",
  datapointsToAlarm: "tunable",
  threshold: "tunable",
  comparisonOperator: "fixed",
  treatMissingData: "tunable",
  evaluateLowSampleCountPercentile: "fixed",
  alarmRule: "fixed",
  actionsSuppressor: "fixed",
  actionsSuppressorWaitPeriod: "fixed",
  actionsSuppressorExtensionPeriod: "fixed",
} as const satisfies Record<AlarmField, FieldRule>;

const ALL_FIELDS = Object.keys(FIELD_RULES) as AlarmField[];
const COMPOSITE_ONLY = ALL_FIELDS.slice(ALL_FIELDS.indexOf("alarmRule"));
const METRIC_ONLY = ALL_FIELDS.slice(ALL_FIELDS.indexOf("namespace"), ALL_FIELDS.indexOf("alarmRule"));
const FIELDS: Readonly<Record<CanonicalAlarm["kind"], readonly AlarmField[]>> = {
  metric: ALL_FIELDS.filter((field) => !COMPOSITE_ONLY.includes(field)),
  composite: ALL_FIELDS.filter((field) => !METRIC_ONLY.includes(field)),
};

/** The fields of a kind of alarm, in the order of a mark's hashes. */
export function fieldsOf(kind: CanonicalAlarm["kind"]): readonly AlarmField[] {
  return FIELDS[kind];
}

/** The canonical form of an alarm's settings, wanted or live. Its description must be without a mark and of a length that fits. */
export function canonicalAlarm(spec: AlarmSettings): CanonicalAlarm {
  const common = {
    alarmName: spec.alarmName,
    alarmDescription: spec.alarmDescription ?? "",
    actionsEnabled: spec.actionsEnabled,
    okActions: sortedSet(spec.okActions),
    alarmActions: sortedSet(spec.alarmActions),
    insufficientDataActions: sortedSet(spec.insufficientDataActions),
  };
  if (spec.kind === "composite") {
    const suppressor = spec.actionsSuppressor === undefined ? undefined : alarmNameOf(spec.actionsSuppressor);
    return {
      kind: "composite",
      ...common,
      alarmRule: canonicalRule(spec.alarmRule),
      actionsSuppressor: suppressor,
      actionsSuppressorWaitPeriod: suppressor === undefined ? undefined : spec.actionsSuppressorWaitPeriod,
      actionsSuppressorExtensionPeriod:
        suppressor === undefined ? undefined : spec.actionsSuppressorExtensionPeriod,
    };
  }
  const math = spec.metrics !== undefined && spec.metrics.length > 0;
  const statistic = math ? undefined : spec.extendedStatistic || spec.statistic;
  return {
    kind: "metric",
    ...common,
    namespace: math ? undefined : spec.namespace,
    metricName: math ? undefined : spec.metricName,
    dimensions: math ? undefined : sortedDimensions(spec.dimensions ?? []),
    statistic,
    period: math ? undefined : spec.period,
    unit: math ? undefined : spec.unit,
    metrics: math ? canonicalMetrics(spec.metrics) : undefined,
    thresholdMetricId: spec.thresholdMetricId,
    evaluationPeriods: spec.evaluationPeriods,
    // CloudWatch's default; the console's Save writes it out.
    datapointsToAlarm: spec.datapointsToAlarm ?? spec.evaluationPeriods,
    threshold: spec.thresholdMetricId === undefined ? spec.threshold : undefined,
    comparisonOperator: spec.comparisonOperator,
    treatMissingData: spec.treatMissingData || (spec.namespace === "AWS/DynamoDB" ? "ignore" : "missing"),
    // `evaluate` is the default.
    evaluateLowSampleCountPercentile:
      isPercentile(statistic) && spec.evaluateLowSampleCountPercentile === "ignore" ? "ignore" : undefined,
  };
}

/** What `canonicalAlarm` reads: a desired alarm, or a live one whose words may be others than ours. */
type AlarmSettings =
  | AlarmSpec
  | (Omit<
      Extract<AlarmSpec, { kind: "metric" }>,
      "comparisonOperator" | "treatMissingData" | "evaluateLowSampleCountPercentile"
    > & {
      readonly comparisonOperator?: string;
      readonly treatMissingData?: string;
      readonly evaluateLowSampleCountPercentile?: string;
    });

/** Whether a field has the same canonical value. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => sameValue(item, b[i]));
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return false;
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  for (const key in left) if (!sameValue(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/** Whether two alarms of one name are the same in every field. */
export function sameAlarm(a: CanonicalAlarm, b: CanonicalAlarm): boolean {
  return a.kind === b.kind && FIELDS[a.kind].every((field) => sameValue(a[field], b[field]));
}

/** What the alarm looks at, as one text: alarms with the same one watch the same metric. Undefined for math and composite alarms. */
export function watchedMetric(alarm: CanonicalAlarm): string | undefined {
  const single = alarm.metricName !== undefined ? alarm : bandedMetric(alarm);
  if (single?.metricName === undefined) return undefined;
  const dimensions = (single.dimensions ?? []).map(({ name, value }) => `${name}=${value}`).join("\u0001");
  return `${single.namespace}\u0000${single.metricName}\u0000${dimensions}`;
}

/** A rule's canonical expression with names for ARNs; a rule that can't be read is compared by its words. */
function canonicalRule(rule: string): string {
  try {
    return formatCompositeRule(mapReferences(parseCompositeRule(rule), alarmNameOf));
  } catch (error) {
    if (!isWatchkeeperError(error)) throw error;
    return rule.trim().replace(/\s+/g, " ");
  }
}

/** Dimensions in the order of their names. */
function sortedDimensions(dimensions: readonly Dimension[]): readonly Dimension[] {
  if (dimensions.length < 2) return dimensions;
  return [...dimensions].sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
}

function bandedMetric(alarm: CanonicalAlarm) {
  if (alarm.thresholdMetricId === undefined) return undefined;
  const stats = (alarm.metrics ?? []).filter((query) => query.metricStat !== undefined);
  return stats.length === 1 ? stats[0]?.metricStat : undefined;
}

function canonicalMetrics(metrics: readonly MetricDataQuery[] | undefined): readonly MetricDataQuery[] {
  return (metrics ?? [])
    .map(({ id, metricStat, expression, label, returnData, period, accountId }) => ({
      id,
      ...(metricStat === undefined
        ? {}
        : { metricStat: { ...metricStat, dimensions: sortedDimensions(metricStat.dimensions) } }),
      ...(expression === undefined ? {} : { expression }),
      ...(label === undefined || label === "" ? {} : { label }),
      // CloudWatch's default.
      returnData: returnData ?? true,
      ...(period === undefined ? {} : { period }),
      ...(accountId === undefined ? {} : { accountId }),
    }))
    .sort((a, b) => compare(a.id, b.id));
}

/** Whether a statistic is a percentile: only those have `EvaluateLowSampleCountPercentile`. */
export function isPercentile(statistic: unknown): boolean {
  return typeof statistic === "string" && /^p\d/.test(statistic);
}

function sortedSet(values: readonly string[]): readonly string[] {
  return values.length < 2 ? values : [...new Set(values)].sort();
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
