import { combinationOf } from "../../engine/combine.ts";
import { evaluationInterval } from "../../engine/evaluation-range.ts";
import type { OpenedAlarm } from "../../engine/not-evaluated.ts";
import { finestStoredPeriod, RETENTION } from "../../engine/storage.ts";

/** What to ask CloudWatch for, so that an alarm is replayed as exactly as its history allows. Times in epoch seconds. */
export interface ReadPeriod {
  /** Seconds between points. */
  readonly step: number;
  /** From when on there are such points; not before the start asked for. */
  readonly start: number;
}

const MINUTE = 60;
const HOUR = 3600;

/**
 * The finest period that an alarm can use and that CloudWatch still keeps over the time asked for. Points as fine as the evaluations
 * (a minute, mostly) give CloudWatch's very windows; percentiles can't be made of finer points and are read at the alarm's own period.
 * An alarm whose period is kept for a shorter time only begins later. `published`: seconds between the points of a metric that is
 * known to come more rarely. Undefined when nothing of the time asked for is kept at a period it can use.
 */
export function readPeriod(
  { alarm, plan }: Pick<OpenedAlarm, "alarm" | "plan">,
  range: { readonly start: number; readonly end: number; readonly now: number },
  published?: number,
): ReadPeriod | undefined {
  const { now } = range;
  const combinable = plan.metrics.every(({ statistic }) => combinationOf(statistic) !== undefined);
  const { period } = alarm;
  const highResolution = period < MINUTE;
  const stored = finestStoredPeriod(now - range.start, highResolution);
  const finest = stored !== undefined && period % stored === 0 && period >= stored ? stored : undefined;
  if (finest === undefined) {
    // Kept for a shorter time, if at all: begin when it is.
    const kept = RETENTION.filter(
      (each) => (highResolution || each.period >= MINUTE) && period % each.period === 0,
    ).at(-1);
    if (!kept) return undefined;
    const start = Math.ceil((now - kept.keptFor) / HOUR) * HOUR + (highResolution ? 0 : HOUR);
    if (start >= range.end || start <= range.start) return undefined;
    return readPeriod({ alarm, plan }, { ...range, start }, published);
  }
  if (!combinable) return { step: period, start: range.start };
  if (highResolution) return { step: commonDivisor(10, period), start: range.start };
  // Evaluated every hour, it never looks between full hours.
  const useful = evaluationInterval(alarm) === HOUR ? commonDivisor(HOUR, period) : MINUTE;
  const rare = published !== undefined && period % published === 0 ? published : 0;
  const step = Math.max(finest, useful, rare);
  return { step: period % step === 0 ? step : finest, start: range.start };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
