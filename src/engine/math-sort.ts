import { type Reduction, reduceSeries } from "./math-series.ts";
import { type MathFrame, rangeLength, type Series } from "./math-values.ts";

/** SORT: the series of an array in the order of a number out of each. Every range of the frame has an order of its own. */
export function sortSeries(
  array: readonly Series[],
  by: Reduction,
  direction: "ASC" | "DESC",
  frame: MathFrame,
): Series[] {
  const range = rangeLength(frame);
  const sign = direction === "DESC" ? -1 : 1;
  const sorted = array.map((series) => new Float64Array(series.length));
  for (let start = 0; start < frame.length; start += range) {
    const keyed = array.map((series) => ({ series, key: reduceSeries(by, series, start, range) }));
    // Series without points come last in either direction.
    keyed.sort((a, b) =>
      Number.isNaN(a.key) || Number.isNaN(b.key)
        ? Number(Number.isNaN(a.key)) - Number(Number.isNaN(b.key))
        : sign * (a.key - b.key),
    );
    keyed.forEach(({ series }, place) => {
      const into = sorted[place] as Series;
      for (let i = start; i < start + range; i += 1) into[i] = series[i] as number;
    });
  }
  return sorted;
}
