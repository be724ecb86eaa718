import { randomUUID } from "node:crypto";
import { AwsError } from "../../aws-error.ts";
import type { RequestContext } from "../../service.ts";
import { queueByArn } from "../sqs.ts";
import { deliverByHttp, isReachable } from "./http-delivery.ts";
import { mayReach } from "./queue-permission.ts";
import type { Subscription, Topic } from "./topic.ts";

/** Protocols whose subscriptions somebody has to confirm. Nobody here reads mail, and only this machine is called: others stay pending. */
const PENDING = new Set(["email", "email-json", "http", "https"]);

/** How long SNS waits for a confirmation, ms. Source: SNS, "automatic deletion of unconfirmed subscriptions", 2023-05-10. */
const UNCONFIRMED = 48 * 3_600_000;

const QUEUE_ARN = /^arn:[\w-]+:sqs:[\w-]+:(\d{12}):[\w-]+$/;

/**
 * Subscribes to a topic, or answers the subscription of the same endpoint. A queue of another account than the topic's is asked first, in a
 * message with a token, and so is an HTTP address; both once more when they are subscribed again before they have confirmed. Source: SNS
 * developer guide, sns-send-message-to-sqs-cross-account and sns-http-https-endpoint-as-subscriber; "Request confirmation" of its console.
 */
export function subscribe(
  topic: Topic,
  { protocol, endpoint }: { readonly protocol: string; readonly endpoint: string },
  context: RequestContext,
): Subscription {
  const queueAccount = QUEUE_ARN.exec(endpoint)?.[1];
  if (protocol === "sqs" && queueAccount === undefined)
    throw new AwsError("InvalidParameterException", "Invalid parameter: SQS endpoint ARN");
  if (protocol !== "sqs" && !PENDING.has(protocol))
    throw new AwsError(
      "NotImplemented",
      `Subscriptions of protocol "${protocol}" are not implemented by the local cloud.`,
      501,
    );
  if (protocol.startsWith("http") && !endpoint.startsWith(`${protocol}://`))
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter: Endpoint must match the specified protocol",
    );
  const same = [...topic.subscriptions.values()].find(
    (other) => other.protocol === protocol && other.endpoint === endpoint,
  );
  if (same) {
    if (!same.confirmed) ask(topic, same, context);
    return same;
  }
  const subscription: Subscription = {
    arn: `${topic.arn}:${randomUUID()}`,
    topicArn: topic.arn,
    owner: context.account,
    protocol,
    endpoint,
    confirmed: protocol === "sqs" && queueAccount === topic.owner,
    token: randomUUID().replaceAll("-", ""),
    attributes: new Map(),
  };
  topic.subscriptions.set(subscription.arn, subscription);
  if (!subscription.confirmed) {
    ask(topic, subscription, context);
    context.cloud.clock.at(context.now.getTime() + UNCONFIRMED, () => {
      if (!subscription.confirmed) topic.subscriptions.delete(subscription.arn);
    });
  }
  return subscription;
}

/** Confirms the subscription that a token was sent for; the same token again changes nothing. */
export function confirm(topic: Topic, token: string): Subscription {
  const subscription = [...topic.subscriptions.values()].find((one) => one.token === token);
  if (!subscription) throw new AwsError("InvalidParameterException", "Invalid parameter: Token");
  subscription.confirmed = true;
  return subscription;
}

function ask(
  topic: Topic,
  { protocol, endpoint, token }: Subscription,
  { cloud, endpoint: base, now }: RequestContext,
): void {
  const messageId = randomUUID();
  const body = JSON.stringify({
    Type: "SubscriptionConfirmation",
    MessageId: messageId,
    Token: token,
    TopicArn: topic.arn,
    Message: `You have chosen to subscribe to the topic ${topic.arn}. To confirm, call ConfirmSubscription with this token.`,
    SubscribeURL: `${base}/?Action=ConfirmSubscription&TopicArn=${topic.arn}&Token=${token}`,
    Timestamp: now.toISOString(),
  });
  if (isReachable(endpoint))
    void deliverByHttp({ endpoint, type: "SubscriptionConfirmation", messageId, topicArn: topic.arn, body });
  const queue = protocol === "sqs" ? queueByArn(cloud, endpoint) : undefined;
  if (!queue || !mayReach(topic.arn, queue.arn, queue.policy)) return;
  queue.send({ body, senderId: "AIDAIT2UOQQY3AUEKVGXU" });
}
