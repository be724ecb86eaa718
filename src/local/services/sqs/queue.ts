import { randomUUID } from "node:crypto";
import type { Message } from "@aws-sdk/client-sqs";
import { AwsError } from "../../aws-error.ts";
import type { VirtualClock } from "../../clock.ts";
import { md5, md5OfAttributes } from "./digest.ts";
import { checkAttribute, DEFAULTS } from "./queue-attributes.ts";
import {
  attributeSize,
  handleOf,
  type MessageAttributes,
  messageIdOf,
  type Receiving,
  type StoredMessage,
  shown,
} from "./stored-message.ts";

/** What is sent: body, attributes and seconds until it shows. */
export interface Sending {
  readonly body: string;
  readonly attributes?: MessageAttributes | undefined;
  readonly delaySeconds?: number | undefined;
  readonly senderId: string;
}

/** A standard queue on the virtual clock: delays, visibility, long polling, retention, and redrive to a dead-letter queue. */
export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly tags = new Map<string, string>();
  readonly #attributes = new Map<string, string>();
  readonly #clock: VirtualClock;
  readonly #findByArn: (arn: string) => Queue | undefined;
  readonly #createdAt: number;
  #modifiedAt: number;
  #messages: StoredMessage[] = [];
  #waiters: (() => void)[] = [];

  constructor(options: {
    readonly name: string;
    readonly arn: string;
    readonly clock: VirtualClock;
    readonly findByArn: (arn: string) => Queue | undefined;
  }) {
    this.name = options.name;
    this.arn = options.arn;
    this.#clock = options.clock;
    this.#findByArn = options.findByArn;
    this.#createdAt = this.#modifiedAt = options.clock.time();
  }

  /** Checks all attributes, then sets them all. An empty value removes a text attribute. */
  setAttributes(attributes: Readonly<Record<string, string | undefined>>): void {
    for (const [name, value] of Object.entries(attributes)) checkAttribute(name, value ?? "");
    for (const [name, value] of Object.entries(attributes)) {
      if (value === undefined || value === "") this.#attributes.delete(name);
      else this.#attributes.set(name, value);
    }
    this.#modifiedAt = this.#clock.time();
  }

  /** Its policy as it was set; undefined without any. */
  get policy(): string | undefined {
    return this.#attributes.get("Policy");
  }

  /** Attributes as GetQueueAttributes answers them. */
  attributes(): Record<string, string> {
    this.#expire();
    const now = this.#clock.time();
    const waiting = this.#messages.filter((message) => message.visibleAt > now);
    const inFlight = waiting.filter((message) => message.handle !== undefined).length;
    return {
      ...DEFAULTS,
      ...Object.fromEntries(this.#attributes),
      QueueArn: this.arn,
      ApproximateNumberOfMessages: String(this.#messages.length - waiting.length),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(waiting.length - inFlight),
      CreatedTimestamp: String(Math.floor(this.#createdAt / 1000)),
      LastModifiedTimestamp: String(Math.floor(this.#modifiedAt / 1000)),
    };
  }

  /** The given attributes, where they differ from what is set: CreateQueue of an existing name refuses those. */
  differsFrom(attributes: Readonly<Record<string, string | undefined>>): boolean {
    const mine = this.attributes();
    return Object.entries(attributes).some(([name, value]) => value !== undefined && mine[name] !== value);
  }

  send(sending: Sending): {
    readonly id: string;
    readonly bodyMd5: string;
    readonly attributesMd5: string | undefined;
  } {
    const size =
      Buffer.byteLength(sending.body) +
      Object.entries(sending.attributes ?? {}).reduce(
        (sum, [name, value]) => sum + attributeSize(name, value),
        0,
      );
    if (sending.body === "") {
      throw new AwsError(
        "MissingRequiredParameterException",
        "The request must contain the parameter MessageBody.",
        400,
      );
    }
    const limit = this.#number("MaximumMessageSize");
    if (size > limit) {
      throw new AwsError(
        "InvalidParameterValueException",
        `One or more parameters are invalid. Reason: Message must be shorter than ${limit} bytes.`,
        400,
      );
    }
    const now = this.#clock.time();
    const message: StoredMessage = {
      id: randomUUID(),
      body: sending.body,
      attributes: sending.attributes,
      senderId: sending.senderId,
      sentAt: now,
      visibleAt: now + 1000 * (sending.delaySeconds ?? this.#number("DelaySeconds")),
      firstReceivedAt: undefined,
      receiveCount: 0,
      handle: undefined,
    };
    this.#messages.push(message);
    this.#wakeAll();
    return { id: message.id, bodyMd5: md5(message.body), attributesMd5: md5OfAttributes(message.attributes) };
  }

  /** Up to `max` messages; waits for the first as long as asked. */
  async receive(receiving: Receiving): Promise<Message[]> {
    const until = this.#clock.time() + 1000 * receiving.waitSeconds;
    for (;;) {
      const got = this.#take(receiving);
      if (got.length > 0 || this.#clock.time() >= until) return got;
      await this.#nextChance(until);
    }
  }

  /** Removes the message behind a handle; an unknown or old handle is fine, as on AWS. */
  remove(handle: string): void {
    const id = messageIdOf(handle, this.name);
    this.#messages = this.#messages.filter((message) => message.id !== id);
  }

  /** Sets how long a received message stays hidden, seconds from now. */
  changeVisibility(handle: string, seconds: number): void {
    if (seconds < 0 || seconds > 43_200) {
      throw new AwsError(
        "InvalidParameterValueException",
        `Value ${seconds} for parameter VisibilityTimeout is invalid. Reason: Must be between 0 and 43200, if provided.`,
        400,
      );
    }
    const id = messageIdOf(handle, this.name);
    const message = this.#messages.find((other) => other.id === id);
    const now = this.#clock.time();
    if (!message || message.handle === undefined || message.visibleAt <= now) {
      throw new AwsError(
        message ? "MessageNotInflight" : "InvalidParameterValueException",
        `Value ${handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
        400,
      );
    }
    message.visibleAt = now + 1000 * seconds;
    this.#wakeAll();
  }

  purge(): void {
    this.#messages = [];
  }

  #take(receiving: Receiving): Message[] {
    this.#expire();
    const now = this.#clock.time();
    const timeout = 1000 * (receiving.visibilityTimeout ?? this.#number("VisibilityTimeout"));
    const got: Message[] = [];
    for (const message of [...this.#messages]) {
      if (got.length >= receiving.max) break;
      if (message.visibleAt > now || this.#redrive(message)) continue;
      message.receiveCount += 1;
      message.firstReceivedAt ??= now;
      message.visibleAt = now + timeout;
      message.handle = handleOf(message.id, this.name, message.receiveCount);
      got.push(shown(message, receiving));
    }
    return got;
  }

  /** Moves a message that was received too often to the dead-letter queue. */
  #redrive(message: StoredMessage): boolean {
    const policy = this.#attributes.get("RedrivePolicy");
    if (!policy) return false;
    const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(policy) as Record<string, unknown>;
    const target = this.#findByArn(String(deadLetterTargetArn));
    if (!target || message.receiveCount < Number(maxReceiveCount)) return false;
    this.#messages = this.#messages.filter((other) => other !== message);
    target.#messages.push({ ...message, visibleAt: this.#clock.time(), handle: undefined });
    target.#wakeAll();
    return true;
  }

  #expire(): void {
    const oldest = this.#clock.time() - 1000 * this.#number("MessageRetentionPeriod");
    if (this.#messages.some((message) => message.sentAt < oldest)) {
      this.#messages = this.#messages.filter((message) => message.sentAt >= oldest);
    }
  }

  /** Resolves when a message comes, becomes visible again, or the wait is over. */
  #nextChance(until: number): Promise<void> {
    const soonest = Math.min(until, ...this.#messages.map((message) => message.visibleAt));
    return new Promise((resolve) => {
      const timer = this.#clock.at(soonest, () => resolve());
      this.#waiters.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #wakeAll(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #number(name: string): number {
    return Number(this.#attributes.get(name) ?? DEFAULTS[name]);
  }
}
