import type { AwsSession } from "../../aws/session.ts";
import { parseArn } from "../../model/arn.ts";
import { isWatchkeeperError, messageOf } from "../../support/errors.ts";
import { madeBy } from "../spec/tags.ts";

/** A queue that is there. */
export interface LiveQueue {
  readonly url: string;
  /** Its tags say that this configuration made it. */
  readonly isOurs: boolean;
  readonly policy: string | undefined;
  /** Messages in it, waiting or being read: roughly, as SQS tells. */
  readonly messages: number;
}

/** What became of looking at a queue. `unknown`: it could not be looked at, or is in an account that isn't reached. */
export type QueueReading =
  | { readonly status: "absent" }
  | { readonly status: "there"; readonly queue: LiveQueue }
  | { readonly status: "unknown"; readonly error: { readonly code: string; readonly message: string } };

/** A session of an account in a region; undefined for accounts that aren't reached. */
export type SessionFor = (account: string, region: string) => AwsSession | undefined;

/** Code of the error when a queue is in an account that isn't reached. */
export const UNREACHED = "account-unreached";

/** How SQS's protocols call a queue that doesn't exist. */
export const NO_QUEUE = /QueueDoesNotExist|NonExistentQueue/;

/** Looks at queues by ARN, at each once. */
export class QueueReader {
  readonly #sessionFor: SessionFor;
  readonly #configuration: string;
  readonly #readings = new Map<string, Promise<QueueReading>>();

  constructor(sessionFor: SessionFor, configuration: string) {
    this.#sessionFor = sessionFor;
    this.#configuration = configuration;
  }

  /** What is there, as it was at the first time of asking. Never rejects for what AWS says. */
  read(arn: string): Promise<QueueReading> {
    const known = this.#readings.get(arn) ?? this.readAgain(arn);
    this.#readings.set(arn, known);
    return known;
  }

  /** What is there now. */
  async readAgain(arn: string): Promise<QueueReading> {
    const { account = "", region = "", resource: name = "" } = parseArn(arn) ?? {};
    const session = this.#sessionFor(account, region);
    if (!session) {
      const message = `account ${account} isn't reached`;
      return { status: "unknown", error: { code: UNREACHED, message } };
    }
    try {
      return { status: "there", queue: await this.#look(session, name) };
    } catch (error) {
      if (!isWatchkeeperError(error) || error.source !== "aws") throw error;
      if (NO_QUEUE.test(error.code)) return { status: "absent" };
      return { status: "unknown", error: { code: error.code, message: messageOf(error) } };
    }
  }

  async #look(session: AwsSession, name: string): Promise<LiveQueue> {
    const { QueueUrl: url = "" } = await session.send("sqs", "GetQueueUrl", { QueueName: name });
    const [{ Tags = {} }, { Attributes = {} }] = await Promise.all([
      session.send("sqs", "ListQueueTags", { QueueUrl: url }),
      session.send("sqs", "GetQueueAttributes", {
        QueueUrl: url,
        AttributeNames: [
          "Policy",
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "ApproximateNumberOfMessagesDelayed",
        ],
      }),
    ]);
    const tags = Object.entries(Tags).map(([Key, Value]) => ({ Key, Value }));
    const counts = Object.entries(Attributes).filter(([attribute]) => attribute.startsWith("Approximate"));
    return {
      url,
      isOurs: madeBy(this.#configuration, tags),
      policy: Attributes.Policy === "" ? undefined : Attributes.Policy,
      messages: counts.reduce((sum, [, count]) => sum + Number(count), 0),
    };
  }
}
