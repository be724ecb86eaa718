import type { RemediationRun, RepairRequest } from "../../model/remediation-run.ts";
import { everyRecord } from "../../state/every-record.ts";
import type { Store } from "../../state/store.ts";
import { WatchkeeperError } from "../../support/errors.ts";

/** Characters at the end of a run's id that name it well enough to be typed. */
const SHORT = 6;

/** Runs, the newest first, and alarms that wait for a decision. */
export interface ListedRuns {
  readonly runs: readonly RemediationRun[];
  readonly waiting: readonly RepairRequest[];
}

/** Everything that was repaired, is under repair, was refused lately or waits. */
export async function listRuns(store: Store): Promise<ListedRuns> {
  const runs: RemediationRun[] = [];
  for await (const { value } of everyRecord(store, "runs")) runs.push(value);
  const waiting: RepairRequest[] = [];
  for await (const { value } of everyRecord(store, "requests")) waiting.push(value);
  runs.sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
  return { runs, waiting: waiting.sort((a, b) => b.receivedAt - a.receivedAt) };
}

/** The run of an id, or of its last six characters or more. Fails with `unknown-run`, or `ambiguous-run` where several fit. */
export async function findRun(store: Store, id: string): Promise<RemediationRun> {
  const { runs } = await listRuns(store);
  const found = runs.filter((run) => run.id === id || (id.length >= SHORT && run.id.endsWith(id)));
  const [first, second] = found;
  if (first && !second) return first;
  throw first
    ? new WatchkeeperError("ambiguous-run", `${found.length} runs have ids that end in ${id}`, {
        remedy: `give more of it: ${found.map((run) => run.id).join(", ")}`,
      })
    : new WatchkeeperError("unknown-run", `there is no run ${JSON.stringify(id)}`, {
        remedy: "`watchkeeper remediate list` shows them",
      });
}
