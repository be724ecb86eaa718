import { combine, combineCounts } from "./combine.ts";
import type { MetricColumns } from "./point-store.ts";
import type { TimelineGrid } from "./timeline-grid.ts";

/** Some slots in a row, counted from the beginning of the points. */
export interface Slots {
  readonly first: number;
  readonly count: number;
}

/** Writes a metric's values in the windows that end with the given slots to `into`, from `at` on. */
export function writeSlotValues(
  { values, counts, how }: MetricColumns,
  { pointsPerSlot, pointsPerWindow }: TimelineGrid,
  { first, count }: Slots,
  into: Float64Array,
  at: number,
): void {
  for (let i = 0; i < count; i += 1) {
    const to = (first + i + 1) * pointsPerSlot - values.base;
    into[at + i] =
      pointsPerWindow === 1 || how === undefined
        ? (values.data[to - 1] as number)
        : combine(how, values.data, counts.data, Math.max(0, to - pointsPerWindow), to);
  }
}

/** Writes the numbers of samples behind those values. */
export function writeSlotCounts(
  { counts }: MetricColumns,
  { pointsPerSlot, pointsPerWindow }: TimelineGrid,
  { first, count }: Slots,
  into: Float64Array,
  at: number,
): void {
  for (let i = 0; i < count; i += 1) {
    const to = (first + i + 1) * pointsPerSlot - counts.base;
    into[at + i] =
      pointsPerWindow === 1
        ? (counts.data[to - 1] as number)
        : combineCounts(counts.data, Math.max(0, to - pointsPerWindow), to);
  }
}

/** A metric's values by slot. Before the first point there is none. */
export function slotValues(
  columns: MetricColumns,
  grid: TimelineGrid,
  { first, count }: Slots,
): Float64Array {
  const before = Math.min(count, Math.max(0, -first));
  if (before === 0 && grid.pointsPerWindow === 1) {
    const from = first - columns.values.base;
    return columns.values.data.subarray(from, from + count);
  }
  const result = new Float64Array(count).fill(Number.NaN, 0, before);
  writeSlotValues(columns, grid, { first: first + before, count: count - before }, result, before);
  return result;
}
