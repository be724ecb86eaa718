import { AwsError } from "../aws-error.ts";
import type { Cloud, StateKey } from "../cloud.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";
import { pageByKey } from "./key-paging.ts";
import { Queue } from "./sqs/queue.ts";

/** Most queues of one answer. Source: SQS API, ListQueues. */
const MOST_LISTED = 1000;

/** Queues of one account and region, by name. */
const queuesKey: StateKey<Map<string, Queue>> = { name: "sqs.queues", create: () => new Map() };

/** The queue of an ARN, wherever it is; undefined when there is none. */
export function queueByArn(cloud: Cloud, arn: string): Queue | undefined {
  const [, , service, region, account, name] = arn.split(":");
  if (service !== "sqs" || !region || !account || !name) return undefined;
  return cloud.state(queuesKey, account, region).get(name);
}

/** Makes a queue without a request: for scenarios. An existing one is answered as it is. */
export function createQueue(
  cloud: Cloud,
  place: { readonly partition: string; readonly account: string; readonly region: string },
  name: string,
): Queue {
  const queues = cloud.state(queuesKey, place.account, place.region);
  const existing = queues.get(name);
  if (existing) return existing;
  const queue = new Queue({
    name,
    arn: `arn:${place.partition}:sqs:${place.region}:${place.account}:${name}`,
    clock: cloud.clock,
    findByArn: (arn) => queueByArn(cloud, arn),
  });
  queues.set(name, queue);
  return queue;
}

function queueOf(url: string | undefined, context: RequestContext): Queue {
  const [account, name] = (url ?? "").split("/").slice(-2);
  const queue = context.cloud.state(queuesKey, account ?? "", context.region).get(name ?? "");
  if (!queue || account !== context.account) {
    throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
  }
  return queue;
}

const urlOf = (queue: Queue, context: RequestContext): string =>
  `${context.endpoint}/${context.account}/${queue.name}`;

/** Runs one action per entry of a batch; failures become entries of `Failed`. */
function batch<E extends { readonly Id?: string | undefined }, R>(
  entries: readonly E[] | undefined,
  run: (entry: E) => R,
): {
  Successful: (R & { Id: string })[];
  Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[];
} {
  if (!entries || entries.length === 0) {
    throw new AwsError("EmptyBatchRequest", "There should be at least one entry in the request.");
  }
  if (entries.length > 10) {
    throw new AwsError(
      "TooManyEntriesInBatchRequest",
      `Maximum number of entries per request are 10. You have sent ${entries.length}.`,
    );
  }
  if (new Set(entries.map((entry) => entry.Id)).size < entries.length) {
    throw new AwsError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.");
  }
  const Successful: (R & { Id: string })[] = [];
  const Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[] = [];
  for (const entry of entries) {
    const Id = entry.Id ?? "";
    try {
      Successful.push({ ...run(entry), Id });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      Failed.push({ Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

const handlers: Handlers<typeof import("@aws-sdk/client-sqs")> = {
  CreateQueue(input, context) {
    const name = input.QueueName ?? "";
    if (!/^[\w-]{1,80}(\.fifo)?$/.test(name)) {
      throw new AwsError(
        "InvalidParameterValueException",
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        400,
      );
    }
    if (name.endsWith(".fifo")) {
      throw new AwsError("NotImplemented", "FIFO queues are not implemented by the local cloud.", 501);
    }
    const queues = context.cloud.state(queuesKey, context.account, context.region);
    const existing = queues.get(name);
    if (existing) {
      if (existing.differsFrom(input.Attributes ?? {})) {
        throw new AwsError(
          "QueueNameExists",
          "A queue already exists with the same name and a different value for one or more attributes.",
        );
      }
      return { QueueUrl: urlOf(existing, context) };
    }
    const queue = createQueue(context.cloud, context, name);
    try {
      queue.setAttributes(input.Attributes ?? {});
    } catch (error) {
      queues.delete(name);
      throw error;
    }
    for (const [key, value] of Object.entries(input.tags ?? {})) queue.tags.set(key, value);
    return { QueueUrl: urlOf(queue, context) };
  },
  DeleteQueue(input, context) {
    const queue = queueOf(input.QueueUrl, context);
    context.cloud.state(queuesKey, context.account, context.region).delete(queue.name);
    return {};
  },
  GetQueueUrl(input, context) {
    const queue = context.cloud.state(queuesKey, context.account, context.region).get(input.QueueName ?? "");
    if (!queue || (input.QueueOwnerAWSAccountId ?? context.account) !== context.account) {
      throw new AwsError("QueueDoesNotExist", "The specified queue does not exist.");
    }
    return { QueueUrl: urlOf(queue, context) };
  },
  ListQueues(input, context) {
    const prefix = input.QueueNamePrefix ?? "";
    const { items, next } = pageByKey(
      [...context.cloud.state(queuesKey, context.account, context.region).values()].filter(({ name }) =>
        name.startsWith(prefix),
      ),
      ({ name }) => name,
      { size: input.MaxResults ?? MOST_LISTED, token: input.NextToken, binding: prefix },
      () => new AwsError("InvalidParameterValueException", "Invalid or expired next token.", 400),
    );
    return {
      QueueUrls: items.map((queue) => urlOf(queue, context)),
      // Without MaxResults the rest isn't to be had.
      ...(input.MaxResults && next !== undefined ? { NextToken: next } : {}),
    };
  },
  GetQueueAttributes(input, context) {
    const all = queueOf(input.QueueUrl, context).attributes();
    const names: readonly string[] = input.AttributeNames ?? [];
    for (const name of names) {
      if (
        name !== "All" &&
        !(name in all) &&
        !["Policy", "RedrivePolicy", "RedriveAllowPolicy"].includes(name)
      ) {
        throw new AwsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
      }
    }
    const Attributes = Object.fromEntries(
      Object.entries(all).filter(([name]) => names.includes("All") || names.includes(name)),
    );
    return Object.keys(Attributes).length > 0 ? { Attributes } : {};
  },
  SetQueueAttributes(input, context) {
    queueOf(input.QueueUrl, context).setAttributes(input.Attributes ?? {});
    return {};
  },
  SendMessage(input, context) {
    const sent = queueOf(input.QueueUrl, context).send({
      body: input.MessageBody ?? "",
      attributes: input.MessageAttributes,
      delaySeconds: input.DelaySeconds,
      senderId: context.principal.userId,
    });
    return {
      MessageId: sent.id,
      MD5OfMessageBody: sent.bodyMd5,
      ...(sent.attributesMd5 ? { MD5OfMessageAttributes: sent.attributesMd5 } : {}),
    };
  },
  SendMessageBatch(input, context) {
    const queue = queueOf(input.QueueUrl, context);
    return batch(input.Entries, (entry) => {
      const sent = queue.send({
        body: entry.MessageBody ?? "",
        attributes: entry.MessageAttributes,
        delaySeconds: entry.DelaySeconds,
        senderId: context.principal.userId,
      });
      return {
        MessageId: sent.id,
        MD5OfMessageBody: sent.bodyMd5,
        ...(sent.attributesMd5 ? { MD5OfMessageAttributes: sent.attributesMd5 } : {}),
      };
    });
  },
  async ReceiveMessage(input, context) {
    const max = input.MaxNumberOfMessages ?? 1;
    if (max < 1 || max > 10) {
      throw new AwsError(
        "InvalidParameterValueException",
        `Value ${max} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
        400,
      );
    }
    const wait = input.WaitTimeSeconds;
    if (wait !== undefined && (wait < 0 || wait > 20)) {
      throw new AwsError(
        "InvalidParameterValueException",
        `Value ${wait} for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.`,
        400,
      );
    }
    const queue = queueOf(input.QueueUrl, context);
    const messages = await queue.receive({
      max,
      visibilityTimeout: input.VisibilityTimeout,
      waitSeconds: wait ?? Number(queue.attributes()["ReceiveMessageWaitTimeSeconds"]),
      systemAttributes: [...(input.MessageSystemAttributeNames ?? []), ...(input.AttributeNames ?? [])],
      attributeNames: input.MessageAttributeNames ?? [],
    });
    return messages.length > 0 ? { Messages: messages } : {};
  },
  DeleteMessage(input, context) {
    queueOf(input.QueueUrl, context).remove(input.ReceiptHandle ?? "");
    return {};
  },
  DeleteMessageBatch(input, context) {
    const queue = queueOf(input.QueueUrl, context);
    return batch(input.Entries, (entry) => {
      queue.remove(entry.ReceiptHandle ?? "");
      return {};
    });
  },
  ChangeMessageVisibility(input, context) {
    queueOf(input.QueueUrl, context).changeVisibility(
      input.ReceiptHandle ?? "",
      input.VisibilityTimeout ?? 0,
    );
    return {};
  },
  ChangeMessageVisibilityBatch(input, context) {
    const queue = queueOf(input.QueueUrl, context);
    return batch(input.Entries, (entry) => {
      queue.changeVisibility(entry.ReceiptHandle ?? "", entry.VisibilityTimeout ?? 0);
      return {};
    });
  },
  PurgeQueue(input, context) {
    queueOf(input.QueueUrl, context).purge();
    return {};
  },
  TagQueue(input, context) {
    const queue = queueOf(input.QueueUrl, context);
    for (const [key, value] of Object.entries(input.Tags ?? {})) queue.tags.set(key, value);
    return {};
  },
  UntagQueue(input, context) {
    const queue = queueOf(input.QueueUrl, context);
    for (const key of input.TagKeys ?? []) queue.tags.delete(key);
    return {};
  },
  ListQueueTags(input, context) {
    const { tags } = queueOf(input.QueueUrl, context);
    return tags.size > 0 ? { Tags: Object.fromEntries(tags) } : {};
  },
};

/** Amazon SQS: standard queues. */
export const sqs: LocalService = {
  sdk: "@aws-sdk/client-sqs",
  signingName: "sqs",
  target: "AmazonSQS",
  version: "2012-11-05",
  xmlNamespace: "http://queue.amazonaws.com/doc/2012-11-05/",
  defaultProtocol: "awsJson1_0",
  missingMember: "MissingParameter",
  queryCompatible: true,
  handlers,
};
