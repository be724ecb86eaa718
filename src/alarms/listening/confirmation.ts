import type { AwsSession } from "../../aws/session.ts";
import type { Change } from "../../plan/plan.ts";
import type { Outcome } from "../../plan/planner.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError } from "../../support/errors.ts";
import { leadsTo, type SubscriptionState, subscriptionsOf } from "./subscription.ts";
import { SUBSCRIPTION_PENDING } from "./subscription-draft.ts";

/** When it is looked whether an address has confirmed, ms after the look before: a listener that is up does so at once. */
const LOOKS = [300, 700, 2000];

const WAITS =
  "the listener there hasn't confirmed it, so nothing arrives: start it (`watchkeeper notify listen --http`) and apply again";

/** Whether somebody at an address has to confirm what this change asks SNS for. */
export function isAsked({ action, after }: Change): boolean {
  return action !== "delete" && (after as SubscriptionState).protocol !== "sqs";
}

/** Looks a few times whether addresses have confirmed what SNS asked them, and tells of each: `applied`, or `waiting`. */
export async function tellConfirmed(
  asked: readonly Change[],
  {
    session,
    context: { clock, signal },
  }: { readonly session: AwsSession; readonly context: Pick<Context, "clock" | "signal"> },
  report: (outcome: Outcome) => void,
): Promise<void> {
  let open = asked;
  try {
    for (const wait of LOOKS) {
      if (open.length === 0) return;
      await clock.sleep(wait, signal);
      const confirmed = await confirmedOf(open, session);
      for (const { address, name } of confirmed) report({ address, name, status: "applied" });
      open = open.filter((change) => !confirmed.includes(change));
    }
  } catch (error) {
    // SNS has asked; whether it is confirmed by now, the next plan tells.
    if (!signal.aborted && (!isWatchkeeperError(error) || error.source !== "aws")) throw error;
  }
  for (const { address, name } of open)
    report({ address, name, status: "waiting", reason: { code: SUBSCRIPTION_PENDING, text: WAITS } });
}

async function confirmedOf(changes: readonly Change[], session: AwsSession): Promise<readonly Change[]> {
  const wanted = changes.map((change) => ({ change, ...(change.after as SubscriptionState) }));
  const topics = [...new Set(wanted.map(({ topicArn }) => topicArn))];
  const live = (await Promise.all(topics.map((arn) => subscriptionsOf(session, arn)))).flat();
  return wanted
    .filter(({ topicArn, ...target }) =>
      live.some((sub) => sub.arn !== undefined && sub.topicArn === topicArn && leadsTo(sub, target)),
    )
    .map(({ change }) => change);
}
