import type { RemediationRun } from "../../model/remediation-run.ts";
import type { RepairDeps } from "../../remediation/advance.ts";
import { acquireLease, releaseLeases } from "../../state/leases.ts";
import { runKey, type Store } from "../../state/store.ts";

/** How long somebody counts as watching after a look, ms: no look comes later than a minute after the one before. */
const WATCHED = 3 * 60_000;
/** How long it is remembered what was told of a run, ms. */
export const REMEMBERED = 90 * 86_400_000;

type KnownRun = Pick<RemediationRun, "account" | "region" | "instance" | "id" | "createdAt">;

/** Name of the mark that says how many of a run's notes were told. What was refused may begin later under the same id, with notes of its own. */
export function toldMark(run: KnownRun): string {
  return `told/${runKey(run)}/${run.createdAt}`;
}

/** Whether somebody watches a run just now, so that nobody else is to be told of it. */
export async function isWatched(
  run: KnownRun,
  store: Store,
  now: number,
  isGone?: (owner: string) => boolean,
): Promise<boolean> {
  const held = await store.get("leases", watchName(run));
  if (!held || isGone?.(held.value.owner)) return false;
  const left = held.value.until - now;
  // More than any look gives comes from a clock that jumped back.
  return left > 0 && left <= WATCHED;
}

/** Says that somebody watches a run; to be repeated at each look. */
export async function watching(run: KnownRun, { store, owner, isGone, context }: RepairDeps): Promise<void> {
  const now = context.clock.now().getTime();
  // Whoever else watches it does as well.
  await acquireLease(store, {
    name: watchName(run),
    owner,
    now,
    lasts: WATCHED,
    ...(isGone ? { isGone } : {}),
  });
}

/** Says that somebody watches it no more: its end was seen, and need not be told, or it was left. */
export async function watchedSoFar(
  run: RemediationRun,
  { store, owner, context }: RepairDeps,
): Promise<void> {
  if (run.endedAt !== undefined)
    await store.commit([
      {
        kind: "put",
        collection: "marks",
        key: toldMark(run),
        value: { at: run.notes.length },
        expires: context.clock.now().getTime() + REMEMBERED,
      },
    ]);
  await releaseLeases(store, owner, [watchName(run)]);
}

function watchName(run: KnownRun): string {
  return `watch/${runKey(run)}`;
}
