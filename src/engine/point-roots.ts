import type { Series } from "./math-values.ts";

/**
 * How far back points depend on others: for every period of a series the oldest period its point comes from. A point is the
 * same, to the last bit, in every range that begins no later than its root; only in those that begin behind it the range's edge
 * shows. Roots never go back from one period to the next, but for those that are `NO_ROOT`.
 */
export type Roots = Int32Array;

/** Of a point that may be another in any range. */
export const NO_ROOT = -1;

/** Roots of a function's result, given its argument and that one's roots. `range`: periods of each range, as they lie side by side. */
export type RootsRule = (series: Series, roots: Roots, range: number, word?: string) => Roots;

/** Of points that depend on their own period only. */
export function ownRoots(length: number): Roots {
  const roots = new Int32Array(length);
  for (let i = 0; i < length; i += 1) roots[i] = i;
  return roots;
}

/** Of points that depend on several others: the oldest root of each period. */
export function oldestRoots(all: readonly Roots[]): Roots {
  const [first, ...others] = new Set(all);
  if (!first || others.length === 0) return first ?? new Int32Array(0);
  const result = first.slice();
  for (const roots of others)
    for (let i = 0; i < result.length; i += 1)
      if ((roots[i] as number) < (result[i] as number)) result[i] = roots[i] as number;
  return result;
}

/**
 * Of what looks from every period back to the existing point before it. Periods without a root between the two don't matter: only
 * gaps on a line have none, and one that begins and ends between two points with roots is the same wherever these are.
 */
export const rootsInPointBefore: RootsRule = (series, roots, range) => {
  const result = new Int32Array(series.length);
  for (let start = 0; start < series.length; start += range) {
    let before = roots[start] as number;
    for (let i = start; i < start + range; i += 1) {
      const root = roots[i] as number;
      result[i] = Math.min(before, root);
      if (!Number.isNaN(series[i] as number)) before = root;
    }
  }
  return result;
};

/** Of gaps that are filled from the point before (REPEAT), or from those on both sides (LINEAR): the one after may be out of reach. */
export const rootsOfFilled: RootsRule = (series, roots, range, word) => {
  const result = word === "REPEAT" ? rootsInPointBefore(series, roots, range) : roots.slice();
  for (let i = 0; i < series.length; i += 1)
    if (!Number.isNaN(series[i] as number)) result[i] = roots[i] as number;
    else if (word !== "REPEAT") result[i] = NO_ROOT;
  return result;
};
