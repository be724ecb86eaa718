import type { ComparisonOperator, TreatMissingData } from "./alarm-spec.ts";
import type { Selector } from "./selector.ts";

/** How much a person should care: `critical` pages, `warning` is for working hours, `info` is for reading. Teams may add words. */
export type Severity = string;

/** A condition on one fact of a resource. A list means any of. */
export type FactCondition =
  | string
  | number
  | boolean
  | readonly (string | number)[]
  | {
      readonly lessThan?: number;
      readonly atLeast?: number;
      readonly exists?: boolean;
      readonly not?: string | readonly string[];
    };

/** A place a value was written, for messages. Line and column count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Dimension values found from other resources: one value a matching resource. */
export interface DimensionSource {
  readonly select: Selector;
  /** `$resource.id`, `$resource.name` or `$resource.tags.X` of each resource found. */
  readonly value: string;
}

/**
 * A dimension's value: text (may hold `$resource...`), several texts, or found from resources.
 * Several values make several alarms, one for every combination.
 */
export type DimensionValue = string | readonly string[] | DimensionSource;

/**
 * Take the dimensions from series that exist (ListMetrics) and hold at least the definition's dimensions.
 * `each` names the dimensions whose every combination of values gets an alarm of its own (`path`);
 * of several series that differ in other dimensions only (`ImageId`), the live one is used.
 */
export interface SeriesSource {
  readonly each: readonly string[];
  /** Series with one of these values are left out, by dimension: `{ fstype: [tmpfs, overlay] }`. */
  readonly exclude: Readonly<Record<string, readonly string[]>>;
}

/** One entry of a metric math definition. */
export interface MetricQueryDefinition {
  readonly id: string;
  readonly expression?: string;
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, DimensionValue>>;
  readonly statistic?: string;
  readonly period?: number;
  readonly unit?: string;
  readonly label?: string;
  readonly returnData?: boolean;
}

/** Action targets by state: topic keys of the configuration, ARNs, or `ec2:recover|reboot|stop|terminate`. */
export interface ActionLists {
  readonly alarm: readonly string[];
  readonly ok: readonly string[];
  readonly insufficientData: readonly string[];
}

/** What an alarm definition says about itself, for people. */
export interface AlarmNotes {
  /** What it tells you when it fires, one sentence. */
  readonly intent?: string;
  /** Why this threshold. */
  readonly justification?: string;
  readonly runbook?: string;
  /** Known weaknesses: `noisy: ...`, `cannot fire: ...`. */
  readonly notes: readonly string[];
}

/**
 * An alarm before it meets a resource: from a pack or written in a policy. Periods in seconds.
 * Exactly one of: a single metric, `metrics` (metric math), or `alarmRule` (composite). `band` turns a single metric into
 * an anomaly band alarm of that many standard deviations.
 */
export interface AlarmDefinition {
  /** Unique within its policy, kebab-case: `cpu-high`. */
  readonly key: string;
  readonly enabled: boolean;
  /** Template of the alarm's name; default `<key>-$resource.id`. Never holds the threshold. */
  readonly name?: string;
  readonly description?: string;
  readonly severity: Severity;
  readonly about: AlarmNotes;
  /** Resource types it applies to; empty: not per resource (static dimensions only). */
  readonly resourceTypes: readonly string[];
  /** Facts a resource must have for this alarm to make sense. */
  readonly when: Readonly<Record<string, FactCondition>>;
  /** Create only once the metric was seen (ListMetrics, last 3 hours). */
  readonly requireSeen: boolean;
  readonly series?: SeriesSource;

  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions?: Readonly<Record<string, DimensionValue>>;
  readonly statistic?: string;
  readonly period?: number;
  readonly unit?: string;
  readonly band?: number;
  readonly metrics?: readonly MetricQueryDefinition[];
  /** Composite: `ALARM($cpu-high) AND NOT ALARM($maintenance)`; `$key` is an alarm of the same policy and resource. */
  readonly alarmRule?: string;
  readonly actionsSuppressor?: string;
  readonly actionsSuppressorWaitPeriod?: number;
  readonly actionsSuppressorExtensionPeriod?: number;

  readonly evaluationPeriods?: number;
  readonly datapointsToAlarm?: number;
  readonly threshold?: number;
  readonly comparisonOperator?: ComparisonOperator;
  readonly treatMissingData?: TreatMissingData;
  readonly evaluateLowSampleCountPercentile?: "evaluate" | "ignore";
  /** In place of the severity's actions. */
  readonly actions?: Partial<ActionLists>;
  /** Names of lint's rules that don't speak of it. */
  readonly lint?: { readonly ignore: readonly string[] };
  readonly position?: SourcePosition;
}

/** A named set of alarm definitions in YAML. */
export interface Pack {
  readonly name: string;
  readonly description: string;
  readonly alarms: readonly AlarmDefinition[];
}

/** Fields of pack alarms changed for some of a policy's resources. Later overrides win. */
export interface AlarmOverride {
  readonly select: Selector;
  readonly alarms: Readonly<Record<string, Partial<Omit<AlarmDefinition, "key" | "position">>>>;
}

export type ExistingAlarms = "warn" | "skip" | "adopt";
export type MergePolicy = "keep" | "config" | "keep-silenced";

/** Which resources get which alarms. */
export interface AlarmPolicy {
  readonly name: string;
  /** Absent: the policy's alarms aren't per resource. */
  readonly select?: Selector;
  /** Pack alarms and own alarms, merged and ready, in order of definition. */
  readonly alarms: readonly AlarmDefinition[];
  readonly overrides: readonly AlarmOverride[];
  /** What to do where somebody else's alarm watches the same metric of the same resource already. */
  readonly existing: ExistingAlarms;
  readonly merge: MergePolicy;
  /** Create with actions off and switch them on once the alarm has settled. */
  readonly quietStart: boolean;
  /** Give members of Auto Scaling groups alarms of their own. */
  readonly includeAutoScalingMembers: boolean;
  readonly position?: SourcePosition;
}
