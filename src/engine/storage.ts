import type { Diagnostic } from "../support/diagnostic.ts";
import { mergeStatisticSets, type StatisticSet } from "./statistics.ts";

const HOUR = 3600;
const DAY = 86_400;

/** How long CloudWatch keeps points of each period, finest first. Periods and ages in seconds. */
export const RETENTION = [
  { period: 1, keptFor: 3 * HOUR },
  { period: 60, keptFor: 15 * DAY },
  { period: 300, keptFor: 63 * DAY },
  { period: HOUR, keptFor: 455 * DAY },
] as const;

/** The finest period (seconds) still stored for points of an age (seconds); undefined when nothing is kept that long. */
export function finestStoredPeriod(age: number, highResolution = false): number | undefined {
  return RETENTION.find(({ period, keptFor }) => (highResolution || period >= 60) && age <= keptFor)?.period;
}

/** A start time (epoch seconds) as GetMetricData rounds it: down to the minute, to 5 minutes beyond 15 days, to the hour beyond 63. */
export function roundStartTime(start: number, now: number): number {
  const step = now - start < 15 * DAY ? 60 : now - start < 63 * DAY ? 300 : HOUR;
  return Math.floor(start / step) * step;
}

/** Says what is wrong with asking for a period that CloudWatch no longer keeps at the age of the start; times in epoch seconds. */
export function retentionProblem(request: {
  readonly period: number;
  readonly start: number;
  readonly now: number;
}): Diagnostic | undefined {
  const age = request.now - request.start;
  const stored = finestStoredPeriod(age, true);
  const days = Math.floor(age / DAY);
  if (stored === undefined)
    return {
      severity: "error",
      code: "history-expired",
      message: `CloudWatch keeps no points for ${days} days, 455 at most; ask for a later start`,
    };
  if (request.period >= stored && request.period % stored === 0) return undefined;
  return {
    severity: "error",
    code: "history-too-coarse",
    message: `${age > DAY ? `${days} days` : `${Math.floor(age / HOUR)} hours`} back CloudWatch keeps points of ${stored} s only, not of ${request.period} s; ask for a multiple of ${stored} or a later start`,
  };
}

/** Statistic sets by period start. Times in epoch seconds. */
export interface StoredSeries {
  readonly times: readonly number[];
  readonly sets: readonly StatisticSet[];
}

/** Points of a coarser period out of finer ones, as CloudWatch rolls them up. `period` in seconds; order of the input doesn't matter. */
export function rollUp(series: StoredSeries, period: number): StoredSeries {
  const byStart = new Map<number, StatisticSet[]>();
  series.times.forEach((time, i) => {
    const set = series.sets[i];
    if (!set) return;
    const start = Math.floor(time / period) * period;
    const group = byStart.get(start);
    if (group) group.push(set);
    else byStart.set(start, [set]);
  });
  const times: number[] = [];
  const sets: StatisticSet[] = [];
  for (const start of [...byStart.keys()].sort((a, b) => a - b)) {
    const merged = mergeStatisticSets(byStart.get(start) ?? []);
    if (!merged) continue;
    times.push(start);
    sets.push(merged);
  }
  return { times, sets };
}
