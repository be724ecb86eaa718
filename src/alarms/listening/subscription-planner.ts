import type { AwsSession } from "../../aws/session.ts";
import { parseArn } from "../../model/arn.ts";
import { type Scope, scopeAddress } from "../../model/scope.ts";
import type { Change, PlanNote, Reason } from "../../plan/plan.ts";
import type { Outcome, PlannedChanges } from "../../plan/planner.ts";
import { hashOf } from "../../support/canonical-json.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, messageOf } from "../../support/errors.ts";
import { applyEach } from "../apply-each.ts";
import { configurationTags, madeBy } from "../tags.ts";
import type { PlannedTopics } from "../topic-planner.ts";
import { type Listening, placeOf, targetsOf } from "./listening.ts";
import { sendersIn, unreachableBecause } from "./queue-policy.ts";
import { type QueueReader, UNREACHED } from "./queue-reader.ts";
import {
  type LiveSubscription,
  leadsTo,
  markOf,
  SUBSCRIPTION_TYPE,
  type SubscriptionState,
  subscriptionsOf,
  type Target,
  targetName,
} from "./subscription.ts";

export interface SubscriptionPlannerOptions {
  readonly session: AwsSession;
  readonly context: Pick<Context, "signal">;
  /** The configuration's name. */
  readonly configuration: string;
  readonly listening: Listening;
  readonly queues: QueueReader;
  readonly intent?: "plan" | "destroy";
}

/** Subscriptions as planned in one account and region, and what the queue's own plan needs to know of them. */
export interface PlannedSubscriptions extends PlannedChanges {
  /** ARNs of the topics here that send to the configuration's queue; undefined when topics could not be listed. */
  readonly senders?: readonly string[];
  /** Deletions that happen if the queue of ours that they lead to goes, by its ARN. */
  readonly leaving: ReadonlyMap<string, readonly Change[]>;
}

/** Queues that others subscribed are looked at, on topics that we didn't make, up to this many: each costs calls. */
const MOST_LOOKED_AT = 10;

interface TopicSubscriptions {
  readonly topic: { readonly arn: string; readonly name: string };
  readonly live: readonly LiveSubscription[];
  /** The configuration names the topic no longer. */
  readonly isFormer: boolean;
  /** `destroy` deletes it, and its subscriptions go with it; or it stays with them. */
  readonly goes: boolean;
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
      return isWanted ? this.#unknown({ code: "topics-unknown", message }) : nothing();
    }
    let all: readonly TopicSubscriptions[];
    try {
      all = await this.#read(topics);
    } catch (error) {
      if (!isWatchkeeperError(error) || error.source !== "aws") throw error;
      // Who subscribes nothing needs no permission to list subscriptions.
      if (!isWanted && error.code === "AccessDenied") return nothing();
      return this.#unknown({ code: error.code, message: messageOf(error) });
    }
    const draft = new Draft(this.#options);
    if (intent === "plan") await this.#creations(topics, all, draft);
    if (listening.error === undefined) await this.#deletions(all, draft);
    const isConcerned = isWanted || draft.changes.length + draft.leaving.size > 0;
    return {
      ...draft.planned(),
      scopes: isConcerned ? [{ ...this.#scope(), complete: true }] : [],
      senders: this.#senders(topics),
    };
  }

  async apply(changes: readonly Change[], report: (outcome: Outcome) => void): Promise<void> {
    await applyEach(changes, this.#options.context.signal, report, (change) => this.#applyOne(change));
  }

  async #applyOne({ action, before, after }: Change): Promise<Outcome["error"]> {
    const { session } = this.#options;
    if (action === "create") {
      const { topicArn, protocol, endpoint } = after as SubscriptionState;
      // First the mark: without its subscription it does no harm.
      await this.#mark(topicArn, markOf({ protocol, endpoint }));
      // Once more for the same target answers with the same subscription.
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
    draft: Draft,
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
        else {
          draft.unchanged += 1;
          if (known.arn === undefined) pending.push(topic.name);
        }
      }
      if (pending.length > 0) draft.note("info", "subscription-pending", pendingText(pending, target));
    }
  }

  async #deletions(all: readonly TopicSubscriptions[], draft: Draft): Promise<void> {
    const { listening, intent } = this.#options;
    const wanted = intent === "destroy" ? [] : targetsOf(listening);
    let lookedAt = 0;
    for (const { topic, live, isFormer, goes } of all) {
      const others = live.filter((sub) => isFormer || !wanted.some((target) => leadsTo(sub, target)));
      const own = targetsOf(listening);
      const concerned = others.filter(
        ({ protocol, endpoint }) =>
          /^(sqs|https?)$/.test(protocol) && (!isFormer || endpoint === listening.queue?.arn),
      );
      if (concerned.length === 0) continue;
      const { isOurs, marks } = await this.#tags(topic.arn);
      for (const sub of concerned) {
        if (sub.arn === undefined) continue;
        const marked = marks.has(markOf(sub));
        const isConfigured = own.some((target) => leadsTo(sub, target));
        // Whoever made a topic of ours tags it for each of its subscriptions, so that queues needn't be asked.
        const ask = sub.protocol === "sqs" && (marked || isConfigured || !isOurs);
        if (ask && !isConfigured && !marked) lookedAt += 1;
        const owner = ask && lookedAt <= MOST_LOOKED_AT ? await this.#queueOwner(sub.endpoint) : "others";
        if (owner === "unknown" || (owner === "others" && !marked)) {
          if (isConfigured && !goes && intent === "destroy")
            draft.note(
              "info",
              "subscription-left",
              `${topic.name} still sends to ${targetName(sub)}: nothing says that we subscribed it, so it stays`,
            );
          continue;
        }
        const reason: Reason =
          intent === "destroy"
            ? { code: "destroy", text: `configuration ${this.#options.configuration} is destroyed` }
            : isFormer
              ? { code: "topic-dropped", text: `the configuration no longer names topic ${topic.name}` }
              : { code: "listen-changed", text: `the configuration no longer names ${targetName(sub)}` };
        const change = goes ? undefined : draft.deletion(topic, { ...sub, arn: sub.arn }, marked, reason);
        if (owner === "us" && !isFormer)
          draft.leaving.set(sub.endpoint, [
            ...(draft.leaving.get(sub.endpoint) ?? []),
            ...(change ? [change] : []),
          ]);
        else if (change) draft.changes.push(change);
      }
    }
    if (lookedAt > MOST_LOOKED_AT)
      draft.note(
        "info",
        "queues-not-looked-at",
        `${lookedAt - MOST_LOOKED_AT} more queues hear topics that aren't ours; whether this configuration made one of them is not known`,
      );
  }

  /** Whose queue it is. We make none in accounts that aren't reached. */
  async #queueOwner(arn: string): Promise<"us" | "others" | "unknown"> {
    const reading = await this.#options.queues.read(arn);
    if (reading.status === "there") return reading.queue.isOurs ? "us" : "others";
    return reading.status === "unknown" && reading.error.code !== UNREACHED ? "unknown" : "others";
  }

  async #tags(topicArn: string): Promise<{ readonly isOurs: boolean; readonly marks: ReadonlySet<string> }> {
    const { session, configuration } = this.#options;
    const [{ Value: own } = { Value: "" }] = configurationTags(configuration);
    try {
      const { Tags = [] } = await session.send("sns", "ListTagsForResource", { ResourceArn: topicArn });
      const marks = Tags.filter(({ Value }) => Value === own).map(({ Key = "" }) => Key);
      return { isOurs: madeBy(configuration, Tags), marks: new Set(marks) };
    } catch (error) {
      // Without its tags nothing proves anything.
      if (!isWatchkeeperError(error) || error.source !== "aws") throw error;
      return { isOurs: false, marks: new Set() };
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
    return { ...nothing(), scopes: [{ ...this.#scope(), complete: false, error }] };
  }
}

function nothing(): PlannedSubscriptions {
  return {
    scopes: [],
    changes: [],
    unchanged: 0,
    notes: [],
    cost: { before: 0, after: 0 },
    callsToMake: {},
    leaving: new Map(),
  };
}

function pendingText(topics: readonly string[], { protocol, endpoint }: Target): string {
  const who =
    protocol === "sqs"
      ? "`watchkeeper notify listen` confirms it when it reads the queue"
      : "the listener there confirms it when SNS asks (`watchkeeper notify listen --http`)";
  const many = topics.length === 1 ? `topic ${topics[0]}` : `topics ${topics.join(", ")}`;
  return `${many} -> ${targetName({ protocol, endpoint })}: not confirmed yet, so nothing arrives there; ${who}`;
}

/** What is planned, as it comes together. */
class Draft {
  readonly changes: Change[] = [];
  readonly notes: PlanNote[] = [];
  readonly leaving = new Map<string, readonly Change[]>();
  unchanged = 0;
  readonly #options: Pick<SubscriptionPlannerOptions, "session" | "configuration">;

  constructor(options: Pick<SubscriptionPlannerOptions, "session" | "configuration">) {
    this.#options = options;
  }

  note(severity: PlanNote["severity"], code: string, message: string): void {
    this.notes.push({ severity, code, message });
  }

  create(topic: { readonly arn: string; readonly name: string }, target: Target): void {
    const text =
      target.protocol === "sqs" ? "not subscribed yet" : "pending until the listener there confirms it";
    this.changes.push({
      ...this.#about(topic, target),
      action: "create",
      reason: { code: "new", text },
      after: { topicArn: topic.arn, ...target } satisfies SubscriptionState,
    });
  }

  deletion(
    topic: { readonly arn: string; readonly name: string },
    { arn, protocol, endpoint }: LiveSubscription & { readonly arn: string },
    marked: boolean,
    reason: Reason,
  ): Change {
    const target = { protocol: protocol as Target["protocol"], endpoint };
    const before: SubscriptionState = { topicArn: topic.arn, ...target, subscriptionArn: arn, marked };
    return {
      ...this.#about(topic, target),
      action: "delete",
      reason,
      before,
      beforeHash: hashOf(before, 16),
    };
  }

  planned(): PlannedSubscriptions {
    const created = this.changes.filter(({ action }) => action === "create").length;
    return {
      ...nothing(),
      changes: this.changes,
      notes: this.notes,
      unchanged: this.unchanged,
      leaving: this.leaving,
      callsToMake: {
        ...(created > 0
          ? { "sns:ListTagsForResource": created, "sns:TagResource": created, "sns:Subscribe": created }
          : {}),
        ...callsToDelete(this.changes),
      },
    };
  }

  #about(topic: { readonly name: string }, target: Target) {
    const { session, configuration } = this.#options;
    const scope = { account: session.account, region: session.region, type: SUBSCRIPTION_TYPE };
    const identity = `${configuration}/${topic.name}/${target.endpoint}`;
    const name = `${topic.name} -> ${targetName(target)}`;
    return { address: `${scopeAddress(scope)}/${identity}`, scope, identity, name, fields: [] };
  }
}

/** Calls that the deletions among these changes take. */
export function callsToDelete(changes: readonly Change[]): Readonly<Record<string, number>> {
  const deletions = changes.filter(({ action }) => action === "delete");
  const marked = deletions.filter(({ before }) => (before as SubscriptionState).marked).length;
  return {
    ...(deletions.length > 0 ? { "sns:Unsubscribe": deletions.length } : {}),
    ...(marked > 0 ? { "sns:UntagResource": marked } : {}),
  };
}
