// Sets of time as flat lists: start, end, start, end ...; a last interval without an end goes on.

/** Times in milliseconds. */
export type Intervals = number[];

/** Whether a time lies in one of the intervals. */
export function covers(intervals: readonly number[], time: number): boolean {
  for (let i = intervals.length - 1; i >= 0; i -= 1) {
    if (time >= (intervals[i] as number)) return i % 2 === 0;
  }
  return false;
}

/** Ends the open interval, if there is one. */
export function close(intervals: Intervals, time: number): void {
  if (intervals.length % 2 === 0) return;
  if (time > (intervals[intervals.length - 1] as number)) intervals.push(time);
  else intervals.pop();
}

/** Begins a new interval, unless one is open. */
export function open(intervals: Intervals, time: number): void {
  if (intervals.length % 2 === 0) intervals.push(time);
}

/** When the last interval ended; undefined while one is open. */
export function endOf(intervals: readonly number[]): number | undefined {
  if (intervals.length === 0) return 0;
  return intervals.length % 2 === 0 ? intervals[intervals.length - 1] : undefined;
}

/** When both hold. */
export function intersect(a: readonly number[], b: readonly number[]): number[] {
  const result: number[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const aEnd = a[i + 1] ?? Number.POSITIVE_INFINITY;
    const bEnd = b[j + 1] ?? Number.POSITIVE_INFINITY;
    push(result, Math.max(a[i] as number, b[j] as number), Math.min(aEnd, bEnd));
    if (aEnd <= bEnd) i += 2;
    else j += 2;
  }
  return result;
}

/** When the first holds and the second doesn't. */
export function without(a: readonly number[], b: readonly number[]): readonly number[] {
  if (b.length === 0) return a;
  const outside = [Number.NEGATIVE_INFINITY, ...b];
  return intersect(a, outside);
}

/** Intervals that begin so much later, those that would be over by then left out. */
export function delayed(intervals: readonly number[], delay: number): number[] {
  const result: number[] = [];
  for (let i = 0; i < intervals.length; i += 2)
    push(result, (intervals[i] as number) + delay, intervals[i + 1] ?? Number.POSITIVE_INFINITY);
  return result;
}

/** Start of the last interval that has begun by a time, and its end (infinite while it goes on). */
export function lastBegun(
  intervals: readonly number[],
  now: number,
): { readonly start: number; readonly end: number } | undefined {
  for (let i = intervals.length - (intervals.length % 2 === 0 ? 2 : 1); i >= 0; i -= 2) {
    const start = intervals[i] as number;
    if (start <= now) return { start, end: intervals[i + 1] ?? Number.POSITIVE_INFINITY };
  }
  return undefined;
}

/** Adds an interval to the end of a list; nothing when it is empty, and one piece when it begins where the last one ended. */
export function push(intervals: number[], start: number, end: number): void {
  if (start >= end) return;
  if (intervals.length > 0 && intervals.length % 2 === 0 && intervals.at(-1) === start) intervals.pop();
  else intervals.push(start);
  if (end !== Number.POSITIVE_INFINITY) intervals.push(end);
}
