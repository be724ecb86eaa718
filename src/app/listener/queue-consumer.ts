import { NO_QUEUE } from "../../alarms/listening/queue-reader.ts";
import type { AwsSession, OutputOf } from "../../aws/session.ts";
import { parseEvents } from "../../events/parse-events.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import { OWN_MESSAGE } from "../../model/own-tags.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, messageOf, WatchkeeperError } from "../../support/errors.ts";
import { type AskedSubscription, askedSubscription } from "./queue-subscription.ts";
import { EventsRefused } from "./refusals.ts";

type Message = NonNullable<OutputOf<"sqs", "ReceiveMessage">["Messages"]>[number];

/** The longest a poll may wait, s, and the most messages of one. */
const LONG_POLL = 20;
const BATCH = 10;
/** Polls whose messages are being stored or deleted at the same time: what goes off together is to be told together. */
const AT_ONCE = 20;
/** When messages that couldn't be stored are to come again, s. */
const COME_AGAIN = 10;
const SHORTEST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;

/** What reading a queue needs. */
export interface QueueOptions {
  readonly session: AwsSession;
  readonly url: string;
  readonly context: Context;
  /** Stores the events; messages are deleted once it resolves. */
  receive(events: readonly AlarmEvent[]): Promise<unknown>;
  /** Answers SNS, which asks before it sends from another account; false: the question is to come again. */
  confirm(asked: AskedSubscription): Promise<boolean>;
}

/** The session and URL of a queue, given by name, URL or ARN. Fails with `no-queue` when there is none. */
export async function findQueue(
  queue: string,
  session: (region?: string, account?: string) => Promise<AwsSession>,
): Promise<Pick<QueueOptions, "session" | "url">> {
  if (URL.canParse(queue) && /^https?:/.test(queue)) return queueByUrl(queue, session);
  const [, , , region, account, name = queue] = queue.split(":");
  const found = await session(region, account).catch((error: unknown) => {
    // Another account's queue, whose policy may let us read it.
    if (isWatchkeeperError(error) && error.code === "unknown-account") return session(region);
    throw error;
  });
  return { session: found, url: await urlOf(name, account ?? found.account, found) };
}

/** An address is used as it is written: it may lead through an endpoint of a VPC. */
async function queueByUrl(
  url: string,
  session: (region?: string) => Promise<AwsSession>,
): Promise<Pick<QueueOptions, "session" | "url">> {
  const { pathname, hostname } = new URL(url);
  const [, account, name] = /^\/(\d{12})\/([\w-]+)$/.exec(pathname) ?? [];
  if (account === undefined || name === undefined)
    throw new WatchkeeperError("usage", `${url} is no address of a queue`, {
      remedy: "write https://sqs.REGION.amazonaws.com/ACCOUNT/NAME, or give the queue's name or ARN",
    });
  const region = /(?:^|\.)sqs\.([a-z0-9-]+)\./.exec(hostname)?.[1];
  const found = await session(region);
  // Another account's queue that we may only read is none to us for all that SQS says.
  if (account === found.account)
    await urlOf(name, account, found).catch((error: unknown) => {
      // Who may read it needn't be allowed to ask for its address.
      if (!isWatchkeeperError(error) || error.code !== "AccessDenied") throw error;
    });
  return { session: found, url };
}

async function urlOf(name: string, account: string, session: AwsSession): Promise<string> {
  const owner = account === session.account ? {} : { QueueOwnerAWSAccountId: account };
  try {
    const { QueueUrl } = await session.send("sqs", "GetQueueUrl", { QueueName: name, ...owner });
    if (QueueUrl !== undefined) return QueueUrl;
  } catch (error) {
    if (!isWatchkeeperError(error) || !NO_QUEUE.test(error.code)) throw error;
  }
  throw new WatchkeeperError("no-queue", `there is no queue ${name} in ${account} ${session.region}`, {
    remedy: "an ARN names one of another region or account",
  });
}

/**
 * Reads a queue until it is stopped. A message leaves the queue only after its events are durable: what isn't acknowledged comes
 * again, and is then recognised. Messages of one poll are taken in the order of their events, polls in their own order; the next
 * one doesn't wait until the messages of those before it are done with.
 */
export async function consumeQueue(options: QueueOptions, signal: AbortSignal): Promise<void> {
  const { session, url, context } = options;
  const ends = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const underWay = new Set<Promise<void>>();
  const failed: unknown[] = [];
  let failures = 0;
  while (!signal.aborted) {
    try {
      const poll = session.send("sqs", "ReceiveMessage", {
        QueueUrl: url,
        MaxNumberOfMessages: BATCH,
        WaitTimeSeconds: LONG_POLL,
        MessageSystemAttributeNames: ["SentTimestamp"],
        MessageAttributeNames: [OWN_MESSAGE],
      });
      // When it is stopped, the poll's answer interests nobody: its messages come again.
      poll.catch(() => undefined);
      const answer = await Promise.race([poll, ends]);
      if (answer?.Messages?.length) {
        const taken = take(answer.Messages, options).then(
          () => {
            failures = 0;
          },
          (error: unknown) => void failed.push(error),
        );
        underWay.add(taken);
        void taken.then(() => underWay.delete(taken));
        if (underWay.size >= AT_ONCE) await Promise.race(underWay);
      } else if (underWay.size === 0) failures = 0;
      const [error] = failed.splice(0);
      if (error !== undefined) throw error;
    } catch (error) {
      failures += 1;
      const pause = Math.min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** (failures - 1));
      if (!(error instanceof EventsRefused))
        context.log.warn("the queue can't be read; it will be tried again", {
          reason: messageOf(error),
          seconds: pause / 1000,
        });
      await context.clock.sleep(pause, signal).catch(() => undefined);
    }
  }
  await Promise.all(underWay);
}

async function take(messages: readonly Message[], options: QueueOptions): Promise<void> {
  const { context, session, url } = options;
  const now = context.clock.now().getTime();
  const asked = new Map<number, AskedSubscription>();
  const events = messages.flatMap(({ Body, Attributes, MessageAttributes, MessageId }, index) => {
    // Raw delivery: SNS's attributes are the message's own.
    if (MessageAttributes?.[OWN_MESSAGE]) return [];
    const question = askedSubscription(Body ?? "");
    if (question) {
      asked.set(index, question);
      return [];
    }
    const parsed = parseEvents(Body ?? "", Number(Attributes?.SentTimestamp ?? now));
    for (const { code, message } of parsed.problems)
      context.log.warn(`a message of the queue isn't understood and is left out: ${message}`, {
        code,
        MessageId,
      });
    return parsed.events;
  });
  const open = new Set<string>();
  const entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
  try {
    await options.receive([...events].sort((a, b) => a.at - b.at));
    for (const [index, question] of asked) if (!(await options.confirm(question))) open.add(String(index));
  } catch (error) {
    await session
      .send("sqs", "ChangeMessageVisibilityBatch", {
        QueueUrl: url,
        Entries: entries.map((entry) => ({ ...entry, VisibilityTimeout: COME_AGAIN })),
      })
      .catch((reason: unknown) =>
        // They come again anyway, only later.
        context.log.debug("messages couldn't be given back", { reason: messageOf(reason) }),
      );
    throw error;
  }
  const done = entries.filter(({ Id }) => !open.has(Id));
  if (done.length === 0) return;
  const { Failed = [] } = await session.send("sqs", "DeleteMessageBatch", {
    QueueUrl: url,
    Entries: done,
  });
  for (const { Code, Message } of Failed)
    context.log.warn("a message couldn't be deleted; it comes again and will be recognised", {
      Code,
      Message,
    });
}
