import type { AlarmState } from "./alarm-state.ts";
import { alarmTime } from "./reason-data.ts";

/** What keeps the actions of a composite alarm from running, in DescribeAlarms' words. */
export type ActionsSuppressedBy = "Alarm" | "WaitPeriod" | "ExtensionPeriod";

/** How long a composite alarm waits for its suppressor, and how long after it. Seconds. */
export interface SuppressionPeriods {
  readonly waitPeriod: number;
  readonly extensionPeriod: number;
}

/** Where a composite alarm's actions stand. Times in epoch seconds. */
export interface CompositeActions {
  readonly state: AlarmState;
  readonly suppressorInAlarm: boolean;
  /** The state changed and no actions ran for it yet. */
  readonly pending: boolean;
  readonly suppressedBy?: ActionsSuppressedBy;
  /** When the running wait or extension period ends. */
  readonly until?: number;
}

/** What can happen to it. `time`: nothing but time passing. */
export type CompositeEvent =
  | { readonly kind: "composite"; readonly state: AlarmState }
  | { readonly kind: "suppressor"; readonly inAlarm: boolean }
  | { readonly kind: "suppressorReplaced"; readonly inAlarm: boolean }
  | { readonly kind: "time" };

/** What an event leads to. */
export interface CompositeStep {
  readonly actions: CompositeActions;
  /** The state whose actions run now. */
  readonly run: AlarmState | undefined;
}

/** Actions of a composite alarm that was just created. */
export function initialCompositeActions(state: AlarmState, suppressorInAlarm = false): CompositeActions {
  return settle({ state, suppressorInAlarm, pending: false });
}

/**
 * One step of a composite alarm's action suppression (user guide, "Composite alarm actions suppression"):
 * in ALARM the suppressor holds all actions back. Without it, a change of state starts the wait period, in which it may still come.
 * When it leaves ALARM the extension period runs. A new change discards a running period and waits anew. When a period ends,
 * the actions of the state of that moment run, if it changed since actions ran last.
 * Give events in order of their times; a period that ended before `now` has to be told by a `time` event at its `until` first.
 */
export function stepCompositeActions(
  periods: SuppressionPeriods,
  before: CompositeActions,
  event: CompositeEvent,
  now: number,
): CompositeStep {
  const { state, suppressorInAlarm } = before;
  switch (event.kind) {
    case "composite": {
      if (event.state === state) return { actions: before, run: undefined };
      const changed = { state: event.state, suppressorInAlarm, pending: true };
      return suppressorInAlarm
        ? { actions: settle(changed), run: undefined }
        : begin(changed, "WaitPeriod", periods.waitPeriod, now);
    }
    case "suppressor": {
      if (event.inAlarm === suppressorInAlarm) return { actions: before, run: undefined };
      const { pending } = before;
      const changed = { state, suppressorInAlarm: event.inAlarm, pending };
      return event.inAlarm
        ? { actions: settle(changed), run: undefined }
        : begin(changed, "ExtensionPeriod", periods.extensionPeriod, now);
    }
    case "suppressorReplaced": {
      // Running periods are discarded; what the old suppressor alone held back has nothing left to wait for.
      const changed = { state, suppressorInAlarm: event.inAlarm, pending: before.pending };
      return event.inAlarm ? { actions: settle(changed), run: undefined } : finish(changed);
    }
    case "time":
      return before.until !== undefined && now >= before.until
        ? finish({ state, suppressorInAlarm, pending: before.pending })
        : { actions: before, run: undefined };
  }
}

type Unsuppressed = Omit<CompositeActions, "suppressedBy" | "until">;

function settle(actions: Unsuppressed): CompositeActions {
  return actions.suppressorInAlarm ? { ...actions, suppressedBy: "Alarm" } : actions;
}

function begin(actions: Unsuppressed, by: ActionsSuppressedBy, seconds: number, now: number): CompositeStep {
  if (seconds <= 0) return finish(actions);
  return { actions: { ...actions, suppressedBy: by, until: now + seconds }, run: undefined };
}

function finish(actions: Unsuppressed): CompositeStep {
  return { actions: { ...actions, pending: false }, run: actions.pending ? actions.state : undefined };
}

/** `ActionsSuppressedReason` (recorded shape). */
export function suppressionReason(by: ActionsSuppressedBy): string {
  return `Actions suppressed by ${by}`;
}

/** StateReason of a composite alarm whose child changed (recorded). `time`: epoch seconds. */
export function compositeReason(child: {
  readonly arn: string;
  readonly state: AlarmState;
  readonly time: number;
}): string {
  return `${child.arn} transitioned to ${child.state} at ${longTime(child.time)}`;
}

/** StateReason of a composite alarm's first evaluation (recorded). */
export function compositeCreatedReason(arn: string, state: AlarmState): string {
  return `${arn} was created and its alarm rule evaluates to ${state}`;
}

/** StateReasonData of a composite alarm (recorded shape). Times in epoch seconds. */
export function compositeReasonData(
  triggers: readonly { readonly arn: string; readonly state: AlarmState; readonly time: number }[],
): string {
  return JSON.stringify({
    triggeringAlarms: triggers.map(({ arn, state, time }) => ({
      arn,
      state: { value: state, timestamp: alarmTime(time) },
    })),
  });
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = [
  "January", "February", "March", "April", "May", "June",
  "July", "August", "September", "October", "November", "December",
]; // biome-ignore format: half a year a line

/** `Friday 22 July, 2022 15:57:45 UTC`. */
function longTime(time: number): string {
  const date = new Date(Math.floor(time) * 1000);
  const day = String(date.getUTCDate()).padStart(2, "0");
  return `${DAYS[date.getUTCDay()]} ${day} ${MONTHS[date.getUTCMonth()]}, ${date.getUTCFullYear()} ${date.toISOString().slice(11, 19)} UTC`;
}
