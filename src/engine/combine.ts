import type { Statistic } from "./statistic-name.ts";

/** How points of a finer period make one of a coarser: by the statistic both have. */
export type Combination = "sum" | "average" | "minimum" | "maximum";

/** How a statistic's points combine; undefined for percentiles and trimmed statistics, which need raw values. */
export function combinationOf(statistic: Statistic): Combination | undefined {
  if (statistic.kind !== "basic") return undefined;
  switch (statistic.name) {
    case "Sum":
    case "SampleCount":
      return "sum";
    case "Average":
      return "average";
    case "Minimum":
      return "minimum";
    case "Maximum":
      return "maximum";
  }
}

/**
 * Combines the points at [from, to) of columns in which NaN means missing; NaN when none exists.
 * Averages are weighted by their sample counts where these are known.
 */
export function combine(
  how: Combination,
  values: Float64Array,
  counts: Float64Array | undefined,
  from: number,
  to: number,
): number {
  let found = 0;
  let result = Number.NaN;
  let sum = 0;
  let weight = 0;
  for (let i = from; i < to; i += 1) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    found += 1;
    if (how === "sum" || how === "average") {
      const count = how === "average" ? (counts?.[i] ?? Number.NaN) : 1;
      const share = count > 0 ? count : 1;
      sum += value * share;
      weight += share;
      result = value;
    } else if (found === 1 || (how === "minimum" ? value < result : value > result)) result = value;
  }
  // A single point stays what it is, to the last bit.
  if (found < 2 || how === "minimum" || how === "maximum") return result;
  return how === "average" ? sum / weight : sum;
}

/** Sum of the sample counts at [from, to); NaN when none is known. */
export function combineCounts(counts: Float64Array, from: number, to: number): number {
  let sum = Number.NaN;
  for (let i = from; i < to; i += 1) {
    const count = counts[i] as number;
    if (!Number.isNaN(count)) sum = Number.isNaN(sum) ? count : sum + count;
  }
  return sum;
}
