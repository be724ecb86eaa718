import type { StateValue } from "@aws-sdk/client-cloudwatch";
import type { Cloud, StateKey } from "../../cloud.ts";
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

/** Carries out one action, for example by publishing to a topic. Never throws. */
export type ActionRunner = (action: string, change: StateChange) => ActionOutcome;

/** Who carries out actions of which service, by the ARN's service (`sns`, `automate`, `lambda` ...). */
export interface AlarmActions {
  readonly runners: Map<string, ActionRunner>;
}

/** One for the whole cloud: `alarmActions(cloud).runners.set("sns", ...)`. */
const alarmActionsKey: StateKey<AlarmActions> = {
  name: "cloudwatch-alarm-actions",
  create: () => ({ runners: new Map() }),
};

/** Where services of the local cloud say that they can carry out alarm actions. */
export function alarmActions(cloud: Cloud): AlarmActions {
  return cloud.state(alarmActionsKey, "", "global");
}

/**
 * Puts an alarm into a state, as SetAlarmState and every evaluation do: timestamps, history and actions follow.
 * The same state again only refreshes its reason (a composite alarm's StateUpdatedTimestamp moves as well); actions run on a change of
 * the state alone, when enabled. `runActions: false`: a composite alarm whose actions are held back.
 */
export function transition(
  store: AlarmStore,
  record: AlarmRecord,
  next: Omit<AlarmStateDetail, "since">,
  now: Date,
  options: { readonly runActions?: boolean } = {},
): void {
  const before = record.alarm;
  const changed = before.StateValue !== next.value;
  const updated = changed || record.kind === "CompositeAlarm";
  const { StateReasonData: _, ...rest } = before;
  const alarm = {
    ...rest,
    StateValue: next.value,
    StateReason: next.reason,
    ...(next.reasonData !== undefined && { StateReasonData: next.reasonData }),
    StateUpdatedTimestamp: updated ? now : before.StateUpdatedTimestamp,
    StateTransitionedTimestamp: changed ? now : before.StateTransitionedTimestamp,
  };
  store.replace(record, alarm as typeof record.alarm);
  if (!changed) return;
  const from: AlarmStateDetail = {
    value: before.StateValue,
    reason: before.StateReason,
    reasonData: before.StateReasonData,
    since: before.StateTransitionedTimestamp,
  };
  const to: AlarmStateDetail = { ...next, since: now };
  store.history.add({
    time: now.getTime(),
    alarmName: record.name,
    kind: record.kind,
    type: "StateUpdate",
    text: () => ({
      summary: `Alarm updated from ${from.value} to ${to.value}`,
      data: { version: "1.0", oldState: stateData(from), newState: stateData(to) },
    }),
  });
  if (options.runActions !== false && alarm.ActionsEnabled)
    runActions({ store, record, from, to, now }, actionsFor(record, to.value));
}

/** The actions an alarm has for a state. */
export function actionsFor(record: AlarmRecord, state: StateValue): readonly string[] {
  if (state === "OK") return record.alarm.OKActions;
  return state === "ALARM" ? record.alarm.AlarmActions : record.alarm.InsufficientDataActions;
}

/** Runs actions one after the other; each leaves a history item. */
export function runActions(change: StateChange, actions: readonly string[]): void {
  const { store, record, now } = change;
  const { runners } = alarmActions(store.cloud);
  for (const action of actions) {
    const service = action.split(":")[2] ?? "";
    const outcome = runners.get(service)?.(action, change) ?? {
      succeeded: false,
      error: `This cloud does not carry out actions of ${service}.`,
    };
    store.history.add({
      time: now.getTime(),
      alarmName: record.name,
      kind: record.kind,
      type: "Action",
      text: () => ({
        summary: outcome.succeeded
          ? `Successfully executed action ${action}`
          : `Failed to execute action ${action}. Received error: "${outcome.error}"`,
        data: {
          actionState: outcome.succeeded ? "Succeeded" : "Failed",
          stateUpdateTimestamp: now.getTime(),
          notificationResource: action,
          publishedMessage: outcome.succeeded ? (outcome.publishedMessage ?? null) : null,
          error: outcome.succeeded ? null : outcome.error,
        },
      }),
    });
  }
}

function stateData(state: AlarmStateDetail): unknown {
  return {
    stateValue: state.value,
    stateReason: state.reason,
    stateReasonData: state.reasonData === undefined ? undefined : parsed(state.reasonData),
  };
}

/** The history shows reason data as an object; text that is no JSON, which SetAlarmState accepts, stays text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
