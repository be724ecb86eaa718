import type { AwsSession } from "../../aws/session.ts";
import { parseArn } from "../../model/arn.ts";
import type { AwsTag } from "../spec/tags.ts";
import { placeOf } from "./listening.ts";
import { sendersIn } from "./queue-policy.ts";
import type { LiveQueue } from "./queue-reader.ts";
import type { PlannedSubscriptions } from "./subscription-draft.ts";

/** The type of queues' scope and addresses. */
export const QUEUE_TYPE = "sqs.queue";

/**
 * How a queue is made: encrypted by SQS itself, which SNS needs no key for; a poll waits until something comes; what nobody reads stays
 * for the longest time there is. Afterwards only the topics that may send are held to the configuration: the rest is for people to tune.
 */
export const QUEUE_ATTRIBUTES = {
  MessageRetentionPeriod: String(14 * 86_400),
  ReceiveMessageWaitTimeSeconds: "20",
  SqsManagedSseEnabled: "true",
} as const;

/** What was planned elsewhere, as far as the queue depends on it. */
export interface QueueDemand {
  /** One for each account and region that is planned. */
  readonly places: readonly (Pick<AwsSession, "account" | "region"> & {
    readonly subscriptions: PlannedSubscriptions;
  })[];
  /** Topics elsewhere that the configuration names by ARN. */
  readonly otherTopics: readonly string[];
  /** Topics that the plan deletes. */
  readonly leavingTopics?: readonly string[];
  /** Whether everything that the configuration names is planned: a topic elsewhere that may send is then one that it no longer knows. */
  readonly isWhole?: boolean;
  /** Why nothing may be taken for superfluous: something was not looked at, or stays that sends to the queue. */
  readonly keep?: string | undefined;
}

/** A queue as plans show it. */
export interface QueueState {
  readonly arn: string;
  /** ARNs of the topics that may send to it. */
  readonly topics: readonly string[];
  readonly tags?: readonly AwsTag[];
  readonly attributes?: Readonly<Record<string, string>>;
  /** What was in it when it was planned. */
  readonly messages?: number;
}

/** Code of the reason why topics of a queue that stays may send no longer: they go. */
export const TOPICS_LEAVE = "topics-leave";

/** Topics that are to send: those that were seen to be wanted, and of places that nobody looked at those that may send already. */
export function wantedTopics(
  live: readonly string[],
  { places, otherTopics }: QueueDemand,
): readonly string[] {
  const seen = places.filter(({ subscriptions }) => subscriptions.senders !== undefined);
  const wanted = places.flatMap(({ subscriptions }) => subscriptions.senders ?? []);
  return [...new Set([...outside(live, seen), ...wanted, ...otherTopics])].sort();
}

/** Topics that may send and lie in accounts and regions that the configuration no longer names: alarms of its own may be left there. */
export function formerTopics(
  live: readonly string[],
  { places, otherTopics, isWhole = false }: QueueDemand,
): readonly string[] {
  return isWhole ? outside(live, places).filter((arn) => !otherTopics.includes(arn)) : [];
}

/** Those of the topics that lie in none of the places. */
function outside(
  topics: readonly string[],
  places: readonly Pick<AwsSession, "account" | "region">[],
): readonly string[] {
  const seen = new Set(places.map(({ account, region }) => `${account} ${region}`));
  return topics.filter((arn) => {
    const { account, region } = placeOf(arn);
    return !seen.has(`${account} ${region}`);
  });
}

/** The topics that may send from now on, and those that no longer may. */
export function whatChanges(live: readonly string[], wanted: readonly string[]): string {
  const few = (arns: readonly string[]): string =>
    arns.length > 3
      ? `${arns.length} topics`
      : arns.map((arn) => `${nameOf(arn)} of ${Object.values(placeOf(arn)).join(" ")}`).join(", ");
  const added = wanted.filter((arn) => !live.includes(arn));
  const gone = live.filter((arn) => !wanted.includes(arn));
  return [
    ...(added.length > 0 ? [`may send from now on: ${few(added)}`] : []),
    ...(gone.length > 0 ? [`may no longer send: ${few(gone)}`] : []),
  ].join("; ");
}

/** A queue as it is now. */
export function liveState(arn: string, { policy }: LiveQueue): QueueState {
  return { arn, topics: sendersIn(policy) };
}

/** The name in a queue's or topic's ARN. */
export function nameOf(arn: string): string {
  return parseArn(arn)?.resource ?? arn;
}
