/**
 * How sure it is that a resource needs its alarms no more. `proven`: it was seen terminated, or the configuration says so of the alarm
 * itself. `assumed`: it is merely absent, left the selector, or its whole policy is unknown; a mistake in a tag, a listing or a
 * configuration's name looks the same.
 */
export type DeletionProof = "proven" | "assumed";

/** Resources that one policy watches in one account and region, and those it would watch no more. */
export interface DeletionGroup {
  readonly policy: string;
  /** Resources that have an alarm of this policy now. */
  readonly watched: number;
  readonly proven: number;
  readonly assumed: number;
}

export interface DeletionLimits {
  /** For merely absent resources: percent of the watched ones, and the number always allowed. */
  readonly percent: number;
  readonly minimum: number;
  /** Resources that somebody allowed explicitly to lose their alarms, over all policies: `--allow-deletes N`. */
  readonly allowed?: number | undefined;
}

/** The wide limit, for proven deletions: half of the resources, and always 20. Scaling in by more than half in one go is worth a question. */
const WIDE_LIMIT = { percent: 50, minimum: 20 } as const;

/** A refused set of deletions: whose, how many, and how many would have been allowed. */
export interface RefusedDeletions {
  readonly policy: string;
  readonly proof: DeletionProof;
  readonly resources: number;
  readonly limit: number;
}

/**
 * Which deletions are refused. Resources count, not alarms: an alarm that goes while others of its policy still watch the resource
 * isn't counted. A policy's deletions of one kind are allowed or refused whole. An explicit allowance covers everything when it covers
 * the total, and nothing otherwise: it says "I expect that many".
 */
export function refusedDeletions(
  groups: readonly DeletionGroup[],
  limits: DeletionLimits,
): RefusedDeletions[] {
  const total = groups.reduce((sum, group) => sum + group.proven + group.assumed, 0);
  if (limits.allowed !== undefined && total <= limits.allowed) return [];
  return groups.flatMap(({ policy, watched, proven, assumed }) => {
    const wide = limitOf(watched, WIDE_LIMIT);
    const tight = limitOf(watched, limits);
    return [
      ...(proven > wide ? [{ policy, proof: "proven" as const, resources: proven, limit: wide }] : []),
      ...(assumed > tight ? [{ policy, proof: "assumed" as const, resources: assumed, limit: tight }] : []),
    ];
  });
}

function limitOf(watched: number, limit: { readonly percent: number; readonly minimum: number }): number {
  return Math.max(limit.minimum, Math.floor((watched * limit.percent) / 100));
}
