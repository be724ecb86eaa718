import { emptySeries, finite, type MathFrame, rangeLength, type Series } from "./math-values.ts";
import { RangeScalar, type Scalar } from "./range-scalar.ts";

/** How a series or an array becomes one number: over its periods, or over its series in each period. */
export type Reduction = "AVG" | "SUM" | "MIN" | "MAX" | "STDDEV" | "DATAPOINT_COUNT";

/**
 * One number out of a whole series: over all periods of the frame, or over `length` of them from `start` on. AVG counts missing
 * points as 0 (user guide); STDDEV is that of the whole population. NaN for a series without points, but 0 for its count.
 */
export function reduceSeries(how: Reduction, series: Series, start = 0, length = series.length): number {
  return reduce(how, length, (i) => series[start + i] as number);
}

/** The same of every range of a frame. */
export function reduceRanges(how: Reduction, series: Series, frame: MathFrame): Scalar {
  const range = rangeLength(frame);
  if (range === series.length) return reduceSeries(how, series);
  const result = new Float64Array(series.length);
  for (let start = 0; start < series.length; start += range) {
    const scalar = reduceSeries(how, series, start, range);
    for (let i = start; i < start + range; i += 1) result[i] = scalar;
  }
  return new RangeScalar(result);
}

/** One series out of an array: per period over its series. AVG counts missing points as 0; no point where no series has one. */
export function reduceArray(how: Reduction, array: readonly Series[], length: number): Series {
  const result = emptySeries(length);
  for (let i = 0; i < length; i += 1) {
    const value = reduce(how, array.length, (k) => (array[k] as Series)[i] as number);
    if (how !== "DATAPOINT_COUNT" || value > 0) result[i] = value;
  }
  return result;
}

function reduce(how: Reduction, length: number, at: (i: number) => number): number {
  let count = 0;
  let sum = 0;
  let squares = 0;
  let extreme = Number.NaN;
  for (let i = 0; i < length; i += 1) {
    const value = at(i);
    if (Number.isNaN(value)) continue;
    count += 1;
    sum += value;
    if (count === 1 || (how === "MIN" ? value < extreme : value > extreme)) extreme = value;
  }
  if (how === "DATAPOINT_COUNT") return count;
  if (count === 0) return Number.NaN;
  switch (how) {
    case "SUM":
      return finite(sum);
    case "AVG":
      return finite(sum / length);
    case "MIN":
    case "MAX":
      return extreme;
    case "STDDEV": {
      const mean = sum / count;
      for (let i = 0; i < length; i += 1) {
        const value = at(i);
        if (!Number.isNaN(value)) squares += (value - mean) ** 2;
      }
      return finite(Math.sqrt(squares / count));
    }
  }
}

/** DIFF, RATE and DIFF_TIME: each point against the existing one before it; the first of a range has none. */
export function differences(what: "DIFF" | "RATE" | "DIFF_TIME", series: Series, frame: MathFrame): Series {
  const result = emptySeries(series.length);
  const range = rangeLength(frame);
  for (let start = 0; start < series.length; start += range) {
    let before = -1;
    for (let i = start; i < start + range; i += 1) {
      const value = series[i] as number;
      if (Number.isNaN(value)) continue;
      if (before >= 0) {
        const difference = value - (series[before] as number);
        const seconds = what === "DIFF" ? 1 : frame.timeAt(i) - frame.timeAt(before);
        result[i] = finite(what === "DIFF_TIME" ? seconds : difference / seconds);
      }
      before = i;
    }
  }
  return result;
}

/** The sum of all points of a range up to each one. */
export function runningSum(series: Series, frame: MathFrame): Series {
  const result = emptySeries(series.length);
  const range = rangeLength(frame);
  for (let start = 0; start < series.length; start += range) {
    let sum = 0;
    for (let i = start; i < start + range; i += 1) {
      const value = series[i] as number;
      if (Number.isNaN(value)) continue;
      sum += value;
      result[i] = finite(sum);
    }
  }
  return result;
}

/** Fills gaps with the last point before them; a gap at a range's beginning stays. */
export function fillRepeating(series: Series, frame: MathFrame): Series {
  const result = new Float64Array(series.length);
  const range = rangeLength(frame);
  for (let start = 0; start < series.length; start += range) {
    let last = Number.NaN;
    for (let i = start; i < start + range; i += 1) {
      const value = series[i] as number;
      if (!Number.isNaN(value)) last = value;
      result[i] = last;
    }
  }
  return result;
}

/** Fills gaps between two points on the line between them; gaps at either end of a range stay. */
export function fillLinear(series: Series, frame: MathFrame): Series {
  const result = series.slice();
  const range = rangeLength(frame);
  for (let start = 0; start < series.length; start += range) {
    let before = -1;
    for (let i = start; i < start + range; i += 1) {
      if (Number.isNaN(series[i] as number)) continue;
      if (before >= 0 && i - before > 1) fillGap(result, before, i, frame);
      before = i;
    }
  }
  return result;
}

/** Puts the periods between two points on the line between them. */
function fillGap(series: Series, before: number, after: number, frame: MathFrame): void {
  const start = series[before] as number;
  const begin = frame.timeAt(before);
  const slope = ((series[after] as number) - start) / (frame.timeAt(after) - begin);
  for (let gap = before + 1; gap < after; gap += 1) series[gap] = start + slope * (frame.timeAt(gap) - begin);
}

/** Fills gaps with a number or another series' points. */
export function fillWith(series: Series, filler: number | Series): Series {
  return series.map((value, i) => {
    if (!Number.isNaN(value)) return value;
    return typeof filler === "number" ? filler : (filler[i] as number);
  });
}

/** What a missing point of the chosen series gives in IF. */
export interface IfMissing {
  readonly whenTrue: number;
  readonly whenFalse: number;
}

/**
 * IF for a condition that is a series: no point where the condition has none; else the second argument where it isn't 0,
 * and the third where it is (no point without a third).
 */
export function choose(
  condition: Series,
  whenTrue: number | Series,
  whenFalse: number | Series | undefined,
  missing: IfMissing,
): Series {
  return condition.map((test, i) => {
    if (Number.isNaN(test)) return Number.NaN;
    const chosen = test !== 0 ? whenTrue : whenFalse;
    if (chosen === undefined) return Number.NaN;
    const value = typeof chosen === "number" ? chosen : (chosen[i] as number);
    if (!Number.isNaN(value)) return value;
    return test !== 0 ? missing.whenTrue : missing.whenFalse;
  });
}

/** IF for a condition that is a scalar: all of one series or all of the other, in every range. */
export function chooseByScalar(
  condition: Scalar,
  whenTrue: Series,
  whenFalse: Series | undefined,
  frame: MathFrame,
): Series {
  const otherwise = whenFalse ?? emptySeries(frame.length);
  if (typeof condition === "number") return condition !== 0 ? whenTrue : otherwise;
  return condition.points.map((test, i) => (test !== 0 ? whenTrue : otherwise)[i] as number);
}

/** The parts of a date that metric math knows, in UTC. `time` in epoch seconds. */
export const DATE_PARTS = {
  MINUTE: (time: number) => new Date(time * 1000).getUTCMinutes(),
  HOUR: (time: number) => new Date(time * 1000).getUTCHours(),
  /** Monday is 1. */
  DAY: (time: number) => new Date(time * 1000).getUTCDay() || 7,
  DATE: (time: number) => new Date(time * 1000).getUTCDate(),
  MONTH: (time: number) => new Date(time * 1000).getUTCMonth() + 1,
  YEAR: (time: number) => new Date(time * 1000).getUTCFullYear(),
  EPOCH: (time: number) => time,
} as const;

/** A series with a value in every period. */
export function everyPeriod(frame: MathFrame, value: (time: number) => number): Series {
  const result = new Float64Array(frame.length);
  for (let i = 0; i < frame.length; i += 1) result[i] = value(frame.timeAt(i));
  return result;
}
