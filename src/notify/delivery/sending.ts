import { refKey, type Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { Channel, ChannelPace, SendContext, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import { Afterwards } from "./afterwards.ts";
import { Deadlines } from "./deadlines.ts";
import { Ending } from "./ending.ts";
import type { TokenBucket } from "./pace.ts";

const OVERDUE: SendResult = { outcome: "failed", retry: true, reason: "timeout", message: "took too long" };

/** What sending to one channel needs. */
export interface SendingParts {
  readonly channel: Channel;
  readonly pace: ChannelPace;
  /** Shared with the channels of the same destination. */
  readonly bucket: TokenBucket;
  readonly store: Store;
  readonly context: Context;
  readonly picture?:
    | ((notification: Notification, signal: AbortSignal) => Promise<Uint8Array | undefined>)
    | undefined;
}

/** Sends to one channel, each message with what was sent before of its incident, and for as long as the channel may take. */
export class Sending {
  readonly #parts: SendingParts;
  readonly #deadlines: Deadlines;
  readonly #afterwards: Afterwards;

  constructor(parts: SendingParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.context.clock);
    this.#afterwards = new Afterwards(parts.context);
  }

  /** Sends a message once; `attempt` is 1 for the first try. Never rejects. */
  send(notification: Notification, attempt: number): Promise<SendResult> {
    return new Promise((resolve) => {
      const ending = new Ending();
      const expire = (): void => {
        ending.abort();
        // The channel itself may have a better message: it goes first. One that doesn't end isn't waited for.
        setImmediate(() => resolve(OVERDUE));
      };
      void this.#begin(notification, attempt, ending, expire).then(resolve);
    });
  }

  async #begin(
    notification: Notification,
    attempt: number,
    ending: Ending,
    expire: () => void,
  ): Promise<SendResult> {
    const { channel, pace, context, store, bucket, picture } = this.#parts;
    const { capabilities } = channel;
    try {
      const follows = !notification.first && (capabilities.update || capabilities.thread);
      const found = follows
        ? await store.get("messages", refKey(channel.name, notification.incident))
        : undefined;
      const now = this.#now();
      this.#deadlines.add(expire, pace.timeout);
      const sending: SendContext = {
        now,
        get signal() {
          return ending.signal;
        },
        end: ending,
        log: context.log,
        attempt,
        ...(found ? { previous: found.value } : {}),
        ...(picture && capabilities.picture
          ? { picture: (own = ending.signal) => picture(notification, own) }
          : {}),
        nextTurn: () => this.#turn(bucket, expire),
        afterwards: (task) => this.#afterwards.add(task),
      };
      return await channel.send(notification, sending);
    } catch (error) {
      return {
        outcome: "failed",
        retry: true,
        reason: "bad-answer",
        message: `failed unexpectedly: ${messageOf(error)}`,
      };
    } finally {
      this.#deadlines.remove(expire);
    }
  }

  /** Resolves when what follows messages is done. Nothing may be under way any more. */
  async end(): Promise<void> {
    await this.#afterwards.end();
    this.#deadlines.close();
  }

  /** Waits for another token. The time doesn't count as the send's. */
  async #turn(bucket: TokenBucket, expire: () => void): Promise<void> {
    const { clock } = this.#parts.context;
    this.#deadlines.remove(expire);
    for (let wait = bucket.take(this.#now()); wait > 0; wait = bucket.take(this.#now()))
      await clock.sleep(wait);
    this.#deadlines.add(expire, this.#parts.pace.timeout);
  }

  #now(): number {
    return this.#parts.context.clock.now().getTime();
  }
}
