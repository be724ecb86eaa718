import type { Statistic } from "./statistic-name.ts";

/** A value and how often it occurred. */
export interface WeightedValue {
  readonly value: number;
  readonly count: number;
}

/** The value below which `percent` of the samples lie, between the two nearest samples when it falls there. `sorted`: smallest first, not empty. */
export function percentile(sorted: readonly WeightedValue[], percent: number): number {
  const total = countOf(sorted);
  const rank = (percent / 100) * Math.max(0, total - 1);
  const below = valueAt(sorted, Math.floor(rank));
  const above = valueAt(sorted, Math.ceil(rank));
  return below + (above - below) * (rank - Math.floor(rank));
}

/**
 * TM, TC, TS, WM or PR of sorted samples; undefined for the mean of an empty range.
 * With percentages the cut may fall inside a sample, which then counts in part: the trimmed count is interpolated.
 * With values the lower bound is exclusive and the upper inclusive.
 */
export function rangeStatistic(
  sorted: readonly WeightedValue[],
  statistic: Extract<Statistic, { kind: "range" }>,
): number | undefined {
  const total = countOf(sorted);
  const { count, sum } =
    statistic.unit === "percent" ? insideRanks(sorted, statistic, total) : insideValues(sorted, statistic);
  switch (statistic.name) {
    case "TC":
      return count;
    case "TS":
      return sum;
    case "TM":
      return count > 0 ? sum / count : undefined;
    case "PR":
      return (count / total) * 100;
    case "WM":
      return (sum + outside(sorted, statistic, total)) / total;
  }
}

interface Inside {
  readonly count: number;
  readonly sum: number;
}

interface Bounds {
  readonly lower?: number;
  readonly upper?: number;
}

function insideRanks(sorted: readonly WeightedValue[], bounds: Bounds, total: number): Inside {
  const from = ((bounds.lower ?? 0) / 100) * total;
  const to = ((bounds.upper ?? 100) / 100) * total;
  let count = 0;
  let sum = 0;
  let start = 0;
  for (const each of sorted) {
    const share = Math.max(0, Math.min(to, start + each.count) - Math.max(from, start));
    count += share;
    sum += share * each.value;
    start += each.count;
  }
  return { count, sum };
}

function insideValues(sorted: readonly WeightedValue[], bounds: Bounds): Inside {
  let count = 0;
  let sum = 0;
  for (const each of sorted) {
    if (each.value <= (bounds.lower ?? Number.NEGATIVE_INFINITY)) continue;
    if (each.value > (bounds.upper ?? Number.POSITIVE_INFINITY)) continue;
    count += each.count;
    sum += each.count * each.value;
  }
  return { count, sum };
}

/** What the samples outside the bounds add up to once each is replaced by the bound it lies beyond. */
function outside(
  sorted: readonly WeightedValue[],
  statistic: Extract<Statistic, { kind: "range" }>,
  total: number,
): number {
  const { lower, upper, unit } = statistic;
  if (unit === "percent") {
    const low = lower === undefined ? 0 : (lower / 100) * total * percentile(sorted, lower);
    const high = upper === undefined ? 0 : ((100 - upper) / 100) * total * percentile(sorted, upper);
    return low + high;
  }
  let sum = 0;
  for (const each of sorted) {
    if (lower !== undefined && each.value <= lower) sum += each.count * lower;
    else if (upper !== undefined && each.value > upper) sum += each.count * upper;
  }
  return sum;
}

function countOf(sorted: readonly WeightedValue[]): number {
  return sorted.reduce((sum, each) => sum + each.count, 0);
}

/** The sample at a rank, counting from 0. */
function valueAt(sorted: readonly WeightedValue[], rank: number): number {
  let start = 0;
  for (const each of sorted) {
    start += each.count;
    if (rank < start) return each.value;
  }
  return sorted.at(-1)?.value ?? Number.NaN;
}
