import type { EventCursor, KnownChange } from "../model/alert.ts";

/** Changes of one alarm that are remembered. What is older than all of them, when there are as many, can't be told from a repetition. */
export const MOST_CHANGES = 32;

/** From the change that fired to the one that recovered. Times in ms. */
export interface FiringPeriod {
  readonly startsAt: number;
  /** Absent while it fires. */
  readonly endsAt?: number;
  /** Whether people are told of it already. */
  readonly told: boolean;
}

/** The changes that a cursor knows. */
export function changesOf(cursor: EventCursor | undefined): readonly KnownChange[] {
  if (!cursor) return [];
  const { at, firing } = cursor;
  return cursor.changes ?? [{ at, means: firing ? "fires" : "recovers", told: true }];
}

/** Whether a change of this time is older than what is remembered. */
export function isForgotten(at: number, cursor: EventCursor | undefined): boolean {
  if (!cursor) return false;
  const [oldest] = changesOf(cursor);
  const full = cursor.changes === undefined || cursor.changes.length >= MOST_CHANGES;
  return full && oldest !== undefined && at < oldest.at;
}

/** The changes with one more in its place in time; the oldest is dropped when there are too many. */
export function withChange(changes: readonly KnownChange[], change: KnownChange): readonly KnownChange[] {
  const place = changes.findLastIndex(({ at }) => at < change.at) + 1;
  const all = changes.toSpliced(place, 0, change);
  if (all.length <= MOST_CHANGES) return all;
  // The beginning of a firing is known for as long as it lasts: then it is the second that goes.
  const [first, second] = all;
  return all.toSpliced(first?.means === "fires" && second?.means !== "recovers" ? 1 : 0, 1);
}

/** The same changes, with those at these times told. */
export function toldAt(changes: readonly KnownChange[], times: ReadonlySet<number>): readonly KnownChange[] {
  return changes.map((change) => (times.has(change.at) ? { ...change, told: true } : change));
}

/** The firings that changes make, oldest first; only the last can still go on. */
export function periodsOf(changes: readonly KnownChange[]): readonly FiringPeriod[] {
  const periods: FiringPeriod[] = [];
  let running: FiringPeriod | undefined;
  for (const { at, means, told = false } of changes) {
    if (means === "fires")
      running = running ? { ...running, told: running.told || told } : { startsAt: at, told };
    else if (means === "recovers" && running) {
      periods.push({ ...running, endsAt: at });
      running = undefined;
    }
  }
  return running ? [...periods, running] : periods;
}
