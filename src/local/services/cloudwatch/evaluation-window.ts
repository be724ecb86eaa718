import type { EvaluationWindow } from "@aws-sdk/client-cloudwatch";
import { validationError } from "./errors.ts";

/** Periods that wall clock windows can have, in seconds. */
const WALL_CLOCK_PERIODS = [60, 300, 3600, 86_400, 604_800];

/** Refuses wall clock windows with periods or time zones that CloudWatch doesn't support. */
export function checkEvaluationWindow(
  window: EvaluationWindow | undefined,
  periods: readonly number[],
): void {
  const wallClock = window && "WallClockWindow" in window ? window.WallClockWindow : undefined;
  if (!wallClock) return;
  const bad = periods.find((period) => !WALL_CLOCK_PERIODS.includes(period));
  if (bad !== undefined)
    throw validationError(
      `Period ${bad} is not supported for wall clock evaluation windows. Supported periods are ${WALL_CLOCK_PERIODS.join(", ")}.`,
    );
  const { Timezone } = wallClock;
  if (Timezone !== undefined && !isTimezone(Timezone))
    throw validationError(
      `Timezone ${Timezone} is not supported. Specify an IANA time zone or an offset from UTC in multiples of 5 minutes, for example Europe/Berlin or +05:30.`,
    );
}

/** IANA names, `Z`, `+05:30`, `UTC+05:30`, `GMT-08:00`; offsets in steps of five minutes. */
function isTimezone(zone: string): boolean {
  if (zone.length < 1 || zone.length > 50) return false;
  if (zone === "Z") return true;
  const offset = /^(?:UTC|GMT)?[+-](\d{2}):(\d{2})$/.exec(zone);
  if (offset) return Number(offset[1]) <= 18 && Number(offset[2]) < 60 && Number(offset[2]) % 5 === 0;
  if (/^[+-]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
