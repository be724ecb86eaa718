import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  ConfirmSubscriptionCommand,
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListSubscriptionsCommand,
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_ACCOUNTS } from "../accounts.ts";
import { createLocalCloud, type LocalCloud } from "../server.ts";
import { topicByArn } from "./sns/topic.ts";
import { createQueue, queueByArn } from "./sqs.ts";

const [account] = DEFAULT_ACCOUNTS as [(typeof DEFAULT_ACCOUNTS)[number]];
let local: LocalCloud;
let sns: SNSClient;
let sqs: SQSClient;

beforeEach(() => {
  local = createLocalCloud();
  const config = {
    region: "eu-central-1",
    endpoint: "http://127.0.0.1:4566",
    credentials: { accessKeyId: account.accessKeyId, secretAccessKey: account.secretAccessKey },
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  };
  sns = new SNSClient(config);
  sqs = new SQSClient(config);
});

async function queue(
  name: string,
  attributes: Record<string, string> = {},
): Promise<{ url: string; arn: string }> {
  const { QueueUrl = "" } = await sqs.send(
    new CreateQueueCommand({ QueueName: name, Attributes: attributes }),
  );
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  return { url: QueueUrl, arn: Attributes?.["QueueArn"] ?? "" };
}

async function receive(url: string, max = 10): Promise<Message[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: max,
      MessageSystemAttributeNames: ["All"],
      MessageAttributeNames: ["All"],
    }),
  );
  return Messages;
}

describe("SQS", () => {
  it("hides a received message until its visibility time-out is over, then gives it again", async () => {
    const { url } = await queue("jobs", { VisibilityTimeout: "60" });
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: "one",
        MessageAttributes: { kind: { DataType: "String", StringValue: "test" } },
      }),
    );
    const [first] = await receive(url);
    expect(first?.Body).toBe("one");
    expect(first?.MessageAttributes?.["kind"]?.StringValue).toBe("test");
    expect(await receive(url)).toEqual([]);
    await local.cloud.clock.advance(61_000);
    const [again] = await receive(url);
    expect(again?.Attributes?.["ApproximateReceiveCount"]).toBe("2");
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again?.ReceiptHandle ?? "" }));
    await local.cloud.clock.advance(61_000);
    expect(await receive(url)).toEqual([]);
  });

  it("wakes a long poll when a message comes", async () => {
    const { url } = await queue("jobs");
    const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "late" }));
    expect((await waiting).Messages?.[0]?.Body).toBe("late");
  });

  it("ends a long poll with nothing when its time is over", async () => {
    const { url } = await queue("jobs");
    const waiting = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }));
    await sqs.send(new ListQueuesCommand({}));
    await local.cloud.clock.advance(20_000);
    expect((await waiting).Messages).toBeUndefined();
  });

  it("moves a message that was received too often to the dead-letter queue", async () => {
    const dead = await queue("dead");
    const { url } = await queue("jobs", {
      VisibilityTimeout: "10",
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: dead.arn, maxReceiveCount: 2 }),
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "poison" }));
    for (let i = 0; i < 2; i += 1) {
      expect(await receive(url)).toHaveLength(1);
      await local.cloud.clock.advance(11_000);
    }
    expect(await receive(url)).toEqual([]);
    expect((await receive(dead.url))[0]?.Body).toBe("poison");
  });

  it("answers batches entry by entry and counts what it holds", async () => {
    const { url } = await queue("jobs");
    const sent = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "a", MessageBody: "1" },
          { Id: "b", MessageBody: "2", DelaySeconds: 30 },
          { Id: "c", MessageBody: "x".repeat(1_048_577) },
        ],
      }),
    );
    expect(sent.Successful?.map(({ Id }) => Id)).toEqual(["a", "b"]);
    expect(sent.Failed?.map(({ Id }) => Id)).toEqual(["c"]);
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ["All"] }),
    );
    expect(Attributes).toMatchObject({
      ApproximateNumberOfMessages: "1",
      ApproximateNumberOfMessagesDelayed: "1",
    });
    const got = await receive(url);
    const removed = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "a", ReceiptHandle: got[0]?.ReceiptHandle ?? "" },
          { Id: "b", ReceiptHandle: "nonsense" },
        ],
      }),
    );
    expect([removed.Successful?.length, removed.Failed?.[0]?.Code]).toEqual([1, "ReceiptHandleIsInvalid"]);
  });

  it("refuses what AWS refuses", async () => {
    const { url } = await queue("jobs");
    await expect(queue("jobs", { VisibilityTimeout: "99" })).rejects.toMatchObject({
      name: "QueueNameExists",
    });
    await expect(queue("bad name")).rejects.toThrow(/alphanumeric/);
    await expect(sqs.send(new GetQueueUrlCommand({ QueueName: "absent" }))).rejects.toMatchObject({
      name: "QueueDoesNotExist",
    });
    await sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: "m" }));
    const [message] = await receive(url);
    await local.cloud.clock.advance(31_000);
    await expect(
      sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: message?.ReceiptHandle ?? "",
          VisibilityTimeout: 5,
        }),
      ),
    ).rejects.toMatchObject({ name: "MessageNotInflight" });
    await expect(queue("orders.fifo", { FifoQueue: "true" })).rejects.toMatchObject({
      name: "NotImplemented",
    });
  });
});

describe("SNS", () => {
  it("delivers to a queue, wrapped or raw, with the time of the virtual clock", async () => {
    const wrapped = await queue("wrapped");
    const raw = await queue("raw");
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: wrapped.arn }));
    const { SubscriptionArn = "" } = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: raw.arn }),
    );
    await sns.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName: "RawMessageDelivery",
        AttributeValue: "true",
      }),
    );
    await local.cloud.clock.jumpTo(new Date("2100-01-01T00:00:00Z"));
    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: "hello",
        Message: "wörld",
        MessageAttributes: { level: { DataType: "Number", StringValue: "3" } },
      }),
    );
    expect(JSON.parse((await receive(wrapped.url))[0]?.Body ?? "")).toMatchObject({
      Type: "Notification",
      MessageId,
      TopicArn,
      Subject: "hello",
      Message: "wörld",
      Timestamp: expect.stringMatching(/^2100-01-01T00:00:0/),
      MessageAttributes: { level: { Type: "Number", Value: "3" } },
    });
    const [plain] = await receive(raw.url);
    expect([plain?.Body, plain?.MessageAttributes?.["level"]?.StringValue]).toEqual(["wörld", "3"]);
  });

  it("takes the text for the protocol from a structured message", async () => {
    const inbox = await queue("inbox");
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: inbox.arn }));
    await sns.send(
      new PublishCommand({
        TopicArn,
        MessageStructure: "json",
        Message: JSON.stringify({ default: "d", sqs: "s" }),
      }),
    );
    expect(JSON.parse((await receive(inbox.url))[0]?.Body ?? "")).toMatchObject({ Message: "s" });
    await expect(
      sns.send(new PublishCommand({ TopicArn, MessageStructure: "json", Message: "{}" })),
    ).rejects.toThrow(/No default entry/);
  });

  it("keeps unconfirmed subscriptions pending, and answers batches entry by entry", async () => {
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    const answer = await sns.send(
      new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "a@example.com" }),
    );
    expect(answer.SubscriptionArn).toBe("pending confirmation");
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions?.[0]?.SubscriptionArn).toBe("PendingConfirmation");
    const batch = await sns.send(
      new PublishBatchCommand({
        TopicArn,
        PublishBatchRequestEntries: [
          { Id: "1", Message: "a" },
          { Id: "2", Message: "{", MessageStructure: "json" },
        ],
      }),
    );
    expect([batch.Successful?.length, batch.Failed?.[0]?.Id]).toEqual([1, "2"]);
  });

  it("forgets after two days what nobody confirmed", async () => {
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    for (const Endpoint of ["a@example.com", "b@example.com"])
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint }));
    const held = () => [...(topicByArn(local.cloud, TopicArn)?.subscriptions.values() ?? [])];
    const [kept] = held();
    if (kept) kept.confirmed = true;
    const listed = async () => {
      const answers = await Promise.all([
        sns.send(new ListSubscriptionsByTopicCommand({ TopicArn })),
        sns.send(new ListSubscriptionsCommand({})),
      ]);
      return answers.map(({ Subscriptions = [] }) => Subscriptions.length);
    };
    await local.cloud.clock.advance(47 * 3_600_000);
    expect(await listed()).toEqual([2, 2]);
    // Unsubscribed and subscribed again: two days of its own.
    await sns.send(new UnsubscribeCommand({ SubscriptionArn: held()[1]?.arn }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "email", Endpoint: "b@example.com" }));
    const pending = held()[1];
    await local.cloud.clock.advance(3_600_001);
    expect(await listed()).toEqual([2, 2]);
    await local.cloud.clock.advance(47 * 3_600_000);
    // It went as time passed, before anybody looked, and its token with it.
    expect(held()).toEqual([kept]);
    expect(await listed()).toEqual([1, 1]);
    await expect(
      sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token: pending?.token })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("asks a queue of another account before it sends there", async () => {
    const other = "arn:aws:sqs:eu-central-1:444455556666:inbox";
    createQueue(local.cloud, { partition: "aws", account: "444455556666", region: "eu-central-1" }, "inbox");
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: other }));
    const listed = async () =>
      (await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }))).Subscriptions?.[0]?.SubscriptionArn;
    expect(await listed()).toBe("PendingConfirmation");
    await sns.send(new PublishCommand({ TopicArn, Message: "unheard" }));
    const inbox = queueByArn(local.cloud, other);
    const receiving = { max: 10, waitSeconds: 0, systemAttributes: [], attributeNames: [] };
    const bodies = async () =>
      ((await inbox?.receive(receiving)) ?? []).map(
        ({ Body = "" }) => JSON.parse(Body) as { Token?: string },
      );
    const [question, ...more] = await bodies();
    expect([question, more]).toMatchObject([{ Type: "SubscriptionConfirmation", TopicArn }, []]);
    const confirmWith = (Token: string) => sns.send(new ConfirmSubscriptionCommand({ TopicArn, Token }));
    await expect(confirmWith("nonsense")).rejects.toMatchObject({ name: "InvalidParameterException" });
    // Subscribed again before it is confirmed: asked again.
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: other }));
    expect(await bodies()).toMatchObject([{ Type: "SubscriptionConfirmation" }]);
    await confirmWith(question?.Token ?? "");
    expect(await listed()).toMatch(/^arn:/);
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: other }));
    expect(await bodies()).toEqual([]);
    await sns.send(new PublishCommand({ TopicArn, Message: "heard" }));
    expect(await bodies()).toMatchObject([{ Type: "Notification", Message: "heard" }]);
  });

  it("asks an address of this machine before it posts there, and again when it wasn't there", async () => {
    const posted: { readonly headers: Readonly<Record<string, unknown>>; readonly body: string }[] = [];
    let refusals = 1;
    const listener = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        refusals -= 1;
        if (refusals < 0) posted.push({ headers: request.headers, body });
        response.writeHead(refusals < 0 ? 200 : 503).end();
      });
    });
    await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
    const Endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/sns`;
    const until = async (count: number): Promise<void> => {
      while (posted.length < count) await new Promise((done) => setTimeout(done, 10));
    };
    try {
      const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
      await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint }));
      await until(1);
      expect(posted[0]?.headers).toMatchObject({
        "x-amz-sns-message-type": "SubscriptionConfirmation",
        "x-amz-sns-topic-arn": TopicArn,
        "content-type": "text/plain; charset=UTF-8",
      });
      const { SubscribeURL = "" } = JSON.parse(posted[0]?.body ?? "") as { SubscribeURL?: string };
      const get = (address: string) => {
        const { pathname: path, search } = new URL(address);
        return local.handle({
          method: "GET",
          path,
          query: search.slice(1),
          headers: {},
          body: new Uint8Array(),
        });
      };
      expect((await get(SubscribeURL.replace(/Token=.*/, "Token=guessed"))).status).toBe(400);
      await sns.send(new PublishCommand({ TopicArn, Message: "unheard" }));
      expect(await get(SubscribeURL)).toMatchObject({
        status: 200,
        body: expect.stringMatching(/<SubscriptionArn>arn:aws:sns:.*:alarms:/),
      });
      await sns.send(new PublishCommand({ TopicArn, Message: "heard", Subject: "s" }));
      await until(2);
      expect(posted[1]?.headers).toMatchObject({
        "x-amz-sns-message-type": "Notification",
        "x-amz-sns-subscription-arn": expect.stringMatching(/^arn:aws:sns:/),
      });
      expect(JSON.parse(posted[1]?.body ?? "")).toMatchObject({
        Type: "Notification",
        TopicArn,
        Message: "heard",
      });
    } finally {
      listener.close();
      listener.closeAllConnections();
    }
  });

  it("pages through queues where that is asked for", async () => {
    for (const name of ["b", "a", "c"]) await queue(name);
    const first = await sqs.send(new ListQueuesCommand({ MaxResults: 2 }));
    const second = await sqs.send(new ListQueuesCommand({ MaxResults: 2, NextToken: first.NextToken }));
    const names = [first, second].map(({ QueueUrls = [] }) => QueueUrls.map((url) => url.split("/").at(-1)));
    expect([...names, second.NextToken]).toEqual([["a", "b"], ["c"], undefined]);
    expect((await sqs.send(new ListQueuesCommand({}))).NextToken).toBeUndefined();
    await expect(
      sqs.send(new ListQueuesCommand({ QueueNamePrefix: "c", NextToken: first.NextToken })),
    ).rejects.toThrow(/next token/);
  });

  it("pages through many topics", async () => {
    for (let i = 0; i < 130; i += 1) await sns.send(new CreateTopicCommand({ Name: `t-${i}` }));
    const first = await sns.send(new ListTopicsCommand({}));
    const second = await sns.send(new ListTopicsCommand({ NextToken: first.NextToken }));
    expect([first.Topics?.length, second.Topics?.length, second.NextToken]).toEqual([100, 30, undefined]);
    // A token is good for the listing that gave it.
    for (const NextToken of ["nonsense", first.NextToken])
      await expect(sns.send(new ListSubscriptionsCommand({ NextToken }))).rejects.toThrow(/NextToken/);
  });

  it("takes the shares of deliveries to log that Terraform sets, and refuses the roles that would log them", async () => {
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn, AttributeName, AttributeValue }));
    await set("HTTPSuccessFeedbackSampleRate", "100");
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn }));
    expect(Attributes).toMatchObject({ HTTPSuccessFeedbackSampleRate: "100" });
    await expect(set("SQSSuccessFeedbackSampleRate", "101")).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    await expect(
      set("SQSFailureFeedbackRoleArn", "arn:aws:iam::111122223333:role/log"),
    ).rejects.toMatchObject({ name: "NotImplemented" });
  });

  it("refuses what it doesn't do, and what AWS refuses", async () => {
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "alarms" }));
    await expect(
      sns.send(new SubscribeCommand({ TopicArn, Protocol: "sms", Endpoint: "+15550100" })),
    ).rejects.toMatchObject({ name: "NotImplemented" });
    await expect(
      sns.send(new SubscribeCommand({ TopicArn, Protocol: "https", Endpoint: "http://example.com" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(
      sns.send(new PublishCommand({ TopicArn: `${TopicArn}x`, Message: "m" })),
    ).rejects.toMatchObject({ name: "NotFoundException" });
    await expect(sns.send(new CreateTopicCommand({ Name: "a/b" }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
});
