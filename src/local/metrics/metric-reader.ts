import type { GeneratedSeries } from "./metric-store.ts";

/** Unit of what was published without one. */
export const NO_UNIT = "None";

/** Times in epoch seconds, [from, to). Nothing is generated at or after `now`. */
export interface ReadRange {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

/** Sees one put or sample; answering true ends the visit of its source. */
export type PointVisitor = (time: number, count: number, sum: number, min: number, max: number) => unknown;

/** Something that holds samples of one metric. */
export interface MetricReader {
  /** Every unit in it. */
  units(): readonly string[];
  /** How many sources of one unit or of all a visit goes through. */
  sources(unit: string | undefined): number;
  /** Visits points of one unit or of all, each source in order of time, one source after the other. */
  visit(range: ReadRange, unit: string | undefined, visitor: PointVisitor): void;
}

/** Visits a generated series. */
export function visitGenerated(
  series: GeneratedSeries,
  range: ReadRange,
  unit: string | undefined,
  visitor: PointVisitor,
): void {
  if (unit !== undefined && unit !== (series.unit ?? NO_UNIT)) return;
  const from = Math.max(range.from, series.start);
  const to = Math.min(range.to, range.now);
  const end = series.end();
  if (from >= to || (end !== undefined && end < from)) return;
  for (const { time, value } of series.samples(from, to))
    if (visitor(time, 1, value, value, value) === true) return;
}

/** A generated series as a reader. */
export function generatedReader(series: GeneratedSeries): MetricReader {
  return {
    units: () => [series.unit ?? NO_UNIT],
    sources: () => 1,
    visit: (range, unit, visitor) => visitGenerated(series, range, unit, visitor),
  };
}

/** Whether a metric has data since `from`, up to `now`; epoch seconds. */
export function hasData(reader: MetricReader, from: number, now: number): boolean {
  let found = false;
  reader.visit({ from, to: Number.POSITIVE_INFINITY, now }, undefined, () => {
    found = true;
    return true;
  });
  return found;
}
