import type { RunReason, RunVerdict, StepOutcome, StepRecord } from "../model/remediation-run.ts";

/** A run's end, and why. */
export interface Verdict {
  readonly verdict: RunVerdict;
  readonly reason: RunReason;
}

/** Whether a try did something to the instance, or may have. */
export function hadEffect({ memo, outcome }: StepRecord): boolean {
  return memo["did"] === true || outcome?.status === "unknown";
}

/**
 * How a run ended, by its tries and what the checks said at the end. Checks that pass tell that all is well, whatever was done or can't
 * be seen; whether it was our doing depends on whether anything was done.
 */
export function verdictOf(steps: readonly StepRecord[], checks: StepOutcome): Verdict {
  const ladder = steps.filter(({ rung }) => rung >= 0);
  const did = ladder.some(hadEffect);
  if (checks.status === "ok") return { verdict: did ? "fixed" : "recovered", reason: checks.reason };
  const unseen = ladder.find(({ outcome }) => outcome?.status === "unknown");
  if (unseen?.outcome) return { verdict: "unknown", reason: unseen.outcome.reason };
  if (checks.status === "unknown") return { verdict: "unknown", reason: checks.reason };
  const hindered = ladder.findLast(({ outcome }) => outcome?.status === "failed");
  const reason = reasonWith(checks.reason, hindered);
  if (ladder.some(({ memo }) => memo["rebooted"] === true)) return { verdict: "rebooted-not-fixed", reason };
  const last = ladder.findLast((record) => hadEffect(record) || record.kind === "reboot");
  if (last?.memo["neverRebooted"] === true && last.outcome)
    return { verdict: "never-rebooted", reason: last.outcome.reason };
  // Where nothing could be done, what stood in the way says more than that the checks still fail.
  return { verdict: "not-fixed", reason: did ? reason : (hindered?.outcome?.reason ?? reason) };
}

/** Why the checks fail, and which step went wrong before. */
function reasonWith({ code, text }: RunReason, failed: StepRecord | undefined): RunReason {
  const why = failed?.outcome?.reason.text;
  return why === undefined || why === text
    ? { code, text }
    : { code, text: `${text} (${failed?.kind}: ${why})` };
}
