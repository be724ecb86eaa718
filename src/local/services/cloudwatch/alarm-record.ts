import type { CompositeAlarm, MetricAlarm, StateValue } from "@aws-sdk/client-cloudwatch";
import type { CompositeActions } from "../../../engine/composite-alarm.ts";
import type { CompositeRule } from "../../../engine/composite-rule.ts";
import type { Timer } from "../../clock.ts";

/** What every stored alarm has for certain. */
interface Settled {
  readonly AlarmName: string;
  readonly AlarmArn: string;
  readonly ActionsEnabled: boolean;
  readonly OKActions: string[];
  readonly AlarmActions: string[];
  readonly InsufficientDataActions: string[];
  readonly StateValue: StateValue;
  readonly StateReason: string;
  readonly StateUpdatedTimestamp: Date;
  readonly StateTransitionedTimestamp: Date;
  readonly AlarmConfigurationUpdatedTimestamp: Date;
}

/** A metric alarm as DescribeAlarms shows it. Never changed in place: an update replaces the whole object. */
export type StoredMetricAlarm = Readonly<MetricAlarm> & Settled;

/** A composite alarm as DescribeAlarms shows it. Never changed in place. */
export type StoredCompositeAlarm = Readonly<CompositeAlarm> & Settled & { readonly AlarmRule: string };

interface RecordOf<Kind extends string, Alarm> {
  readonly kind: Kind;
  readonly name: string;
  /** Replaced when a tag changes. */
  tags: ReadonlyMap<string, string>;
  alarm: Alarm;
}

export type MetricAlarmRecord = RecordOf<"MetricAlarm", StoredMetricAlarm>;

export interface CompositeAlarmRecord extends RecordOf<"CompositeAlarm", StoredCompositeAlarm> {
  rule: CompositeRule;
  /** Names of the alarms in the rule. */
  children: readonly string[];
  /** Name of the alarm that suppresses the actions. */
  suppressor: string | undefined;
  /** Where its actions stand, while it has a suppressor. */
  suppression?: CompositeActions | undefined;
  /** Runs at the end of a wait or extension period. */
  suppressionEnd?: Timer | undefined;
}

/** One alarm in the store; `alarm` is replaced when it changes. */
export type AlarmRecord = MetricAlarmRecord | CompositeAlarmRecord;

export type AlarmKind = AlarmRecord["kind"];

type StateMember =
  | "StateValue"
  | "StateReason"
  | "StateReasonData"
  | "StateUpdatedTimestamp"
  | "StateTransitionedTimestamp"
  | "EvaluationState"
  | "ActionsSuppressedBy"
  | "ActionsSuppressedReason";

/** The part of an alarm that says how it is, not how it is configured. */
export type StatePart<A> = Pick<A, Extract<keyof A, StateMember>>;

const STATE_MEMBERS: readonly StateMember[] = [
  "StateValue",
  "StateReason",
  "StateReasonData",
  "StateUpdatedTimestamp",
  "StateTransitionedTimestamp",
  "EvaluationState",
  "ActionsSuppressedBy",
  "ActionsSuppressedReason",
];

/** The part of an alarm that an update of its configuration leaves alone. */
export function statePartOf<A extends StoredMetricAlarm | StoredCompositeAlarm>(alarm: A): StatePart<A> {
  const members = Object.entries(alarm).filter(([key]) => (STATE_MEMBERS as readonly string[]).includes(key));
  return Object.fromEntries(members) as StatePart<A>;
}

/** The state of an alarm that was just created. */
export function initialState(now: Date) {
  return {
    StateValue: "INSUFFICIENT_DATA",
    StateReason: "Unchecked: Initial alarm creation",
    StateUpdatedTimestamp: now,
    StateTransitionedTimestamp: now,
  } as const;
}
