import type { Dimension } from "@aws-sdk/client-cloudwatch";
import { parseStatistic, type Statistic } from "../../../engine/statistic-name.ts";
import { basicStatistic, type StatisticSet, statistic } from "../../../engine/statistics.ts";
import { RETENTION, roundStartTime } from "../../../engine/storage.ts";
import type { MetricReader } from "../../metrics/metric-reader.ts";
import type { MetricId } from "../../metrics/metric-store.ts";
import type { StoredMetrics } from "../../metrics/stored-metrics.ts";

/** What to read: times in epoch seconds, [start, end), `period` in seconds. */
export interface PeriodRange {
  readonly start: number;
  readonly end: number;
  readonly period: number;
  readonly now: number;
}

/** A statistic by period: starts of periods with data (epoch seconds), oldest first, and values. */
export interface PeriodValues {
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export function metricIdOf(
  namespace: string,
  metricName: string,
  dimensions: readonly Dimension[] | undefined,
): MetricId {
  return {
    namespace,
    metricName,
    dimensions: Object.fromEntries((dimensions ?? []).map(({ Name = "", Value = "" }) => [Name, Value])),
  };
}

/**
 * What holds a metric's samples: its own series; for AWS/EC2 without dimensions those of all instances, which
 * CloudWatch aggregates. Custom metrics are never aggregated over dimensions.
 */
export function readersOf(metrics: StoredMetrics, id: MetricId): readonly MetricReader[] {
  const own = metrics.find(id);
  if (own.length > 0 || id.namespace !== "AWS/EC2" || Object.keys(id.dimensions).length > 0) return own;
  return [...metrics.list(id)]
    .filter((metric) => "InstanceId" in metric.id.dimensions)
    .map(({ reader }) => reader);
}

/** Units that were ever published to these series, in alphabetical order. */
export function unitsOf(readers: readonly MetricReader[]): readonly string[] {
  return [...new Set(readers.flatMap((reader) => reader.units()))].sort();
}

/**
 * Several statistics of a metric by period, each period once. Periods begin at the start time, rounded as CloudWatch rounds it
 * (to the period below a minute, else to the minute, 5 minutes or hour by age), and data are there as finely as CloudWatch still keeps them.
 */
export function readPeriods(
  readers: readonly MetricReader[],
  unit: string | undefined,
  range: PeriodRange,
  stats: readonly string[],
): readonly PeriodValues[] {
  const parsed = stats.map((name) => parseStatistic(name) as Statistic);
  const grid = gridOf(range);
  if (grid.count <= 0) return stats.map(() => ({ times: [], values: [] }));
  const raw = parsed.some(({ kind }) => kind !== "basic");
  const buckets = fill(readers, unit, grid, range, raw);
  return parsed.map((wanted) => {
    const times: number[] = [];
    const values: number[] = [];
    for (let i = 0; i < grid.count; i += 1) {
      const set = buckets.set(i);
      if (!set) continue;
      const value =
        wanted.kind === "basic"
          ? basicStatistic(wanted.name, set)
          : statistic(wanted, { values: [], sets: buckets.sets(i) });
      if (value === undefined) continue;
      times.push(grid.start + i * range.period);
      values.push(value);
    }
    return { times, values };
  });
}

interface Grid {
  /** Start of the first period, epoch seconds. */
  readonly start: number;
  readonly count: number;
}

/** Start and number of periods that can hold data. */
function gridOf({ start, end, period, now }: PeriodRange): Grid {
  const aligned = roundedStart(start, period, now);
  const kept = Math.max(
    0,
    ...RETENTION.filter((stored) => period >= stored.period && period % stored.period === 0).map(
      ({ keptFor }) => keptFor,
    ),
  );
  const skipped = Math.max(0, Math.ceil((now - kept - aligned) / period));
  const first = aligned + skipped * period;
  return { start: first, count: Math.ceil((end - first) / period) };
}

/** The start time as CloudWatch rounds it, epoch seconds. */
export function roundedStart(start: number, period: number, now: number): number {
  return period < 60 ? Math.floor(start / period) * period : roundStartTime(start, now);
}

interface Buckets {
  set(index: number): StatisticSet | undefined;
  /** Every put of the period by itself; for statistics that need raw values. */
  sets(index: number): readonly StatisticSet[];
}

function fill(
  readers: readonly MetricReader[],
  unit: string | undefined,
  grid: Grid,
  range: PeriodRange,
  raw: boolean,
): Buckets {
  const { start, count: size } = grid;
  const { period, end, now } = range;
  const counts = new Float64Array(size);
  const sums = new Float64Array(size);
  const minima = new Float64Array(size).fill(Number.POSITIVE_INFINITY);
  const maxima = new Float64Array(size).fill(Number.NEGATIVE_INFINITY);
  const parts = new Map<number, StatisticSet[]>();
  for (const reader of readers)
    reader.visit({ from: start, to: end, now }, unit, (time, count, sum, min, max) => {
      const i = Math.floor((time - start) / period);
      counts[i] = (counts[i] as number) + count;
      sums[i] = (sums[i] as number) + sum;
      if (min < (minima[i] as number)) minima[i] = min;
      if (max > (maxima[i] as number)) maxima[i] = max;
      if (!raw) return;
      const part = { sampleCount: count, sum, minimum: min, maximum: max };
      const list = parts.get(i);
      if (list) list.push(part);
      else parts.set(i, [part]);
    });
  return {
    set: (i) =>
      (counts[i] as number) > 0
        ? {
            sampleCount: counts[i] as number,
            sum: sums[i] as number,
            minimum: minima[i] as number,
            maximum: maxima[i] as number,
          }
        : undefined,
    sets: (i) => parts.get(i) ?? [],
  };
}
