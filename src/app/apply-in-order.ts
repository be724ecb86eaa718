import { SUBSCRIPTION_TYPE } from "../alarms/listening/subscription.ts";
import { TOPIC_TYPE } from "../alarms/topic-planner.ts";
import type { AwsSession } from "../aws/session.ts";
import type { Scope } from "../model/scope.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome, PlannedChanges, Planner } from "../plan/planner.ts";

/**
 * Applies what belongs to one account and region. Topics are created before the alarms that name them: where one could not be made,
 * its region's alarms wait, since CloudWatch would take them and page nobody. For the same reason topics are deleted after the alarms,
 * and only when none of those failed. Subscriptions come between topics and alarms, so that the first message is heard; alarms don't
 * wait for one that failed, since others may hear the topic. `scopes` are the plan's: where topics could not be listed, alarms that would name a target for the
 * first time wait as well, since nobody knows whether it exists.
 */
export async function applyInOrder(
  changes: readonly Change[],
  { account, region }: Pick<AwsSession, "account" | "region">,
  planners: readonly Pick<Planner, "types" | "apply">[],
  report: (outcome: Outcome) => void,
  scopes: readonly Scope[] = [],
): Promise<void> {
  const isHere = (scope: Pick<Scope, "account" | "region">): boolean =>
    scope.account === account && scope.region === region;
  const unlisted = scopes.some((scope) => isHere(scope) && scope.type === TOPIC_TYPE && !scope.complete);
  const here: Change[] = [];
  for (const change of changes.filter(({ scope }) => isHere(scope))) {
    const target = unlisted ? newTarget(change) : undefined;
    if (target === undefined) here.push(change);
    else report(targetUnknown(change, target));
  }
  const steps: readonly {
    readonly changes: readonly Change[];
    readonly whyNot: (broken: Outcome) => string;
  }[] = [
    { changes: here.filter((change) => isTopic(change) && change.action !== "delete"), whyNot: () => "" },
    {
      changes: here.filter(isSubscription),
      whyNot: ({ name }) => `not tried, because topic ${name} could not be made`,
    },
    {
      changes: here.filter((change) => !isTopic(change) && !isSubscription(change)),
      whyNot: ({ name }) => `not tried, because topic ${name} could not be made`,
    },
    {
      changes: here.filter((change) => isTopic(change) && change.action === "delete"),
      whyNot: ({ name }) => `not tried, because ${name} is still there and may name it`,
    },
  ];
  let broken: Outcome | undefined;
  const listen = (outcome: Outcome): void => {
    const isWaitedFor = !outcome.address.includes(`/${SUBSCRIPTION_TYPE}/`);
    if (outcome.status !== "applied" && isWaitedFor) broken ??= outcome;
    report(outcome);
  };
  for (const { changes: own, whyNot } of steps) {
    if (broken !== undefined) {
      for (const change of own) report(waiting(change, broken, whyNot(broken)));
      continue;
    }
    for (const planner of planners) {
      const meant = own.filter(({ scope }) => planner.types.includes(scope.type));
      if (meant.length > 0) await planner.apply(meant, listen);
    }
  }
}

/** Code of the reason why a topic stays. */
export const TOPIC_NEEDED = "topic-needed";

/** Planned topics without the deletion of any, where alarms stay that may name them: those would page nobody. */
export function keepNeededTopics<Topics extends PlannedChanges>(
  topics: Topics,
  alarms: PlannedChanges,
): Topics {
  const stays = alarms.changes.find(({ action }) => action !== "delete");
  const whole = alarms.scopes.every(({ complete }) => complete);
  const deletions = topics.changes.filter(({ action }) => action === "delete");
  if (deletions.length === 0 || (whole && stays === undefined)) return topics;
  const why = stays === undefined ? "alarms could not be listed completely" : `${stays.name} stays`;
  const reason = { code: TOPIC_NEEDED, text: `${why} and may name it` };
  const { "sns:DeleteTopic": _deletes, "sns:ListTagsForResource": _tags, ...calls } = topics.callsToMake;
  return {
    ...topics,
    changes: topics.changes.map((change) =>
      change.action === "delete" ? { ...change, action: "keep" as const, reason } : change,
    ),
    callsToMake: calls,
  };
}

/** A topic that an alarm would name and doesn't name yet. */
function newTarget({ before, after }: Change): string | undefined {
  const known = targetsOf(before);
  return targetsOf(after).find((target) => target.includes(":sns:") && !known.includes(target));
}

function targetsOf(alarm: unknown): readonly string[] {
  const lists = (alarm ?? {}) as Readonly<Record<string, unknown>>;
  return ["alarmActions", "okActions", "insufficientDataActions"].flatMap((list) => {
    const targets = lists[list];
    return Array.isArray(targets) ? targets.map(String) : [];
  });
}

function targetUnknown({ address, name }: Change, target: string): Outcome {
  const message = `not tried, because topics could not be listed and nobody knows whether ${target} exists`;
  return {
    address,
    name,
    status: "failed",
    error: { code: "target-unknown", message, remedy: "allow sns:ListTopics and apply again" },
  };
}

function isTopic({ scope }: Change): boolean {
  return scope.type === TOPIC_TYPE;
}

function isSubscription({ scope }: Change): boolean {
  return scope.type === SUBSCRIPTION_TYPE;
}

function waiting({ address, name }: Change, broken: Outcome, message: string): Outcome {
  if (broken.status === "pending") return { address, name, status: "pending" };
  const code = broken.address.includes(`/${TOPIC_TYPE}/`) ? "topic-missing" : TOPIC_NEEDED;
  return { address, name, status: "failed", error: { code, message } };
}
