import type { AlarmRecord } from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { runActions } from "./run-actions.ts";
import { type AlarmStateDetail, stateDetail } from "./state-change.ts";
import { stepSuppression, suppressionPart } from "./suppression.ts";

/**
 * Puts an alarm into a state, as SetAlarmState and every evaluation do: timestamps, history and actions follow.
 * The same state again only refreshes its reason (a composite alarm's StateUpdatedTimestamp moves as well); actions run on a change of
 * the state alone, when enabled, and for a composite alarm when nothing suppresses them.
 */
export function transition(
  store: AlarmStore,
  record: AlarmRecord,
  next: Omit<AlarmStateDetail, "since">,
  now: Date,
): void {
  const previous = record.alarm;
  const changed = previous.StateValue !== next.value;
  const updated = changed || record.kind === "CompositeAlarm";
  const step =
    changed && record.kind === "CompositeAlarm"
      ? stepSuppression(store, record, { kind: "composite", state: next.value }, now)
      : undefined;
  const alarm = {
    ...without(previous, changed ? [...REPLACED, ...SUPPRESSION] : REPLACED),
    StateValue: next.value,
    StateReason: next.reason,
    ...(next.reasonData !== undefined && { StateReasonData: next.reasonData }),
    StateUpdatedTimestamp: updated ? now : previous.StateUpdatedTimestamp,
    StateTransitionedTimestamp: changed ? now : previous.StateTransitionedTimestamp,
    ...suppressionPart(step),
  };
  store.replace(record, alarm as typeof record.alarm);
  if (!changed) return;
  const from = stateDetail(previous);
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
  if (!step || step.run !== undefined) runActions({ store, record, from, to, now });
  store.tell({ type: "State", record, previous, now });
}

/** Members that every new reason replaces, or leaves out. */
const REPLACED = ["StateReasonData", "EvaluationState"];

/** A change of state begins a suppression of its own, or none. */
const SUPPRESSION = ["ActionsSuppressedBy", "ActionsSuppressedReason"];

function without<A extends object>(alarm: A, members: readonly string[]): Partial<A> {
  return Object.fromEntries(Object.entries(alarm).filter(([key]) => !members.includes(key))) as Partial<A>;
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
