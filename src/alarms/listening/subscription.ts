import type { AwsSession } from "../../aws/session.ts";
import { parseArn } from "../../model/arn.ts";
import { hashOf } from "../../support/canonical-json.ts";

/** The type of subscriptions' scope and addresses. */
export const SUBSCRIPTION_TYPE = "sns.subscription";

/** What SNS sends to: a queue's ARN, or an address. */
export interface Target {
  readonly protocol: "sqs" | "https" | "http";
  readonly endpoint: string;
}

/** A subscription as SNS lists it. One without an ARN isn't confirmed yet, and nobody can end it. */
export interface LiveSubscription {
  readonly arn?: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
}

/** A subscription as plans show it. */
export interface SubscriptionState extends Target {
  readonly topicArn: string;
  /** There already. */
  readonly subscriptionArn?: string;
  /** Its topic has a tag that says that we made it. */
  readonly marked?: boolean;
}

/** All subscriptions of a topic, by pages. Those that were ended go on being listed for a while and are left out. */
export async function subscriptionsOf(session: AwsSession, topicArn: string): Promise<LiveSubscription[]> {
  const found: LiveSubscription[] = [];
  for await (const { Subscriptions = [] } of session.pages("sns", "ListSubscriptionsByTopic", {
    TopicArn: topicArn,
  }))
    for (const { SubscriptionArn = "", Protocol = "", Endpoint = "" } of Subscriptions) {
      if (SubscriptionArn === "Deleted") continue;
      const isConfirmed = SubscriptionArn.startsWith("arn:");
      found.push({
        ...(isConfirmed ? { arn: SubscriptionArn } : {}),
        topicArn,
        protocol: Protocol,
        endpoint: Endpoint,
      });
    }
  return found;
}

/** Whether a subscription leads to this target. */
export function leadsTo(live: LiveSubscription, { protocol, endpoint }: Target): boolean {
  return live.protocol === protocol && live.endpoint === endpoint;
}

/**
 * Tag of a topic of ours that says that we made its subscription to a target. Subscriptions can't be tagged themselves; without it, one
 * that the configuration no longer wants couldn't be told from one that somebody else made.
 */
export function markOf({ protocol, endpoint }: Pick<LiveSubscription, "protocol" | "endpoint">): string {
  return `watchkeeper:subscribed-${hashOf({ protocol, endpoint }, 16)}`;
}

/** A target in few words: the queue's name, or the address. */
export function targetName({ protocol, endpoint }: Pick<LiveSubscription, "protocol" | "endpoint">): string {
  return protocol === "sqs" ? (parseArn(endpoint)?.resource ?? endpoint) : endpoint;
}
