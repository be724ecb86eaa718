import { parseArn } from "../../model/arn.ts";
import type { Scope } from "../../model/scope.ts";
import type { Change } from "../../plan/plan.ts";
import type { Outcome } from "../../plan/planner.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, messageOf } from "../../support/errors.ts";
import { applyEach } from "../apply-each.ts";
import { configurationTags, madeBy } from "../spec/tags.ts";
import type { PlannedTopics } from "../topic-planner.ts";
import { isAsked, tellConfirmed } from "./confirmation.ts";
import { placeOf, targetsOf } from "./listening.ts";
import { sendersIn, unreachableBecause } from "./queue-policy.ts";
import {
  leadsTo,
  markOf,
  SUBSCRIPTION_TYPE,
  type SubscriptionState,
  subscriptionsOf,
  type Target,
  targetName,
} from "./subscription.ts";
import {
  NO_SUBSCRIPTIONS,
  type PlannedSubscriptions,
  SUBSCRIPTION_PENDING,
  SubscriptionDraft,
} from "./subscription-draft.ts";
import { planSuperfluous, type SuperfluousOptions, type TopicSubscriptions } from "./superfluous.ts";

export interface SubscriptionPlannerOptions extends SuperfluousOptions {
  readonly context: Pick<Context, "signal" | "clock">;
}

/**
 * Plans and applies subscriptions of the configuration's topics in one account and region. One that the configuration no longer wants
 * goes only with proof that we made it: the topic's own tag says so, or it leads to a queue that is marked as ours.
 */
export class SubscriptionPlanner {
  readonly types: readonly string[] = [SUBSCRIPTION_TYPE];
  readonly #options: SubscriptionPlannerOptions;

  constructor(options: SubscriptionPlannerOptions) {
    this.#options = options;
  }

  /** Rejects only when it is stopped. What SNS doesn't tell makes the scope incomplete, and alarms don't wait for it. */
  async plan(topics: PlannedTopics): Promise<PlannedSubscriptions> {
    const { listening, intent = "plan" } = this.#options;
    const isWanted = targetsOf(listening).length > 0 || listening.error !== undefined;
    if (topics.existing === undefined) {
      const message = "topics could not be listed, so their subscriptions aren't known";
      return isWanted ? this.#unknown({ code: "topics-unknown", message }) : NO_SUBSCRIPTIONS;
    }
    let all: readonly TopicSubscriptions[];
    try {
      all = await this.#read(topics);
    } catch (error) {
      if (!isWatchkeeperError(error) || error.source !== "aws") throw error;
      // Who subscribes nothing needs no permission to list subscriptions.
      if (!isWanted && error.code === "AccessDenied") return NO_SUBSCRIPTIONS;
      return this.#unknown({ code: error.code, message: messageOf(error) });
    }
    const draft = new SubscriptionDraft(this.#options);
    if (intent === "plan") await this.#creations(topics, all, draft);
    if (listening.error === undefined) await planSuperfluous(all, this.#options, draft);
    const isConcerned = isWanted || draft.changes.length + draft.leaving.size > 0;
    return {
      ...draft.planned(),
      scopes: isConcerned ? [{ ...this.#scope(), complete: true }] : [],
      senders: this.#senders(topics),
    };
  }

  async apply(changes: readonly Change[], report: (outcome: Outcome) => void): Promise<void> {
    const asked = new Map<string, Change>();
    for (const change of changes) if (isAsked(change)) asked.set(change.address, change);
    const open: Change[] = [];
    const told = (outcome: Outcome): void => {
      const change = outcome.status === "applied" ? asked.get(outcome.address) : undefined;
      if (change) open.push(change);
      else report(outcome);
    };
    await applyEach(changes, this.#options.context.signal, told, (change) => this.#applyOne(change));
    await tellConfirmed(open, this.#options, report);
  }

  async #applyOne({ action, before, after }: Change): Promise<Outcome["error"]> {
    const { session } = this.#options;
    if (action !== "delete") {
      const { topicArn, protocol, endpoint } = after as SubscriptionState;
      // First the mark: without its subscription it does no harm.
      await this.#mark(topicArn, markOf({ protocol, endpoint }));
      // Once more for the same target answers with the same subscription; one that isn't confirmed is asked again.
      await session.send("sns", "Subscribe", {
        TopicArn: topicArn,
        Protocol: protocol,
        Endpoint: endpoint,
        ReturnSubscriptionArn: true,
      });
      return undefined;
    }
    const { topicArn, subscriptionArn, marked, ...target } = before as SubscriptionState;
    try {
      await session.send("sns", "Unsubscribe", { SubscriptionArn: subscriptionArn });
      if (marked)
        await session.send("sns", "UntagResource", { ResourceArn: topicArn, TagKeys: [markOf(target)] });
    } catch (error) {
      // It went together with its topic.
      if (!isWatchkeeperError(error) || !/NotFound/.test(error.code)) throw error;
    }
    return undefined;
  }

  /** Only topics of ours are tagged. Where that isn't allowed, the subscription is made without: one day it will have to be ended by hand. */
  async #mark(topicArn: string, mark: string): Promise<void> {
    const { session, configuration } = this.#options;
    try {
      const { Tags = [] } = await session.send("sns", "ListTagsForResource", { ResourceArn: topicArn });
      if (!madeBy(configuration, Tags) || Tags.some(({ Key }) => Key === mark)) return;
      const [{ Value } = { Value: "" }] = configurationTags(configuration);
      await session.send("sns", "TagResource", { ResourceArn: topicArn, Tags: [{ Key: mark, Value }] });
    } catch (error) {
      if (!isWatchkeeperError(error) || error.code !== "AccessDenied") throw error;
    }
  }

  /** Subscriptions of the topics here, and of those that our queue still takes messages from and the configuration no longer names. */
  async #read({ topics, existing, changes }: PlannedTopics): Promise<readonly TopicSubscriptions[]> {
    const { session, listening, queues } = this.#options;
    const { queue } = listening;
    const reading = queue?.isMade ? await queues.read(queue.arn) : undefined;
    const heard = reading?.status === "there" && reading.queue.isOurs ? sendersIn(reading.queue.policy) : [];
    const former = heard.filter((arn) => {
      const { account, region } = placeOf(arn);
      const isHere = account === session.account && region === session.region;
      return isHere && existing?.has(arn) && !topics.some((topic) => topic.arn === arn);
    });
    // `keep`: alarms that stay need it, with everything that hears it.
    const going = new Set(
      changes.filter(({ action }) => action === "delete" || action === "keep").map(({ name }) => name),
    );
    return Promise.all([
      ...topics
        .filter(({ exists }) => exists)
        .map(async (topic) => ({
          topic,
          live: await subscriptionsOf(session, topic.arn),
          isFormer: false,
          goes: going.has(topic.name),
        })),
      ...former.map(async (arn) => ({
        topic: { arn, name: parseArn(arn)?.resource ?? arn },
        live: await subscriptionsOf(session, arn),
        isFormer: true,
        goes: false,
      })),
    ]);
  }

  async #creations(
    { topics }: PlannedTopics,
    all: readonly TopicSubscriptions[],
    draft: SubscriptionDraft,
  ): Promise<void> {
    const { listening, queues } = this.#options;
    for (const target of targetsOf(listening)) {
      if (target.protocol === "sqs" && listening.queue?.isMade) {
        const reading = await queues.read(target.endpoint);
        // The queue's own plan says what is the matter with it.
        if (reading.status === "unknown" || (reading.status === "there" && !reading.queue.isOurs)) continue;
      }
      const pending: string[] = [];
      for (const topic of topics) {
        const why = target.protocol === "sqs" ? unreachableBecause(topic.arn, target.endpoint) : undefined;
        if (why !== undefined) {
          draft.note("warning", "queue-out-of-reach", `${topic.arn} isn't subscribed: ${why}`);
          continue;
        }
        const known = all
          .find((one) => one.topic.arn === topic.arn)
          ?.live.find((sub) => leadsTo(sub, target));
        if (!known) draft.create(topic, target);
        else if (known.arn === undefined && target.protocol !== "sqs") draft.asking(topic, target);
        else {
          draft.unchanged += 1;
          if (known.arn === undefined) pending.push(topic.name);
        }
      }
      if (pending.length > 0) draft.note("info", SUBSCRIPTION_PENDING, pendingText(pending, target));
    }
  }

  #senders({ topics }: PlannedTopics): readonly string[] {
    const { queue } = this.#options.listening;
    if (!queue) return [];
    return topics.map(({ arn }) => arn).filter((arn) => unreachableBecause(arn, queue.arn) === undefined);
  }

  #scope(): Pick<Scope, "account" | "region" | "type"> {
    const { account, region } = this.#options.session;
    return { account, region, type: SUBSCRIPTION_TYPE };
  }

  #unknown(error: NonNullable<Scope["error"]>): PlannedSubscriptions {
    return { ...NO_SUBSCRIPTIONS, scopes: [{ ...this.#scope(), complete: false, error }] };
  }
}

/** SNS's question waits in the queue until it is read. */
function pendingText(topics: readonly string[], target: Target): string {
  const many = topics.length === 1 ? `topic ${topics[0]}` : `topics ${topics.join(", ")}`;
  return `${many} -> ${targetName(target)}: not confirmed yet, so nothing arrives there; \`watchkeeper notify listen\` confirms it when it reads the queue`;
}
