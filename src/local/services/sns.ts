import { AwsError } from "../aws-error.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";
import { pageByKey } from "./key-paging.ts";
import { confirm, subscribe } from "./sns/subscribe.ts";
import { createTopic, publish, type Subscription, type Topic, topicByArn, topicsKey } from "./sns/topic.ts";

const PAGE = 100;

/** Attributes of a topic that clients may set; values are stored as given. */
const TOPIC_ATTRIBUTES = new Set([
  "DisplayName",
  "Policy",
  "DeliveryPolicy",
  "KmsMasterKeyId",
  "SignatureVersion",
  "TracingConfig",
]);

/** How deliveries are logged, per protocol: shares of successes, and roles that write the log. Source: SNS API, SetTopicAttributes. */
const DELIVERY_STATUS =
  /^(?:Application|Firehose|HTTP|Lambda|SQS)(?:SuccessFeedbackSampleRate|(?:Success|Failure)FeedbackRoleArn)$/;

function topicOf(arn: string | undefined, context: RequestContext): Topic {
  const topic = topicByArn(context.cloud, arn ?? "");
  if (!topic || topic.owner !== context.account)
    throw new AwsError("NotFoundException", "Topic does not exist");
  return topic;
}

function subscriptionOf(
  arn: string | undefined,
  context: RequestContext,
): { topic: Topic; subscription: Subscription } {
  const topic = topicByArn(context.cloud, (arn ?? "").split(":").slice(0, 6).join(":"));
  const subscription = topic?.subscriptions.get(arn ?? "");
  if (!topic || !subscription) throw new AwsError("NotFoundException", "Subscription does not exist");
  return { topic, subscription };
}

/** A page of a listing by ARN. `binding`: what was asked for. */
function pageOf<T extends { readonly arn: string }>(
  all: readonly T[],
  token: string | undefined,
  binding: unknown,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const { items, next } = pageByKey(
    all,
    ({ arn }) => arn,
    { size: PAGE, token, binding },
    () => new AwsError("InvalidParameterException", "Invalid parameter: NextToken"),
  );
  return next === undefined ? { items } : { items, NextToken: next };
}

function setTopicAttribute(topic: Topic, name: string, value: string): void {
  if (name === "FifoTopic" || name === "ContentBasedDeduplication") {
    throw new AwsError("NotImplemented", "FIFO topics are not implemented by the local cloud.", 501);
  }
  if (DELIVERY_STATUS.test(name)) {
    if (name.endsWith("SampleRate") && !/^(?:100|\d{1,2})$/.test(value)) {
      throw new AwsError("InvalidParameterException", `Invalid parameter: ${name}`);
    }
    if (name.endsWith("RoleArn") && value !== "") {
      throw new AwsError(
        "NotImplemented",
        "Delivery status logs are not implemented by the local cloud.",
        501,
      );
    }
  } else if (!TOPIC_ATTRIBUTES.has(name)) {
    throw new AwsError("InvalidParameterException", "Invalid parameter: AttributeName");
  }
  if (name === "SignatureVersion" && value !== "1" && value !== "2") {
    throw new AwsError("InvalidParameterException", "Invalid parameter: SignatureVersion");
  }
  topic.attributes.set(name, value);
}

function setSubscriptionAttribute(subscription: Subscription, name: string, value: string): void {
  if (name === "RawMessageDelivery" && (value === "true" || value === "false")) {
    subscription.attributes.set(name, value);
    return;
  }
  if (["FilterPolicy", "FilterPolicyScope", "RedrivePolicy", "DeliveryPolicy"].includes(name)) {
    throw new AwsError("NotImplemented", `${name} is not implemented by the local cloud.`, 501);
  }
  throw new AwsError("InvalidParameterException", "Invalid parameter: AttributeName");
}

const shown = (subscription: Subscription) => ({
  SubscriptionArn: subscription.confirmed ? subscription.arn : "PendingConfirmation",
  Owner: subscription.owner,
  Protocol: subscription.protocol,
  Endpoint: subscription.endpoint,
  TopicArn: subscription.topicArn,
});

const handlers: Handlers<typeof import("@aws-sdk/client-sns")> = {
  CreateTopic(input, context) {
    const name = input.Name ?? "";
    if (name.endsWith(".fifo")) {
      throw new AwsError("NotImplemented", "FIFO topics are not implemented by the local cloud.", 501);
    }
    if (!/^[\w-]{1,256}$/.test(name)) {
      throw new AwsError("InvalidParameterException", "Invalid parameter: Topic Name");
    }
    const existing = topicByArn(
      context.cloud,
      `arn:${context.partition}:sns:${context.region}:${context.account}:${name}`,
    );
    const tags: Record<string, string> = {};
    for (const { Key, Value } of input.Tags ?? []) if (Key) tags[Key] = Value ?? "";
    if (existing) {
      if (Object.entries(tags).some(([key, value]) => existing.tags.get(key) !== value)) {
        throw new AwsError(
          "InvalidParameterException",
          "Invalid parameter: Tags Reason: Topic already exists with different tags",
        );
      }
      if (
        Object.entries(input.Attributes ?? {}).some(([key, value]) => existing.attributes.get(key) !== value)
      ) {
        throw new AwsError(
          "InvalidParameterException",
          "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
        );
      }
      return { TopicArn: existing.arn };
    }
    const topic = createTopic(context.cloud, context, name);
    try {
      for (const [key, value] of Object.entries(input.Attributes ?? {})) setTopicAttribute(topic, key, value);
    } catch (error) {
      context.cloud.state(topicsKey, context.account, context.region).delete(topic.arn);
      throw error;
    }
    for (const [key, value] of Object.entries(tags)) topic.tags.set(key, value);
    return { TopicArn: topic.arn };
  },
  DeleteTopic(input, context) {
    context.cloud.state(topicsKey, context.account, context.region).delete(input.TopicArn ?? "");
    return {};
  },
  ListTopics(input, context) {
    const topics = [...context.cloud.state(topicsKey, context.account, context.region).values()];
    const { items, ...page } = pageOf(topics, input.NextToken, "ListTopics");
    return { Topics: items.map((topic) => ({ TopicArn: topic.arn })), ...page };
  },
  GetTopicAttributes(input, context) {
    const topic = topicOf(input.TopicArn, context);
    const all = [...topic.subscriptions.values()];
    const confirmed = all.filter((subscription) => subscription.confirmed).length;
    return {
      Attributes: {
        TopicArn: topic.arn,
        Owner: topic.owner,
        DisplayName: "",
        EffectiveDeliveryPolicy: "{}",
        Policy: JSON.stringify({ Version: "2008-10-17", Id: "__default_policy_ID", Statement: [] }),
        SubscriptionsConfirmed: String(confirmed),
        SubscriptionsPending: String(all.length - confirmed),
        SubscriptionsDeleted: "0",
        ...Object.fromEntries(topic.attributes),
      },
    };
  },
  SetTopicAttributes(input, context) {
    setTopicAttribute(
      topicOf(input.TopicArn, context),
      input.AttributeName ?? "",
      input.AttributeValue ?? "",
    );
    return {};
  },
  Subscribe(input, context) {
    const topic = topicOf(input.TopicArn, context);
    const { Protocol: protocol = "", Endpoint: endpoint = "" } = input;
    const subscription = subscribe(topic, { protocol, endpoint }, context);
    for (const [key, value] of Object.entries(input.Attributes ?? {})) {
      setSubscriptionAttribute(subscription, key, value);
    }
    return {
      SubscriptionArn:
        subscription.confirmed || input.ReturnSubscriptionArn ? subscription.arn : "pending confirmation",
    };
  },
  ConfirmSubscription(input, context) {
    const topic = topicByArn(context.cloud, input.TopicArn ?? "");
    if (!topic) throw new AwsError("NotFoundException", "Topic does not exist");
    return { SubscriptionArn: confirm(topic, input.Token ?? "").arn };
  },
  Unsubscribe(input, context) {
    const topic = topicByArn(context.cloud, (input.SubscriptionArn ?? "").split(":").slice(0, 6).join(":"));
    topic?.subscriptions.delete(input.SubscriptionArn ?? "");
    return {};
  },
  ListSubscriptions(input, context) {
    const all = [...context.cloud.state(topicsKey, context.account, context.region).values()].flatMap(
      ({ arn }) => [...(topicByArn(context.cloud, arn)?.subscriptions.values() ?? [])],
    );
    const { items, ...page } = pageOf(all, input.NextToken, "ListSubscriptions");
    return { Subscriptions: items.map(shown), ...page };
  },
  ListSubscriptionsByTopic(input, context) {
    const all = [...topicOf(input.TopicArn, context).subscriptions.values()];
    const { items, ...page } = pageOf(all, input.NextToken, ["ListSubscriptionsByTopic", input.TopicArn]);
    return { Subscriptions: items.map(shown), ...page };
  },
  GetSubscriptionAttributes(input, context) {
    const { subscription } = subscriptionOf(input.SubscriptionArn, context);
    return {
      Attributes: {
        ...shown(subscription),
        SubscriptionArn: subscription.arn,
        PendingConfirmation: String(!subscription.confirmed),
        ConfirmationWasAuthenticated: String(subscription.confirmed),
        RawMessageDelivery: "false",
        SubscriptionPrincipal: `arn:${context.partition}:iam::${context.account}:root`,
        ...Object.fromEntries(subscription.attributes),
      },
    };
  },
  SetSubscriptionAttributes(input, context) {
    const { subscription } = subscriptionOf(input.SubscriptionArn, context);
    setSubscriptionAttribute(subscription, input.AttributeName ?? "", input.AttributeValue ?? "");
    return {};
  },
  Publish(input, context) {
    if (input.PhoneNumber !== undefined || input.TargetArn?.includes(":endpoint/")) {
      throw new AwsError("NotImplemented", "Only topics can be published to in the local cloud.", 501);
    }
    const subject = input.Subject;
    if (subject !== undefined && (subject.length === 0 || subject.length > 100 || /[\n\r]/.test(subject))) {
      throw new AwsError("InvalidParameterException", "Invalid parameter: Subject");
    }
    if (!input.Message) throw new AwsError("InvalidParameterException", "Invalid parameter: Empty message");
    return {
      MessageId: publish(context.cloud, input.TopicArn ?? input.TargetArn ?? "", {
        message: input.Message,
        subject,
        json: input.MessageStructure === "json",
        attributes: input.MessageAttributes,
      }),
    };
  },
  PublishBatch(input, context) {
    const entries = input.PublishBatchRequestEntries ?? [];
    if (entries.length === 0) throw new AwsError("EmptyBatchRequestException", "The batch request is empty.");
    if (entries.length > 10) {
      throw new AwsError(
        "TooManyEntriesInBatchRequestException",
        "The batch request contains more than 10 entries.",
      );
    }
    if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
      throw new AwsError("BatchEntryIdsNotDistinctException", "Two or more batch entries have the same Id.");
    }
    topicOf(input.TopicArn, context);
    const Successful: { Id: string; MessageId: string }[] = [];
    const Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[] = [];
    for (const entry of entries) {
      const Id = entry.Id ?? "";
      try {
        const MessageId = publish(context.cloud, input.TopicArn ?? "", {
          message: entry.Message ?? "",
          subject: entry.Subject,
          json: entry.MessageStructure === "json",
          attributes: entry.MessageAttributes,
        });
        Successful.push({ Id, MessageId });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
      }
    }
    return { Successful, Failed };
  },
  TagResource(input, context) {
    const topic = taggedTopic(input.ResourceArn, context);
    for (const { Key, Value } of input.Tags ?? []) if (Key) topic.tags.set(Key, Value ?? "");
    return {};
  },
  UntagResource(input, context) {
    const topic = taggedTopic(input.ResourceArn, context);
    for (const key of input.TagKeys ?? []) topic.tags.delete(key);
    return {};
  },
  ListTagsForResource(input, context) {
    const topic = taggedTopic(input.ResourceArn, context);
    return { Tags: [...topic.tags].map(([Key, Value]) => ({ Key, Value })) };
  },
};

function taggedTopic(arn: string | undefined, context: RequestContext): Topic {
  const topic = topicByArn(context.cloud, arn ?? "");
  if (!topic || topic.owner !== context.account) {
    throw new AwsError("ResourceNotFoundException", "Resource does not exist");
  }
  return topic;
}

/** Amazon SNS: standard topics, delivered to SQS queues and to HTTP addresses on this machine. */
export const sns: LocalService = {
  sdk: "@aws-sdk/client-sns",
  signingName: "sns",
  version: "2010-03-31",
  xmlNamespace: "http://sns.amazonaws.com/doc/2010-03-31/",
  defaultProtocol: "awsQuery",
  handlers,
};
