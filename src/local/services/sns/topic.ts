import { randomUUID } from "node:crypto";
import type { MessageAttributeValue } from "@aws-sdk/client-sns";
import { AwsError } from "../../aws-error.ts";
import type { Cloud, StateKey } from "../../cloud.ts";
import { queueByArn } from "../sqs.ts";
import { deliverByHttp, isReachable } from "./http-delivery.ts";
import { mayReach } from "./queue-permission.ts";

/** One subscription. A pending one gets no messages. */
export interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly owner: string;
  readonly protocol: string;
  readonly endpoint: string;
  confirmed: boolean;
  /** Sent to whoever is to confirm it. */
  readonly token?: string;
  readonly attributes: Map<string, string>;
}

/** One standard topic. */
export interface Topic {
  readonly arn: string;
  readonly name: string;
  readonly owner: string;
  readonly attributes: Map<string, string>;
  readonly tags: Map<string, string>;
  readonly subscriptions: Map<string, Subscription>;
}

/** Topics of one account and region, by ARN. */
export const topicsKey: StateKey<Map<string, Topic>> = { name: "sns.topics", create: () => new Map() };

/** What is published. `json`: `message` holds a JSON object with a text per protocol. */
export interface Publication {
  readonly message: string;
  readonly subject?: string | undefined;
  readonly json?: boolean;
  readonly attributes?: Readonly<Record<string, MessageAttributeValue>> | undefined;
}

/** The topic of an ARN, wherever it is; undefined when there is none. */
export function topicByArn(cloud: Cloud, arn: string): Topic | undefined {
  const [, , service, region, account] = arn.split(":");
  if (service !== "sns" || !region || !account) return undefined;
  return cloud.state(topicsKey, account, region).get(arn);
}

/** Makes a topic, or answers the one of that name. */
export function createTopic(
  cloud: Cloud,
  place: { readonly partition: string; readonly account: string; readonly region: string },
  name: string,
): Topic {
  const arn = `arn:${place.partition}:sns:${place.region}:${place.account}:${name}`;
  const topics = cloud.state(topicsKey, place.account, place.region);
  const existing = topics.get(arn);
  if (existing) return existing;
  const topic: Topic = {
    arn,
    name,
    owner: place.account,
    attributes: new Map(),
    tags: new Map(),
    subscriptions: new Map(),
  };
  topics.set(arn, topic);
  return topic;
}

/**
 * Publishes to a topic: every confirmed subscription of a queue, if its policy lets it in, and of an HTTP address on this machine gets the
 * message, wrapped as SNS wraps it or raw.
 * Messages aren't signed. Answers the message id; throws NotFoundException for a topic that doesn't exist.
 */
export function publish(cloud: Cloud, topicArn: string, publication: Publication): string {
  const topic = topicByArn(cloud, topicArn);
  if (!topic) throw new AwsError("NotFoundException", "Topic does not exist");
  const texts = publication.json ? textsOf(publication.message) : undefined;
  if (Buffer.byteLength(publication.message) > 262_144) {
    throw new AwsError("InvalidParameterException", "Invalid parameter: Message too long");
  }
  const id = randomUUID();
  for (const subscription of topic.subscriptions.values()) {
    if (!subscription.confirmed) continue;
    const { protocol, endpoint } = subscription;
    const text = texts ? (texts[protocol] ?? texts["default"] ?? "") : publication.message;
    const raw = subscription.attributes.get("RawMessageDelivery") === "true";
    const body = raw ? text : JSON.stringify(envelope(id, topic, publication, text, cloud.clock.now()));
    if (isReachable(endpoint)) {
      const about = { messageId: id, topicArn, subscriptionArn: subscription.arn };
      void deliverByHttp({ endpoint, type: "Notification", ...about, raw, body });
    }
    const queue = protocol === "sqs" ? queueByArn(cloud, endpoint) : undefined;
    if (!queue || !mayReach(topicArn, queue.arn, queue.policy)) continue;
    queue.send({
      body,
      ...(raw && publication.attributes ? { attributes: publication.attributes } : {}),
      senderId: "AIDAIT2UOQQY3AUEKVGXU",
    });
  }
  return id;
}

function textsOf(message: string): Record<string, string> {
  let texts: unknown;
  try {
    texts = JSON.parse(message);
  } catch {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter: Message Structure - JSON message body failed to parse",
    );
  }
  if (texts === null || typeof texts !== "object" || !("default" in texts)) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter: Message Structure - No default entry in JSON message body",
    );
  }
  return texts as Record<string, string>;
}

function envelope(
  id: string,
  topic: Topic,
  publication: Publication,
  text: string,
  now: Date,
): Readonly<Record<string, unknown>> {
  const attributes = Object.entries(publication.attributes ?? {}).map(([name, value]) => [
    name,
    {
      Type: value.DataType,
      Value: value.BinaryValue ? Buffer.from(value.BinaryValue).toString("base64") : value.StringValue,
    },
  ]);
  return {
    Type: "Notification",
    MessageId: id,
    TopicArn: topic.arn,
    ...(publication.subject === undefined ? {} : { Subject: publication.subject }),
    Message: text,
    Timestamp: now.toISOString(),
    ...(attributes.length > 0 ? { MessageAttributes: Object.fromEntries(attributes) } : {}),
  };
}
