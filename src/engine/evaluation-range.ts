import type { EvaluableAlarm } from "./alarm.ts";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;

/**
 * How many points more than EvaluationPeriods an evaluation looks at, by period. CloudWatch doesn't publish the rule:
 * every documented example and the measurements at 600, 900 and 86,400 s fit 2; for wall-clock windows nothing is known but
 * the statement that exactly the evaluation periods are used.
 */
export interface RangeSurplus {
  /** Periods below a minute. */
  readonly highResolution: number;
  /** Periods of one minute. */
  readonly minute: number;
  /** Longer periods. */
  readonly longer: number;
  readonly wallClock: number;
}

export const DEFAULT_SURPLUS: RangeSurplus = { highResolution: 2, minute: 2, longer: 2, wallClock: 0 };

/** How many periods one evaluation of an alarm looks at. */
export function evaluationRange(alarm: EvaluableAlarm, surplus: RangeSurplus = DEFAULT_SURPLUS): number {
  const extra =
    alarm.window.kind === "wallClock"
      ? surplus.wallClock
      : alarm.period < MINUTE
        ? surplus.highResolution
        : alarm.period === MINUTE
          ? surplus.minute
          : surplus.longer;
  return alarm.evaluationPeriods + Math.max(0, Math.floor(extra));
}

/** Seconds between two evaluations: 10 below a minute, a minute, or an hour for alarms that look back more than a day. */
export function evaluationInterval(alarm: EvaluableAlarm): number {
  if (alarm.period < MINUTE) return 10;
  if (alarm.window.kind === "wallClock") return MINUTE;
  return alarm.evaluationPeriods * alarm.period > DAY ? HOUR : MINUTE;
}
