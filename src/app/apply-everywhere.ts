import { QUEUE_TYPE, TOPICS_LEAVE } from "../alarms/listening/queue-state.ts";
import { SUBSCRIPTION_TYPE } from "../alarms/listening/subscription.ts";
import type { AwsSession } from "../aws/session.ts";
import type { Scope } from "../model/scope.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome, Planner } from "../plan/planner.ts";
import { applyInOrder } from "./apply-in-order.ts";

type Applier = Pick<Planner, "types" | "apply">;

/** An account and region with everything that applies changes there. */
export interface ApplyPlace {
  readonly session: Pick<AwsSession, "account" | "region">;
  readonly planners: readonly Applier[];
}

/**
 * Applies a whole plan. First the queue that topics of every account and region send to; then these, side by side; and last what is
 * superfluous: queues (or topics' leave to send to one), and after each the subscriptions that led to it, since these are how a later
 * plan would find it. Nothing of that is done when anything before didn't succeed, or waits: it may still be what tells people.
 */
export async function applyEverywhere(
  changes: readonly Change[],
  places: readonly ApplyPlace[],
  queues: Applier,
  report: (outcome: Outcome) => void,
  scopes: readonly Scope[] = [],
): Promise<void> {
  const broken: Outcome[] = [];
  const listen = (outcome: Outcome): void => {
    if (outcome.status !== "applied") broken.push(outcome);
    report(outcome);
  };
  const of = (type: string) => (change: Change) => change.scope.type === type;
  const isLast = (change: Change): boolean =>
    (change.action === "delete" && (of(QUEUE_TYPE)(change) || of(SUBSCRIPTION_TYPE)(change))) ||
    change.reason.code === TOPICS_LEAVE;

  const made = changes.filter((change) => of(QUEUE_TYPE)(change) && !isLast(change));
  if (made.length > 0) await queues.apply(made, listen);
  const [missing] = broken;
  const here = changes.filter((change) => !of(QUEUE_TYPE)(change) && !isLast(change));
  const waiting = missing === undefined ? [] : here.filter((change) => leadsToQueue(change, made));
  for (const change of waiting) if (missing) listen(notTried(change, missing, "could not be made"));
  const rest = here.filter((change) => !waiting.includes(change));
  await Promise.all(
    places.map(({ session, planners }) => applyInOrder(rest, session, planners, listen, scopes)),
  );

  for (const type of [QUEUE_TYPE, SUBSCRIPTION_TYPE]) {
    const last = changes.filter((change) => isLast(change) && of(type)(change));
    const failed = broken.find(({ status }) => status !== "waiting") ?? broken[0];
    if (failed) {
      for (const change of last) listen(notTried(change, failed, "didn't succeed"));
    } else if (type === QUEUE_TYPE) {
      if (last.length > 0) await queues.apply(last, listen);
    } else
      await Promise.all(
        places.map(async ({ session, planners }) => {
          const own = last.filter(({ scope }) => isIn(scope, session));
          const planner = planners.find(({ types }) => types.includes(type));
          if (own.length > 0) await planner?.apply(own, listen);
        }),
      );
  }
}

/** Whether a subscription leads to one of the queues that were to be made. */
function leadsToQueue({ scope, after }: Change, queues: readonly Change[]): boolean {
  if (scope.type !== SUBSCRIPTION_TYPE) return false;
  const { endpoint } = (after ?? {}) as { readonly endpoint?: string };
  return queues.some((queue) => (queue.after as { readonly arn?: string } | undefined)?.arn === endpoint);
}

function notTried({ address, name }: Change, broken: Outcome, what: string): Outcome {
  if (broken.status === "pending") return { address, name, status: "pending" };
  if (broken.status === "waiting") {
    const text = `stays until ${broken.name} waits no more: it may still be what tells people`;
    return { address, name, status: "waiting", reason: { code: "not-tried", text } };
  }
  const message = `not tried, because ${broken.name} ${what}`;
  return { address, name, status: "failed", error: { code: "not-tried", message } };
}

function isIn(scope: Pick<Scope, "account" | "region">, session: ApplyPlace["session"]): boolean {
  return scope.account === session.account && scope.region === session.region;
}
