import type { Dimension, MetricDataQuery } from "./alarm-spec.ts";
import type { AlarmState, Fact, Suppression } from "./alert.ts";
import type { Tags } from "./resource.ts";

/** The way an event came in. */
export interface EventOrigin {
  readonly form: "sns" | "eventbridge" | "lambda-action" | "bare";
  /** The record that carried it: what to acknowledge, and what partial batch failures name. */
  readonly recordId?: string;
  /** SNS's id of the message: the same however often it is delivered. */
  readonly messageId?: string;
  readonly topicArn?: string;
}

interface EventCommon {
  /** The same for the same happening, however often and by whatever way it arrives. */
  readonly key: string;
  readonly origin: EventOrigin;
  /** Empty where the event doesn't say. */
  readonly account: string;
  readonly region: string;
  /** When it happened, ms. */
  readonly at: number;
}

/** How alarms differ: what they watch. */
export type AlarmKind = "metric" | "math" | "anomaly" | "multi-series" | "composite" | "log" | "unknown";

/** What an alarm watches and when it fires, as far as the event tells. Periods in seconds. */
export interface AlarmTrigger {
  readonly namespace?: string;
  readonly metricName?: string;
  readonly dimensions: readonly Dimension[];
  /** `Average`, `p99` ... as PutMetricAlarm spells it. */
  readonly statistic?: string;
  readonly unit?: string;
  readonly period?: number;
  readonly evaluationPeriods?: number;
  readonly datapointsToAlarm?: number;
  readonly comparisonOperator?: string;
  readonly threshold?: number;
  readonly thresholdMetricId?: string;
  readonly treatMissingData?: string;
  readonly metrics?: readonly MetricDataQuery[];
}

/** What was measured, oldest first. */
export interface MeasuredValues {
  readonly values: readonly number[];
  /** Bounds of an anomaly band, where the event tells them. */
  readonly lower?: number;
  readonly upper?: number;
  readonly threshold?: number;
  readonly unit?: string;
}

/** A child of a composite alarm that made it fire. */
export interface TriggeringChild {
  readonly arn: string;
  readonly state?: AlarmState;
  readonly at?: number;
}

/** What our mark in the description says: which configuration made this alarm, for what. */
export interface MarkNames {
  readonly configuration: string;
  readonly policy: string;
  /** Key of the alarm definition. */
  readonly alarm: string;
  readonly resource: string;
}

/** An alarm, or one contributor of a multi-series alarm, went from one state to another. */
export interface AlarmStateChange extends EventCommon {
  readonly kind: "alarm";
  readonly alarmKind: AlarmKind;
  readonly alarmArn: string;
  readonly alarmName: string;
  /** What people wrote, without our mark. */
  readonly description?: string;
  readonly mark?: MarkNames;
  readonly state: AlarmState;
  readonly previousState?: AlarmState;
  readonly reason: string;
  readonly trigger?: AlarmTrigger;
  readonly measured?: MeasuredValues;
  readonly contributor?: { readonly id: string; readonly attributes: Tags };
  readonly alarmRule?: string;
  readonly children: readonly TriggeringChild[];
  /** Why CloudWatch ran no actions for this change, though an event was sent: a suppressor or a mute rule. */
  readonly suppressed?: Suppression;
  /** Its actions were held back by a mute rule and ran when the window ended. */
  readonly afterMuteWindow: boolean;
  /** Tags of the alarm, where it passes them on. */
  readonly tags: Tags;
  /** Whether the alarm asks to be told of missing data; undefined where the event doesn't say. */
  readonly tellsNoData?: boolean;
  /** ARNs of the alarm's actions for ALARM, where the event says. */
  readonly alarmActions: readonly string[];
}

/** Where a notice comes from. */
export type NoticeSource =
  | "alarm-configuration"
  | "health"
  | "budgets"
  | "guardduty"
  | "autoscaling"
  | "rds"
  | "codepipeline"
  | "other";

/** Something that happened and is told once: it has no state to recover from. */
export interface NoticeEvent extends EventCommon {
  readonly kind: "notice";
  readonly source: NoticeSource;
  /** How grave it is by the source's own measure. */
  readonly severity: "critical" | "warning" | "info";
  /** One line. */
  readonly title: string;
  /** The rest, several lines where need be. */
  readonly text: string;
  /** Id of the thing it is about. */
  readonly resource?: string;
  readonly facts: readonly Fact[];
  readonly link?: string;
}

/** Everything that can come in. */
export type AlarmEvent = AlarmStateChange | NoticeEvent;
