import type { Diagnostic } from "../support/diagnostic.ts";
import { type Combination, combine, combineCounts } from "./combine.ts";
import type { CleanSeries } from "./series.ts";
import type { Window } from "./windows.ts";

/** Values of one metric in the windows of an evaluation, NaN where missing. */
export interface WindowPoints {
  readonly values: Float64Array;
  readonly sampleCounts: Float64Array | undefined;
}

/** Why a series can't give the values of windows; undefined when it can. `period`: the alarm's, seconds. */
export function seriesProblem(
  name: string,
  series: { readonly period: number },
  period: number,
  how: Combination | undefined,
  statistic: string,
): Diagnostic | undefined {
  const error = (code: string, message: string): Diagnostic => ({ severity: "error", code, message });
  if (series.period > period)
    return error(
      "series-too-coarse",
      `${name}: its points are ${series.period} s apart, the alarm's period is ${period} s; read the metric at ${period} s`,
    );
  if (period % series.period !== 0)
    return error(
      "series-period",
      `${name}: points of ${series.period} s don't make periods of ${period} s; read the metric at ${period} s`,
    );
  if (series.period < period && how === undefined)
    return error(
      "statistic-not-combinable",
      `${name}: ${statistic} of ${period} s can't be made from ${statistic} of ${series.period} s; read the metric at ${period} s`,
    );
  return undefined;
}

/**
 * The value of each window from points of the window's length or finer. Points that end after `visibleUntil` (epoch seconds)
 * are not there yet.
 */
export function windowPoints(
  series: CleanSeries,
  windows: readonly Window[],
  how: Combination | undefined,
  visibleUntil: number,
): WindowPoints {
  const values = new Float64Array(windows.length).fill(Number.NaN);
  const sampleCounts = series.sampleCounts && new Float64Array(windows.length).fill(Number.NaN);
  const end = lowerBound(series.times, Math.floor(visibleUntil - series.period) + 1);
  let next = lowerBound(series.times, windows[0]?.start ?? 0);
  windows.forEach((window, i) => {
    // Windows come in order and don't overlap: one walk over the points is enough.
    while (next < end && (series.times[next] as number) < window.start) next += 1;
    const from = next;
    while (next < end && (series.times[next] as number) < window.end) next += 1;
    const to = next;
    if (to <= from) return;
    values[i] =
      how === undefined
        ? (series.values[from] as number)
        : combine(how, series.values, series.sampleCounts, from, to);
    if (sampleCounts && series.sampleCounts) sampleCounts[i] = combineCounts(series.sampleCounts, from, to);
  });
  return { values, sampleCounts };
}

/** Index of the first time that is not before `time`. */
function lowerBound(times: ArrayLike<number>, time: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
