// What holds the actions of a composite alarm back: its suppressor, a wait for it, and an extension after it.
import {
  type CompositeEvent,
  type CompositeStep,
  initialCompositeActions,
  stepCompositeActions,
  suppressionReason,
} from "../../../engine/composite-alarm.ts";
import type { CompositeAlarmRecord, StoredCompositeAlarm } from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { runActions } from "./run-actions.ts";
import { stateDetail } from "./state-change.ts";

/** What DescribeAlarms tells of suppression. */
type SuppressionPart = Pick<StoredCompositeAlarm, "ActionsSuppressedBy" | "ActionsSuppressedReason">;

/**
 * Takes the suppression of a composite alarm one step on; undefined when it has no suppressor, so that its actions run at once.
 * A period that this begins ends by itself.
 */
export function stepSuppression(
  store: AlarmStore,
  record: CompositeAlarmRecord,
  event: CompositeEvent,
  now: Date,
): CompositeStep | undefined {
  const { suppressor, alarm } = record;
  if (suppressor === undefined) {
    forgetSuppression(record);
    return undefined;
  }
  const before =
    record.suppression ?? initialCompositeActions(alarm.StateValue, suppressorInAlarm(store, suppressor));
  const step = stepCompositeActions(
    {
      waitPeriod: alarm.ActionsSuppressorWaitPeriod ?? 0,
      extensionPeriod: alarm.ActionsSuppressorExtensionPeriod ?? 0,
    },
    before,
    event,
    now.getTime() / 1000,
  );
  record.suppression = step.actions;
  if (step.actions.until !== before.until || !record.suppressionEnd) endAt(store, record, step.actions.until);
  return step;
}

/** A suppressor changed its state, was replaced, or a period ended: tells it, and runs the actions that were held back. */
export function changeSuppression(
  store: AlarmStore,
  record: CompositeAlarmRecord,
  event: CompositeEvent,
  now: Date,
): void {
  const previous = record.alarm;
  const step = stepSuppression(store, record, event, now);
  const { ActionsSuppressedBy: by, ActionsSuppressedReason: _, ...rest } = previous;
  if (by === step?.actions.suppressedBy && step?.run === undefined) return;
  store.replace(record, { ...rest, ...suppressionPart(step), StateUpdatedTimestamp: now });
  if (step?.run !== undefined) {
    const to = { ...stateDetail(record.alarm), since: now };
    runActions({ store, record, from: stateDetail(previous), to, now });
  }
  store.tell({ type: "State", record, previous, now });
}

/** Forgets what was held back: the alarm is gone, or has no suppressor any more. */
export function forgetSuppression(record: CompositeAlarmRecord): void {
  record.suppressionEnd?.cancel();
  record.suppressionEnd = undefined;
  record.suppression = undefined;
}

/** The members of an alarm that tell its suppression. */
export function suppressionPart(step: CompositeStep | undefined): SuppressionPart {
  const by = step?.actions.suppressedBy;
  return by === undefined ? {} : { ActionsSuppressedBy: by, ActionsSuppressedReason: suppressionReason(by) };
}

/** Whether the alarm that suppresses is in ALARM. */
export function suppressorInAlarm(store: AlarmStore, suppressor: string): boolean {
  return store.get(suppressor)?.alarm.StateValue === "ALARM";
}

function endAt(store: AlarmStore, record: CompositeAlarmRecord, until: number | undefined): void {
  record.suppressionEnd?.cancel();
  record.suppressionEnd =
    until === undefined
      ? undefined
      : store.cloud.clock.at(Math.round(until * 1000), (now) => {
          if (store.get(record.name) === record) changeSuppression(store, record, { kind: "time" }, now);
        });
}
