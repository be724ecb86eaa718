import type { LiveAlarm } from "../spec/cloudwatch-alarm.ts";
import type { Mark } from "../spec/mark.ts";

/** Milliseconds after which an alarm counts as settled even without data: it must not stay silent for ever. */
export const QUIET_LIMIT_MS = 3 * 60_000;

/** Within this time of its creation an alarm with actions off is taken for one that a killed run left so. */
const PENDING_MS = 24 * 3_600_000;
/** A later change of its configuration means that somebody has had a hand in it since. */
const UNTOUCHED_MS = 10 * 60_000;

/**
 * Whether an alarm's actions are off because it was created quietly and nobody has switched them on yet. Such an alarm isn't silenced
 * by hand. Switching on leaves no trace in the mark (one call does it for a hundred alarms), so an alarm whose actions are switched off
 * within a day of its creation without another change is taken for pending, too, and switched on again.
 */
export function isQuietPending(mark: Mark | undefined, live: LiveAlarm, now: Date): boolean {
  if (mark?.quietSince === undefined || live.state.actionsEnabled) return false;
  const touched = live.updatedAt !== undefined && live.updatedAt.getTime() - mark.quietSince > UNTOUCHED_MS;
  return !touched && now.getTime() - mark.quietSince < PENDING_MS;
}

/** Whether a quietly created alarm can be switched on without a message about the state it found. */
export function isSettled(quietSince: number, stateValue: string, now: Date): boolean {
  return stateValue !== "INSUFFICIENT_DATA" || now.getTime() - quietSince >= QUIET_LIMIT_MS;
}
