import type { Change } from "../plan/plan.ts";
import type { Outcome } from "../plan/planner.ts";
import { isWatchkeeperError, messageOf } from "../support/errors.ts";

/**
 * Applies changes one after the other. What `applyOne` answers is why the change was refused; what it throws is a failure of that change
 * alone. Once the signal is aborted, the rest is `pending`.
 */
export async function applyEach(
  changes: readonly Change[],
  signal: AbortSignal,
  report: (outcome: Outcome) => void,
  applyOne: (change: Change) => Promise<Outcome["error"]>,
): Promise<void> {
  for (const change of changes) {
    const { address, name } = change;
    if (signal.aborted) {
      report({ address, name, status: "pending" });
      continue;
    }
    try {
      const refused = await applyOne(change);
      report(
        refused === undefined
          ? { address, name, status: "applied" }
          : { address, name, status: "refused", error: refused },
      );
    } catch (error) {
      const known = isWatchkeeperError(error) ? error : undefined;
      // Its turn had not come when the run was stopped.
      if (known?.code === "Aborted") {
        report({ address, name, status: "pending" });
        continue;
      }
      const remedy = known?.remedy === undefined ? {} : { remedy: known.remedy };
      const told = { code: known?.code ?? "unexpected", message: messageOf(error), ...remedy };
      report({ address, name, status: "failed", error: told });
    }
  }
}
