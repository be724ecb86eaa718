import { parseStatistic } from "../../../../engine/statistic-name.ts";
import { basicStatistic, type StatisticSet, statistic } from "../../../../engine/statistics.ts";
import { RETENTION } from "../../../../engine/storage.ts";
import type { Window } from "../../../../engine/windows.ts";
import type { MetricReader } from "../../../metrics/metric-reader.ts";

/** Values of windows in their order, NaN where there are none. */
export interface StoredPoints {
  readonly values: Float64Array;
  readonly sampleCounts: Float64Array;
}

/**
 * One statistic of a metric in adjoining windows, oldest first, from what is stored at `now` (epoch seconds). What CloudWatch doesn't
 * keep any longer at the windows' length is not there.
 * @throws RangeError for a statistic that isn't one.
 */
export function readWindows(
  readers: readonly MetricReader[],
  unit: string | undefined,
  windows: readonly Window[],
  now: number,
  name: string,
): StoredPoints {
  const wanted = parseStatistic(name);
  if (!wanted) throw new RangeError(`"${name}" is no CloudWatch statistic`);
  const raw = wanted.kind !== "basic";
  const length = windows.length;
  const [first, last] = [windows[0], windows[length - 1]];
  const found: (MutableSet | undefined)[] = new Array(length).fill(undefined);
  if (first && last) {
    const from = Math.max(first.start, now - keptFor(first.end - first.start));
    for (const reader of readers) {
      let i = 0;
      reader.visit({ from: first.start, to: last.end, now }, unit, (time, count, sum, min, max) => {
        // Each series of a reader is in order of time; the next one begins anew.
        if (time < (windows[i] as Window).start) i = 0;
        while (time >= (windows[i] as Window).end) i += 1;
        if ((windows[i] as Window).start < from) return;
        const set = found[i];
        if (!set) found[i] = newSet(count, sum, min, max, raw);
        else add(set, count, sum, min, max);
      });
    }
  }
  const values = new Float64Array(length).fill(Number.NaN);
  const sampleCounts = new Float64Array(length).fill(Number.NaN);
  found.forEach((set, i) => {
    if (!set || !(set.sampleCount > 0)) return;
    const value =
      wanted.kind === "basic"
        ? basicStatistic(wanted.name, set)
        : statistic(wanted, { values: [], sets: set.parts ?? [] });
    if (value === undefined) return;
    values[i] = value;
    sampleCounts[i] = set.sampleCount;
  });
  return { values, sampleCounts };
}

/** How long points of a period are kept, seconds; a period of which none are kept lasts no time. */
export function keptFor(period: number): number {
  return Math.max(
    0,
    ...RETENTION.filter((stored) => period >= stored.period && period % stored.period === 0).map(
      (stored) => stored.keptFor,
    ),
  );
}

type MutableSet = { -readonly [K in keyof StatisticSet]: StatisticSet[K] } & {
  /** Every put by itself, for statistics that need raw values. */
  readonly parts: StatisticSet[] | undefined;
};

function newSet(
  sampleCount: number,
  sum: number,
  minimum: number,
  maximum: number,
  raw: boolean,
): MutableSet {
  const parts = raw ? [{ sampleCount, sum, minimum, maximum }] : undefined;
  return { sampleCount, sum, minimum, maximum, parts };
}

function add(set: MutableSet, sampleCount: number, sum: number, minimum: number, maximum: number): void {
  set.sampleCount += sampleCount;
  set.sum += sum;
  if (minimum < set.minimum) set.minimum = minimum;
  if (maximum > set.maximum) set.maximum = maximum;
  set.parts?.push({ sampleCount, sum, minimum, maximum });
}
