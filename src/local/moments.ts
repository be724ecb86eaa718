import { parseDuration } from "../model/duration.ts";

/** A point of time written in a scenario: absolute, or so many milliseconds from its start. */
export type Moment = { readonly epoch: number } | { readonly offset: number };

/**
 * Reads `+10m` or `in 10m` (after the start), `-2h` or `2h ago` (before it), `start`, or an ISO time. Undefined for anything else.
 */
export function parseMoment(text: string): Moment | undefined {
  const trimmed = text.trim();
  if (trimmed === "start") return { offset: 0 };
  const before = /^-(.+)$|^(.+) ago$/.exec(trimmed);
  const after = /^\+(.+)$|^in (.+)$/.exec(trimmed);
  const amount = before?.[1] ?? before?.[2] ?? after?.[1] ?? after?.[2];
  if (amount !== undefined && !/^\d{4}-/.test(trimmed)) {
    const seconds = parseDuration(amount);
    return seconds === undefined ? undefined : { offset: (before ? -1 : 1) * seconds * 1000 };
  }
  if (!/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/.test(trimmed)) return undefined;
  // A time without a zone is UTC, as everything here.
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(trimmed) || !/[T ]/.test(trimmed) ? trimmed : `${trimmed}Z`;
  const epoch = Date.parse(zoned.replace(" ", "T"));
  return Number.isNaN(epoch) ? undefined : { epoch };
}

/** The moment in milliseconds since the epoch, for a scenario that starts at `start`. */
export function momentAt(moment: Moment, start: number): number {
  return "epoch" in moment ? moment.epoch : start + moment.offset;
}
