import type { RemediationRun } from "../../model/remediation-run.ts";
import { cancelRun } from "../../remediation/begin-run.ts";
import { runKey, type Store } from "../../state/store.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { findRun } from "./list-runs.ts";

/** Asks for a run to be stopped before its next effect; whoever takes it further does so. Fails with `unknown-run` or `run-ended`. */
export async function cancelByHand(
  store: Store,
  id: string,
  by: string,
  now: number,
): Promise<RemediationRun> {
  const run = await findRun(store, id);
  if (await cancelRun(store, runKey(run), by, now)) return run;
  throw new WatchkeeperError("run-ended", `run ${run.id} has ended: ${run.verdict ?? "just now"}`, {
    remedy: `\`watchkeeper remediate show ${run.id}\` tells how`,
  });
}
