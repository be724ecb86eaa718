import { formatDuration } from "../../model/duration.ts";
import type { Guard } from "../guard.ts";
import { agoText } from "../times.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("stale-alarm");

/** AWS's clock and ours differ by this much without anything being wrong, ms. */
const SKEW = 60_000;

/** An alarm without data is looked at again after this long, ms. */
const LOOK_AGAIN = 60_000;

/** Whether an alarm's change is so old, or so far ahead of our clock, that the alarm must be looked at again. */
export function isStale(changedAt: number, now: number, freshSeconds: number): boolean {
  return now - changedAt > freshSeconds * 1000 || changedAt - now > SKEW;
}

/** An event may have waited in a queue: what was wrong an hour ago may be well by now. */
export const staleAlarm: Guard = {
  name: "stale-alarm",
  refuses: "Alarms that changed longer ago than `fresh` and, looked at again, aren't in ALARM any more.",
  setting: "fresh",
  judge({ now, settings, instance, alarmChangedAt }) {
    if (alarmChangedAt === undefined) return pass("no-alarm", "somebody asked for it, no alarm did");
    const changed = `the alarm went off ${agoText(alarmChangedAt, now)}`;
    if (!isStale(alarmChangedAt, now, settings.freshSeconds)) return pass("fresh", changed);
    const { alarmState } = instance;
    const older = `${changed} (over ${formatDuration(settings.freshSeconds)} is old)`;
    switch (alarmState) {
      case "ALARM":
        return pass("still-in-alarm", `${changed} and, looked at again, is still in ALARM`);
      case "deleted":
        return refuse("alarm-deleted", `${older} and was deleted meanwhile`);
      case "INSUFFICIENT_DATA":
        return refuse("alarm-unsure", `${older} and, looked at again, has no data`, now + LOOK_AGAIN);
      case "OK":
        return refuse("alarm-over", `${older} and, looked at again, is OK`);
      default:
        return refuse("not-looked-at", `${older} and wasn't looked at again`);
    }
  },
};
