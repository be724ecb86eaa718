import type { RemediationRun } from "../model/remediation-run.ts";
import type { Store, Stored } from "../state/store.ts";

/** Runs under way at a time that are looked at; far more than caps let begin. */
const MOST = 1000;
/** No run waits longer than this: one that seems to was stored before our clock jumped back; ms. */
const LONGEST_WAIT = 60_000;

/** Runs under way, the longest overdue first. */
export function openRuns(store: Store): Promise<readonly Stored<"runs">[]> {
  return store.due("runs", Number.MAX_SAFE_INTEGER, MOST);
}

/** Whether a run under way is due. */
export function isDue({ wakeAt = 0 }: RemediationRun, now: number): boolean {
  return wakeAt <= now || wakeAt > now + LONGEST_WAIT;
}

/** Keys of runs that are due, the longest overdue first. */
export async function dueRuns(store: Store, now: number): Promise<readonly string[]> {
  return (await openRuns(store)).filter(({ value }) => isDue(value, now)).map(({ key }) => key);
}

/** When the next run is due, ms; undefined when none is under way. */
export async function nextWake(store: Store, now: number): Promise<number | undefined> {
  const [first] = await store.due("runs", Number.MAX_SAFE_INTEGER, 1);
  return first && Math.min(first.value.wakeAt ?? now, now + LONGEST_WAIT);
}
