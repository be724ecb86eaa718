import type { PendingHead, Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import { type Notification, readNotification } from "../notification.ts";
import type { Unfinished } from "./unfinished.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Messages of a channel held in memory at the same time; the others wait in the store. */
const WINDOW = 400;
/** How often the store is asked for messages that other processes put there, ms. */
export const POLL = 1000;

type Found = readonly [message: PendingHead, notification: Notification | undefined];

/** What reading ahead needs. */
export interface ReadAheadParts {
  readonly channel: string;
  readonly store: Store;
  readonly context: Context;
  readonly unfinished: Unfinished;
  /** Told of messages that are set aside unsent. */
  readonly setAside: (notification: Notification, attempts: number, reason: string) => void;
  /** Called when reading has ended, well or not. */
  readonly read: () => void;
}

/** A channel's part of the outbox, read ahead into a line in memory. */
export class ReadAhead {
  readonly #parts: ReadAheadParts;
  #line = new WaitingLine();
  /** Messages that were handed over, and not met in the store yet. */
  readonly #handed = new Map<string, Notification>();
  /** Position of the last message that was read. */
  #read = 0;
  /** Whether the store may hold more behind it. */
  #more = true;
  #polled = 0;
  #reading: Promise<void> | undefined;
  /** When reading failed last, ms. */
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ReadAheadParts) {
    this.#parts = parts;
  }

  get line(): WaitingLine {
    return this.#line;
  }

  /** A message that is in the store, too: it needn't be read from there. */
  hand(notification: Notification): void {
    if (this.#handed.size < WINDOW) this.#handed.set(notification.id, notification);
  }

  /** There may be messages in the store that weren't there before. */
  wake(): void {
    this.#more = true;
  }

  /** Forgets what was read: others may have delivered it. Nothing may be being read. */
  restart(): void {
    this.#line = new WaitingLine();
    this.#handed.clear();
    this.#read = 0;
    this.#more = true;
  }

  /** Whether messages are being read. */
  get isReading(): boolean {
    return this.#reading !== undefined;
  }

  /** Whether everything that was in the store when it was last asked is in memory. */
  get isComplete(): boolean {
    return !this.#more && !this.#reading;
  }

  /** Begins to read messages from the store if there is room for them. What is in memory can be sent meanwhile. */
  fill(now: number): void {
    if (now - this.#polled >= POLL) this.#more = true;
    if (!this.#more || this.#reading || this.#line.size > WINDOW / 2) return;
    if (Math.abs(now - this.#failedAt) < POLL) return;
    this.#reading = this.#fill(now).finally(() => {
      this.#reading = undefined;
      this.#parts.read();
    });
  }

  /** Resolves when nothing is being read. */
  async end(): Promise<void> {
    await this.#reading;
  }

  async #fill(now: number): Promise<void> {
    const { channel, context, unfinished } = this.#parts;
    this.#more = false;
    this.#polled = now;
    try {
      await unfinished.load();
      const handed = [...this.#handed.keys()];
      const found = await this.#next();
      if (found.length === WINDOW / 2) this.#more = true;
      for (const [message, notification] of found) {
        await this.#take(message, notification, now);
        this.#read = message.position;
      }
      // What isn't met up to the end was read before it was handed over. It would take the place of others for ever.
      if (found.length < WINDOW / 2) for (const id of handed) this.#handed.delete(id);
    } catch (error) {
      this.#more = true;
      this.#failedAt = now;
      context.log.warn("the outbox can't be read", { channel, reason: messageOf(error) });
    }
  }

  /** The next messages in the store, each with what it says, if that can be read. What was handed over isn't read again. */
  async #next(): Promise<readonly Found[]> {
    const { channel, store } = this.#parts;
    if (this.#handed.size > 0) {
      const heads = await store.pendingHeads(channel, this.#read, WINDOW / 2);
      const found = heads.map((head): Found => [head, this.#handed.get(head.id)]);
      if (found.every(([, notification]) => notification)) return found;
    }
    const messages = await store.pending(channel, this.#read, WINDOW / 2);
    return messages.map(({ payload, ...head }) => [
      head,
      this.#handed.get(head.id) ?? readNotification(payload),
    ]);
  }

  async #take(message: PendingHead, notification: Notification | undefined, now: number): Promise<void> {
    const { unfinished, setAside } = this.#parts;
    const { id, attempts } = message;
    this.#handed.delete(id);
    if (!notification) {
      await this.#setAside(message, now, "unreadable: it was written by another version of watchkeeper");
      return;
    }
    const reason = unfinished.verdict(message);
    if (reason === undefined) this.#line.add(message, notification, unfinished.notBefore(message));
    else {
      await this.#setAside(message, now, reason);
      setAside(notification, attempts, reason);
    }
  }

  async #setAside(message: PendingHead, at: number, reason: string): Promise<void> {
    const { channel, store, context, unfinished } = this.#parts;
    const { attempts } = message;
    await store.commit([{ kind: "set-aside", message, attempts, at, reason }, ...unfinished.end(message)]);
    context.log.warn(`message ${message.id} for ${channel} was set aside`, { reason });
  }
}
