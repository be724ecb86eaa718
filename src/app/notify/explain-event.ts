import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { Alert, AlertGroup } from "../../model/alert.ts";
import { alertFromEvent, fingerprintOf } from "../../notify/alert-from-event.ts";
import type { Explanation } from "../../notify/decision.ts";
import { explainAlert } from "../../notify/explain.ts";
import { createInhibitor } from "../../notify/inhibition.ts";
import { knowledgeOf } from "../../notify/knowledge.ts";
import { type Admitted, admitEvent, type Dismissed } from "../../notify/receive.ts";
import { everyRecord } from "../../state/every-record.ts";
import type { Context } from "../../support/context.ts";
import { AwsAccess } from "./aws-access.ts";
import { type NotifyPlace, notificationPolicy } from "./open-notifier.ts";
import { readEvents } from "./read-event.ts";
import { ResourceNames } from "./resource-names.ts";
import { allSilences } from "./silences.ts";
import { openStateFor } from "./state-file.ts";

/** The way of one event, told. */
export interface ExplainedEvent {
  readonly event: AlarmEvent;
  /** Why it changes nothing; then there is nothing more to say, unless it is only known already. */
  readonly dismissed?: Pick<Dismissed, "outcome" | "reason">;
  readonly alert?: Alert;
  readonly explanation?: Explanation;
  /** The groups it would join that are there already. */
  readonly groups: readonly AlertGroup[];
}

/** Tells the way a file's events would go now, by the configuration and its state as far as there is one. Sends and stores nothing. */
export async function explainEvents(
  place: NotifyPlace,
  file: string,
  context: Context,
): Promise<readonly ExplainedEvent[]> {
  const { configuration, cwd, reach, state } = place;
  const policy = notificationPolicy(configuration);
  const now = context.clock.now().getTime();
  const events = readEvents(file, cwd, now);
  const { store } = await openStateFor("look", { configuration, state, cwd, env: reach.env });
  try {
    const names = await namesNow(configuration, reach, context);
    const knowledge = knowledgeOf(configuration, names.lookup, names.accountName);
    const firing: Alert[] = [];
    for await (const { value } of everyRecord(store, "groups")) firing.push(...value.alerts);
    const tickContext = {
      now,
      policy,
      silences: await allSilences(store),
      inhibitor: createInhibitor(policy.inhibitRules, firing),
    };
    const explained: ExplainedEvent[] = [];
    for (const event of events) {
      const cursor = (await store.get("cursors", fingerprintOf(event)))?.value;
      const admitted: Admitted | Dismissed = admitEvent({ event, policy, knowledge, cursor });
      const verdict = alertFromEvent(event, cursor?.firing ?? false, knowledge);
      const asItSays = "alert" in verdict ? verdict.alert : undefined;
      const alert = admitted.outcome === "admitted" ? admitted.alert : asItSays;
      const explanation = alert && explainAlert(alert, tickContext);
      const keys = explanation?.targets.map(({ groupKey }) => groupKey) ?? [];
      explained.push({
        event,
        ...(admitted.outcome === "admitted"
          ? {}
          : { dismissed: { outcome: admitted.outcome, reason: admitted.reason } }),
        ...(alert && explanation ? { alert, explanation } : {}),
        groups: (await store.getMany("groups", keys)).map(({ value }) => value),
      });
    }
    return explained;
  } finally {
    await store.close();
  }
}

async function namesNow(
  configuration: NotifyPlace["configuration"],
  reach: NotifyPlace["reach"],
  context: Context,
): Promise<ResourceNames> {
  const aws = new AwsAccess(configuration, reach, context);
  const names = new ResourceNames();
  try {
    await names.begin(aws, context);
  } finally {
    await aws.close();
  }
  return names;
}
