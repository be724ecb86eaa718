import type { RemediationRun, StepRecord } from "../model/remediation-run.ts";
import type { StepKindName } from "../model/runbook.ts";
import { hadEffect } from "./verdict.ts";

/** Steps that change an instance, the strongest last, and how one that was done is told: `rebooted 12 min ago`. */
const EFFECTS: ReadonlyMap<string, string> = new Map<StepKindName | "markUnhealthy", string>([
  ["restartService", "a service restarted"],
  ["runCommand", "a command run"],
  ["startInstance", "started"],
  ["markUnhealthy", "marked unhealthy"],
  ["reboot", "rebooted"],
  ["stopStart", "stopped and started"],
]);

/** Whether a run is still under way. */
export function isUnderWay(run: RemediationRun): boolean {
  return run.endedAt === undefined && !run.dryRun;
}

/** The strongest thing a run did, or may have done, to its instance: `rebooted`. Undefined: nothing. */
export function whatWasDone(run: RemediationRun): string | undefined {
  if (run.dryRun) return undefined;
  const done = new Set(
    run.steps
      .filter((record) => (record.phase === "ended" ? counts(record) : record.phase !== "begun"))
      .map(({ kind }) => kind),
  );
  return [...EFFECTS].filter(([kind]) => done.has(kind)).at(-1)?.[1];
}

/** What was refused or never reached the instance doesn't count; a reboot that never came does, since it was asked for. */
function counts(record: StepRecord): boolean {
  return hadEffect(record) || record.memo["neverRebooted"] === true;
}

/** Runs that did something, or are about to. */
export function repairsOf(runs: readonly RemediationRun[]): readonly RemediationRun[] {
  return runs.filter((run) => isUnderWay(run) || whatWasDone(run) !== undefined);
}

/** Runs that began within this time, ms; those ahead of our clock are among them: it jumped back. */
export function begunWithin(
  runs: readonly RemediationRun[],
  ms: number,
  now: number,
): readonly RemediationRun[] {
  return runs.filter(({ createdAt }) => createdAt > now - ms);
}
