import type { RunReason } from "../../model/remediation-run.ts";
import { knowledgeOf } from "../../notify/knowledge.ts";
import { runsOf } from "../../remediation/begin-run.ts";
import { type Decision, decide } from "../../remediation/decide.ts";
import type { Context } from "../../support/context.ts";
import { readEvents } from "../notify/read-event.ts";
import type { OpenRepairs } from "./open-repairs.ts";
import { askedRepair } from "./take-alarms.ts";

/** What would be done about one event. */
export interface ExplainedRepair {
  /** Name of the alarm, or headline of what isn't one. */
  readonly event: string;
  /** Why nothing asks for a repair, or why it is unclear whom it is for. */
  readonly reason?: RunReason;
  readonly decision?: Decision;
}

/** Says for each event of a file what would be done, and why. Does nothing, and stores nothing. */
export async function explainRepairs(
  open: OpenRepairs,
  file: string,
  cwd: string,
  context: Context,
): Promise<readonly ExplainedRepair[]> {
  const { configuration, policy, deps } = open;
  const now = context.clock.now().getTime();
  const knowledge = knowledgeOf(configuration);
  const explained: ExplainedRepair[] = [];
  for (const event of readEvents(file, cwd, now)) {
    const name = event.kind === "alarm" ? event.alarmName : event.title;
    const asked = askedRepair(event, policy, knowledge, now);
    if (asked.asks !== "repair") {
      explained.push({ event: name, reason: asked.reason });
      continue;
    }
    const { account, region, instance, trigger, runbooks: names } = asked.request;
    const [first, ...others] = policy.runbooks.filter((runbook) => names.includes(runbook.name));
    if (!first) continue;
    const session = await deps.session(account, region);
    const decision = await decide(
      session,
      {
        instance,
        runbooks: [first, ...others],
        alarm: { name: trigger.alarmName, account, changedAt: trigger.changedAt },
        earlier: await runsOf(deps.store, account, region),
      },
      context,
    );
    explained.push({ event: name, decision });
  }
  return explained;
}
