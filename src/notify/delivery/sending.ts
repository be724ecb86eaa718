import { refKey, type Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { Channel, ChannelPace, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import { Afterwards } from "./afterwards.ts";
import { Deadlines } from "./deadlines.ts";
import type { TokenBucket } from "./pace.ts";
import { type SendSurroundings, SendUnderWay } from "./send-under-way.ts";

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
  readonly #surroundings: SendSurroundings;
  readonly #stopping = new AbortController();

  constructor(parts: SendingParts) {
    const { context, bucket, pace } = parts;
    const { clock, log } = context;
    this.#parts = parts;
    this.#deadlines = new Deadlines(clock);
    this.#afterwards = new Afterwards(context);
    this.#surroundings = {
      clock,
      log,
      bucket,
      deadlines: this.#deadlines,
      timeout: pace.timeout,
      stopping: this.#stopping.signal,
    };
  }

  /** Sends a message once; `attempt` is 1 for the first try. Never rejects. */
  send(notification: Notification, attempt: number): Promise<SendResult> {
    return new Promise((resolve) => {
      void this.#run(notification, new SendUnderWay(this.#surroundings, attempt, resolve));
    });
  }

  /** No send waits for its turn any more: a service may have asked for an hour's rest. */
  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when what follows messages is done. Nothing may be under way any more. */
  async end(): Promise<void> {
    await this.#afterwards.end();
    this.#deadlines.close();
  }

  async #run(notification: Notification, send: SendUnderWay): Promise<void> {
    const { channel, store, picture } = this.#parts;
    const { update, thread, picture: takesPictures } = channel.capabilities;
    try {
      if (!notification.first && (update || thread)) {
        const found = await store.get("messages", refKey(channel.name, notification.incident));
        if (found) send.previous = found.value;
      }
      if (picture && takesPictures) {
        send.picture = (own = send.signal) => picture(notification, own);
        send.afterwards = (task) => this.#afterwards.add(task);
      }
      send.begin();
      send.settle(await channel.send(notification, send));
    } catch (error) {
      const message = `failed unexpectedly: ${messageOf(error)}`;
      send.settle({ outcome: "failed", retry: true, reason: "bad-answer", message });
    }
  }
}
