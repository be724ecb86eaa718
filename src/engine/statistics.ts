import { parseStatistic, type Statistic } from "./statistic-name.ts";
import { percentile, rangeStatistic, type WeightedValue } from "./trimmed-statistics.ts";

/** What PutMetricData calls a statistic set: many values, known only by their count, sum and extremes. */
export interface StatisticSet {
  readonly sampleCount: number;
  readonly sum: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** What was published in one period. `counts[i]` says how often `values[i]` occurred; once when absent. */
export interface Samples {
  readonly values: ArrayLike<number>;
  readonly counts?: ArrayLike<number>;
  readonly sets?: readonly StatisticSet[];
}

/**
 * One statistic of one period's samples, or undefined when there is none: no samples, a percentile over real statistic sets
 * or over negative values, a trimmed mean of an empty range.
 * CloudWatch's percentile algorithm is unpublished and approximate; ours is exact, with linear interpolation between samples.
 * @throws RangeError for a name that is no statistic.
 */
export function statistic(name: string | Statistic, samples: Samples): number | undefined {
  const wanted = typeof name === "string" ? parseStatistic(name) : name;
  if (!wanted)
    throw new RangeError(`"${name}" is no CloudWatch statistic; examples: Average, p99, TM(10%:90%)`);
  if (wanted.kind === "basic") {
    const total = summarize(samples);
    return total && basicStatistic(wanted.name, total);
  }
  const values = rawValues(samples);
  if (!values || values.length === 0) return undefined;
  return wanted.kind === "percentile" ? percentile(values, wanted.percent) : rangeStatistic(values, wanted);
}

/** Count, sum and extremes of samples; undefined when there are none. */
export function summarize(samples: Samples): StatisticSet | undefined {
  let sampleCount = 0;
  let sum = 0;
  let minimum = Number.POSITIVE_INFINITY;
  let maximum = Number.NEGATIVE_INFINITY;
  const { values, counts, sets = [] } = samples;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    const count = counts ? (counts[i] ?? 0) : 1;
    if (!(count > 0)) continue;
    sampleCount += count;
    sum += value * count;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
  }
  for (const set of sets) {
    if (!(set.sampleCount > 0)) continue;
    sampleCount += set.sampleCount;
    sum += set.sum;
    minimum = Math.min(minimum, set.minimum);
    maximum = Math.max(maximum, set.maximum);
  }
  return sampleCount > 0 ? { sampleCount, sum, minimum, maximum } : undefined;
}

/** Several periods' sets as one. */
export function mergeStatisticSets(sets: readonly StatisticSet[]): StatisticSet | undefined {
  return summarize({ values: [], sets });
}

/** A basic statistic of a set. */
export function basicStatistic(
  name: Extract<Statistic, { kind: "basic" }>["name"],
  set: StatisticSet,
): number {
  switch (name) {
    case "SampleCount":
      return set.sampleCount;
    case "Sum":
      return set.sum;
    case "Average":
      return set.sum / set.sampleCount;
    case "Minimum":
      return set.minimum;
    case "Maximum":
      return set.maximum;
  }
}

/**
 * Every value with its count, smallest first; undefined when a value is hidden in a statistic set or negative.
 * A set whose values are all the same is as good as raw values.
 */
function rawValues(samples: Samples): WeightedValue[] | undefined {
  const found: WeightedValue[] = [];
  for (let i = 0; i < samples.values.length; i += 1) {
    const value = samples.values[i] as number;
    const count = samples.counts ? (samples.counts[i] ?? 0) : 1;
    if (value < 0) return undefined;
    if (count > 0) found.push({ value, count });
  }
  for (const { sampleCount, sum, minimum, maximum } of samples.sets ?? []) {
    const uniform = minimum === maximum && sum === minimum * sampleCount;
    if (!uniform || minimum < 0) return undefined;
    if (sampleCount > 0) found.push({ value: minimum, count: sampleCount });
  }
  return found.sort((a, b) => a.value - b.value);
}
