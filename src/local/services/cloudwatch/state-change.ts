import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { AlarmRecord } from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";

/** A state with what is said about it. */
export interface AlarmStateDetail {
  readonly value: StateValue;
  readonly reason: string;
  /** JSON text; absent when there is none. */
  readonly reasonData?: string | undefined;
  readonly since: Date;
}

/** An alarm that changed its state, as its actions see it: `record.alarm` is already in the new state. */
export interface StateChange {
  readonly store: AlarmStore;
  readonly record: AlarmRecord;
  readonly from: AlarmStateDetail;
  readonly to: AlarmStateDetail;
  readonly now: Date;
}

/** What running one action came to; the history says so. */
export type ActionOutcome =
  | { readonly succeeded: true; readonly publishedMessage?: string }
  | { readonly succeeded: false; readonly error: string };

/** Carries out one action, for example by publishing to a topic. Never throws for what a user configured. */
export type ActionRunner = (action: string, change: StateChange) => ActionOutcome;

/** The state an alarm is in. */
export function stateDetail(alarm: AlarmRecord["alarm"]): AlarmStateDetail {
  return {
    value: alarm.StateValue,
    reason: alarm.StateReason,
    reasonData: alarm.StateReasonData,
    since: alarm.StateUpdatedTimestamp,
  };
}
