import type { AlarmIntent } from "../alarms/alarm-intent.ts";
import { type Listening, placeOf } from "../alarms/listening/listening.ts";
import { POLICY_TOO_LONG, QueuePlanner } from "../alarms/listening/queue-planner.ts";
import { unreachableBecause } from "../alarms/listening/queue-policy.ts";
import { QueueReader, type SessionFor } from "../alarms/listening/queue-reader.ts";
import { QUEUE_TYPE } from "../alarms/listening/queue-state.ts";
import { type PlannedSubscriptions, withoutSubscribing } from "../alarms/listening/subscription-draft.ts";
import { SubscriptionPlanner } from "../alarms/listening/subscription-planner.ts";
import type { PlannedTopics } from "../alarms/topic-planner.ts";
import type { AwsSession, OperationName, ServiceName } from "../aws/session.ts";
import type { Configuration } from "../model/configuration.ts";
import { estimateSeconds } from "../plan/estimate.ts";
import type { PlanNote } from "../plan/plan.ts";
import { NOTHING_PLANNED, type PlannedChanges } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { TOPIC_NEEDED } from "./apply-in-order.ts";
import { listeningOf, sessionsOf } from "./listening-queue.ts";
import type { OpenConnection } from "./open-connection.ts";
import type { PlannedRegion } from "./plan-report.ts";

export interface ListeningOptions {
  readonly intent: AlarmIntent["kind"] | undefined;
  /** Only some of the configuration's accounts and regions are looked at. */
  readonly isNarrowed: boolean;
}

interface PlannedPlace {
  readonly account: string;
  readonly region: string;
  readonly topics: PlannedTopics;
  readonly subscriptions: PlannedSubscriptions;
  readonly alarms: PlannedChanges;
}

/** What hears the topics, planned over all accounts and regions: each has subscriptions, and one of them the queue. */
export class ListeningPlan {
  /** Plans and applies queues. */
  readonly queues: QueuePlanner;
  readonly #configuration: Configuration;
  readonly #open: OpenConnection;
  readonly #context: Context;
  readonly #options: ListeningOptions;
  readonly #listening: Listening;
  readonly #reader: QueueReader;
  readonly #sessionFor: SessionFor;
  readonly #places: PlannedPlace[] = [];

  constructor(
    configuration: Configuration,
    open: OpenConnection,
    context: Context,
    options: ListeningOptions = { intent: undefined, isNarrowed: false },
  ) {
    this.#configuration = configuration;
    this.#open = open;
    this.#context = context;
    this.#options = options;
    this.#listening = listeningOf(configuration, open);
    this.#sessionFor = sessionsOf(open);
    this.#reader = new QueueReader(this.#sessionFor, configuration.name);
    this.queues = new QueuePlanner({ ...this.#shared(), sessionFor: this.#sessionFor });
  }

  subscriptionPlanner(session: AwsSession): SubscriptionPlanner {
    return new SubscriptionPlanner({ ...this.#shared(), session });
  }

  async planSubscriptions(
    { account, region }: Pick<AwsSession, "account" | "region">,
    planner: SubscriptionPlanner,
    topics: PlannedTopics,
    alarms: PlannedChanges,
  ): Promise<PlannedSubscriptions> {
    const subscriptions = await planner.plan(topics);
    this.#places.push({ account, region, topics, subscriptions, alarms });
    return subscriptions;
  }

  /** The queue, once all subscriptions are planned. */
  async planQueue(): Promise<PlannedChanges> {
    const isPlanned = this.#places.length > 0;
    if (!isPlanned) return NOTHING_PLANNED;
    const elsewhere = this.#topicsElsewhere();
    const planned = await this.queues.plan({
      places: this.#places,
      otherTopics: elsewhere,
      leavingTopics: this.#leavingTopics(),
      isWhole: !this.#options.isNarrowed && this.#open.unreachable.length === 0,
      keep: this.#whyKeep(),
    });
    return { ...planned, notes: [...planned.notes, ...this.#byHand(elsewhere)] };
  }

  /** A place's parts of the plan, given the queue's: nothing is subscribed to a queue that can't let all topics send. */
  settled(parts: readonly PlannedChanges[], queue: PlannedChanges): readonly PlannedChanges[] {
    const arn = this.#listening.queue?.arn;
    const isFull = queue.changes.some(({ reason }) => reason.code === POLICY_TOO_LONG);
    if (!isFull || arn === undefined) return parts;
    const subscriptions = new Set<PlannedChanges>(this.#places.map((place) => place.subscriptions));
    return parts.map((part) => (subscriptions.has(part) ? withoutSubscribing(part, arn) : part));
  }

  /** How long applying the queue's changes takes. */
  seconds({ callsToMake, changes }: PlannedChanges): number {
    const [first] = changes;
    const session = first && this.#sessionFor(first.scope.account, first.scope.region);
    if (!session) return 0;
    return estimateSeconds(callsToMake, (call) => {
      const [service, operation] = call.split(":") as [ServiceName, OperationName<ServiceName>];
      return session.quota(service, operation).ratePerSecond;
    });
  }

  /** Places of queues that are none of the planned ones. */
  otherRegions(
    { changes, scopes }: Pick<PlannedChanges, "changes" | "scopes">,
    known: readonly PlannedRegion[],
  ): PlannedRegion[] {
    const queues = [...changes.map(({ scope }) => scope), ...scopes].filter(
      ({ type }) => type === QUEUE_TYPE,
    );
    const others = new Map<string, PlannedRegion>();
    for (const { account, region } of queues) {
      if (known.some((one) => one.account === account && one.region === region)) continue;
      const accountName = this.#sessionFor(account, region)?.accountName ?? account;
      const resources = [{ type: QUEUE_TYPE, count: 1, label: "queue" }];
      others.set(`${account} ${region}`, { account, accountName, region, resources });
    }
    return [...others.values()];
  }

  #shared() {
    const { intent } = this.#options;
    return {
      context: this.#context,
      configuration: this.#configuration.name,
      listening: this.#listening,
      queues: this.#reader,
      intent: intent === "destroy" ? ("destroy" as const) : ("plan" as const),
    };
  }

  /** Topics that the configuration names by ARN, in accounts and regions that aren't planned. */
  #topicsElsewhere(): readonly string[] {
    return Object.values(this.#configuration.topics).flatMap((topic) => {
      if (!("arn" in topic)) return [];
      const { account, region } = placeOf(topic.arn);
      const isHere = this.#places.some((place) => place.account === account && place.region === region);
      const { queue } = this.#listening;
      const isOutOfReach = queue !== undefined && unreachableBecause(topic.arn, queue.arn) !== undefined;
      return isHere || isOutOfReach ? [] : [topic.arn];
    });
  }

  #leavingTopics(): readonly string[] {
    return this.#places.flatMap(({ topics }) => {
      const going = new Set(
        topics.changes.filter(({ action }) => action === "delete").map(({ name }) => name),
      );
      return topics.topics.filter(({ name }) => going.has(name)).map(({ arn }) => arn);
    });
  }

  /** They can't be subscribed from here. */
  #byHand(topics: readonly string[]): readonly PlanNote[] {
    const { queue, endpoint } = this.#listening;
    const { intent, isNarrowed } = this.#options;
    if ((!queue && endpoint === undefined) || isNarrowed || intent === "destroy") return [];
    const what = [...(queue ? [queue.arn] : []), ...(endpoint === undefined ? [] : [endpoint])].join(" and ");
    if (topics.length === 0) return [];
    const few = topics.length > 3 ? `${topics.length} topics, ${topics[0]} among them,` : topics.join(", ");
    const message = `not in an account and region of this configuration: ${few}; whoever owns them must subscribe ${what}`;
    return [{ severity: "info", code: "topic-elsewhere", message }];
  }

  /** Why no queue may be deleted; undefined when it may. */
  #whyKeep(): string | undefined {
    const { intent, isNarrowed } = this.#options;
    if (isNarrowed) return "not every account and region was looked at";
    if (this.#open.unreachable.length > 0) return "not every account was reached";
    for (const { account, region, topics, subscriptions, alarms } of this.#places) {
      const parts = [topics, subscriptions, ...(intent === "destroy" ? [alarms] : [])];
      if (parts.some(({ scopes }) => scopes.some(({ complete }) => !complete)))
        return `${account} ${region} could not be read whole`;
      const needed = topics.changes.find(({ reason }) => reason.code === TOPIC_NEEDED);
      if (needed) return `topic ${needed.name} stays and may send to it`;
    }
    return undefined;
  }
}
