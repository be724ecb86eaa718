import type { RunReason } from "../model/remediation-run.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import { OUR_FAILURES } from "./our-failures.ts";
import type { Acting, Memo } from "./step-kind.ts";

/**
 * Asks AWS for an effect, and sorts out what a failure means. A call that was throttled or refused had no effect; one without an
 * answer, or that failed on AWS's side, may have had it. What isn't AWS's failure is thrown on.
 */
export async function ask(call: () => Promise<Memo>): Promise<Acting> {
  try {
    return { kind: "done", memo: await call() };
  } catch (error) {
    if (!isWatchkeeperError(error)) throw error;
    if (OUR_FAILURES.has(error.code)) return { kind: "untried", error };
    const reason: RunReason = { code: error.code, text: error.message };
    return error.retryable && error.code !== "Throttling"
      ? { kind: "lost", reason }
      : { kind: "refused", reason };
  }
}
