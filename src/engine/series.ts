import type { Diagnostic } from "../support/diagnostic.ts";

/**
 * Points of one metric. `times` are the starts of their periods in epoch seconds, in any order; `period` in seconds.
 * `sampleCounts` is wanted to combine averages of a finer period and for the low-sample rule.
 */
export interface MetricSeries {
  readonly period: number;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly sampleCounts?: ArrayLike<number>;
}

/** What was wrong with points, counted. Duplicates: the later one counts; points that are no numbers and future ones are left out; off the grid: moved to the start of their period. */
export interface SeriesProblems {
  unordered: number;
  duplicate: number;
  notFinite: number;
  future: number;
  offGrid: number;
}

/** Points in order, each at the start of its period, none twice. */
export interface CleanSeries {
  readonly period: number;
  /** All times are this modulo the period. */
  readonly anchor: number;
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly sampleCounts: Float64Array | undefined;
  readonly problems: SeriesProblems;
}

/** Seconds since the epoch beyond which a time can only have been meant in milliseconds. */
const MILLISECONDS_BEYOND = 1e11;

/** @throws RangeError for a time in milliseconds. */
export function requireSeconds(time: number, what: string): void {
  if (!Number.isFinite(time) || Math.abs(time) >= MILLISECONDS_BEYOND)
    throw new RangeError(`${what} is ${time}; the engine counts seconds since the epoch, not milliseconds`);
}

/**
 * Sorts, aligns and cleans points; nothing is dropped without being counted. Points that end after `until` (epoch seconds) are future ones.
 * @throws RangeError when times and values differ in number, or times are in milliseconds.
 */
export function cleanSeries(series: MetricSeries, until = Number.POSITIVE_INFINITY): CleanSeries {
  const { period, times, values, sampleCounts } = series;
  if (!(period > 0)) throw new RangeError(`a series needs a period in seconds, not ${period}`);
  if (times.length !== values.length)
    throw new RangeError(
      `a series has ${times.length} times and ${values.length} values; they belong together`,
    );
  const problems: SeriesProblems = { unordered: 0, duplicate: 0, notFinite: 0, future: 0, offGrid: 0 };
  const anchor = anchorOf(times, period);
  const length = times.length;
  const starts = new Float64Array(length);
  const order: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  let sorted = true;
  for (let i = 0; i < length; i += 1) {
    const time = times[i] as number;
    if (!Number.isFinite(values[i] as number) || !Number.isFinite(time)) {
      problems.notFinite += 1;
      continue;
    }
    requireSeconds(time, "a point's time");
    const start = Math.floor((time - anchor) / period) * period + anchor;
    if (start !== time) problems.offGrid += 1;
    if (start + period > until) {
      problems.future += 1;
      continue;
    }
    if (time < latest) {
      problems.unordered += 1;
      sorted = false;
    } else latest = time;
    starts[i] = start;
    order.push(i);
  }
  // Stable: of two points at one time the one given later stays last.
  if (!sorted) order.sort((a, b) => (starts[a] as number) - (starts[b] as number));
  const kept: number[] = [];
  for (const i of order) {
    const previous = kept.at(-1);
    if (previous !== undefined && starts[previous] === starts[i]) {
      problems.duplicate += 1;
      kept[kept.length - 1] = i;
    } else kept.push(i);
  }
  return {
    period,
    anchor,
    times: Float64Array.from(kept, (i) => starts[i] as number),
    values: Float64Array.from(kept, (i) => values[i] as number),
    sampleCounts: sampleCounts && Float64Array.from(kept, (i) => sampleCounts[i] ?? Number.NaN),
    problems,
  };
}

/** Points are stamped with full minutes (10 s below a minute), so windows of any phase stay on a grid of their own. */
function anchorOf(times: ArrayLike<number>, period: number): number {
  const unit = period >= 60 ? 60 : Math.min(period, 10);
  for (let i = 0; i < times.length; i += 1) {
    const time = times[i] as number;
    if (Number.isFinite(time)) return (Math.floor(time / unit) * unit) % period;
  }
  return 0;
}

const EXPLANATIONS: Readonly<Record<keyof SeriesProblems, string>> = {
  unordered: "came after a later one; they were sorted",
  duplicate: "repeat a time; the last given counts",
  notFinite: "are no finite numbers; they were left out",
  future: "end after the evaluation; they were left out",
  offGrid: "are off the period's grid; they were moved to its start",
};

/** What to tell about a series' points; empty when all were fine. `name`: the series, for people. */
export function seriesDiagnostics(name: string, problems: SeriesProblems): Diagnostic[] {
  return (Object.keys(EXPLANATIONS) as (keyof SeriesProblems)[])
    .filter((key) => problems[key] > 0)
    .map((key) => ({
      severity: "warning",
      code: `points-${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      message: `${name}: ${problems[key]} points ${EXPLANATIONS[key]}`,
    }));
}
