import type { Diagnostic } from "../support/diagnostic.ts";
import type { EvaluableAlarm } from "./alarm.ts";
import { evaluationInterval, evaluationRange, type RangeSurplus } from "./evaluation-range.ts";
import { clockPeriodStart, parseTimeZone, WALL_CLOCK_PERIODS } from "./time-zone.ts";

/** One period of an evaluation: [start, end), epoch seconds. Its point carries the start. */
export interface Window {
  readonly start: number;
  readonly end: number;
}

/**
 * The periods that an evaluation at `now` (epoch seconds) looks at, oldest first.
 * Sliding windows end at the evaluation's full minute (10 s for high resolution, the full hour for alarms of several days),
 * not at multiples of the period: a 5-minute alarm evaluated at 12:16:30 looks at 12:01, 12:06, 12:11.
 * Wall-clock windows are the last completed periods of the clock.
 * @throws RangeError for a time zone or period that wall-clock windows don't allow.
 */
export function evaluationWindows(
  alarm: EvaluableAlarm,
  now: number,
  surplus?: RangeSurplus,
): readonly Window[] {
  const range = evaluationRange(alarm, surplus);
  return alarm.window.kind === "wallClock"
    ? wallClockWindows(alarm.window.timeZone, alarm.period, now, range)
    : slidingWindows(alarm.period, windowEnd(alarm, now), range);
}

/** When the newest sliding window of an evaluation ends. Times in epoch seconds. */
export function windowEnd(alarm: EvaluableAlarm, now: number): number {
  const interval = evaluationInterval(alarm);
  return Math.floor(now / interval) * interval;
}

/** `count` sliding windows, oldest first, the newest ending at `end`. */
export function slidingWindows(period: number, end: number, count: number): Window[] {
  return Array.from({ length: count }, (_, i) => {
    const start = end - (count - i) * period;
    return { start, end: start + period };
  });
}

function wallClockWindows(timeZone: string, period: number, now: number, count: number): Window[] {
  const problem = wallClockProblem(timeZone, period);
  const zone = parseTimeZone(timeZone);
  if (problem !== undefined || !zone) throw new RangeError(problem);
  const windows: Window[] = [];
  let end = clockPeriodStart(now, period, zone);
  while (windows.length < count) {
    const start = clockPeriodStart(end - 1, period, zone);
    windows.push({ start, end });
    end = start;
  }
  return windows.reverse();
}

/** Why CloudWatch would refuse a wall-clock window, or undefined. */
export function wallClockProblem(timeZone: string, period: number): string | undefined {
  if (!WALL_CLOCK_PERIODS.includes(period))
    return `wall-clock windows have a period of ${WALL_CLOCK_PERIODS.join(", ")} s, not ${period}`;
  if (!parseTimeZone(timeZone))
    return `"${timeZone}" is no time zone for a wall-clock window; examples: Europe/Berlin, +05:30 (multiples of 5 minutes)`;
  return undefined;
}

/** What is wrong with points (`step` seconds apart) that lie across the boundaries of a wall clock. */
export function wallClockPointsProblem(step: number, timeZone: string): Diagnostic {
  return {
    severity: "error",
    code: "wall-clock-points",
    message: `points of ${step} s don't begin with the clock's periods in ${timeZone}; give finer ones`,
  };
}
