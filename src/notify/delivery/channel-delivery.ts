import type { MessageKey, Store, Write } from "../../state/store.ts";
import { refKey } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { Channel, ChannelPace, MessageRef, SendContext, SendFailure, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import { Afterwards } from "./afterwards.ts";
import { Bell } from "./bell.ts";
import { ChannelCondition, type ChannelTrouble } from "./channel-condition.ts";
import { Deadlines } from "./deadlines.ts";
import type { OutcomeLog } from "./outcome-log.ts";
import type { TokenBucket } from "./pace.ts";
import { verdictOn } from "./verdict.ts";
import { type Waiting, WaitingLine } from "./waiting-line.ts";

/** Messages of a channel held in memory at the same time; the others wait in the store. */
const WINDOW = 1000;
/** How often the store is asked for messages that other processes put there, ms. */
const POLL = 1000;
/** How long what a channel gave back to edit its message is kept, ms. */
const REF_LASTS = 30 * 86_400_000;

const OVERDUE: SendResult = { outcome: "failed", retry: true, reason: "timeout", message: "took too long" };

/** What became of one send. */
export interface DeliveryReport {
  readonly channel: string;
  readonly notification: Notification;
  readonly outcome: "delivered" | "postponed" | "set-aside";
  /** Sends so far, this one among them; rate limits aside. */
  readonly attempts: number;
  /** Why it wasn't delivered. Holds no secret. */
  readonly reason?: SendFailure | "unreadable";
  readonly message?: string;
}

/** What a channel's delivery is made of. */
export interface ChannelDeliveryParts {
  readonly channel: Channel;
  readonly pace: ChannelPace;
  /** Shared with the channels of the same destination. */
  readonly bucket: TokenBucket;
  readonly store: Store;
  readonly log: OutcomeLog;
  readonly context: Context;
  readonly picture?:
    | ((notification: Notification, signal: AbortSignal) => Promise<Uint8Array | undefined>)
    | undefined;
  readonly report?: ((report: DeliveryReport) => void) | undefined;
}

/** Delivers the messages of one channel, by itself: nothing that other channels do holds it up. */
export class ChannelDelivery {
  readonly #parts: ChannelDeliveryParts;
  #line = new WaitingLine();
  readonly #bell = new Bell();
  readonly #deadlines: Deadlines;
  readonly #afterwards: Afterwards;
  /** Position of the last message that was read. */
  #read = 0;
  /** Whether the store may hold more behind it. */
  #more = true;
  #polled = 0;
  #sending = 0;
  /** Sends under way, and those of which the outcome isn't stored yet. */
  #unsettled = 0;
  /** It may send until then, ms: its lease. */
  #allowedUntil = 0;
  /** It wasn't for a while, and others may have delivered what is in memory. */
  #stale = false;
  #stopping = false;
  readonly #condition: ChannelCondition;
  #idle: (() => void)[] = [];

  constructor(parts: ChannelDeliveryParts) {
    this.#parts = parts;
    this.#deadlines = new Deadlines(parts.context.clock);
    this.#afterwards = new Afterwards(parts.context);
    this.#condition = new ChannelCondition(parts.context.random);
  }

  get name(): string {
    return this.#parts.channel.name;
  }

  get trouble(): ChannelTrouble | undefined {
    return this.#condition.trouble;
  }

  /** It is the one to deliver this channel's messages until then, ms. */
  allow(until: number): void {
    if (this.#now() >= this.#allowedUntil) this.#stale = true;
    this.#allowedUntil = until;
    this.#bell.ring();
  }

  /** There may be messages in the store that weren't there before. */
  wake(): void {
    this.#more = true;
    this.#bell.ring();
  }

  /** Resolves when nothing waits any more, or it has stopped. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.wake();
    });
  }

  /** Starts nothing more. `run` resolves when what is under way has ended. */
  stop(): void {
    this.#stopping = true;
    this.#bell.ring();
  }

  /** Delivers until it is stopped. Rejects only for what must not happen. */
  async run(): Promise<void> {
    const { clock } = this.#parts.context;
    while (!this.#stopping || this.#unsettled > 0) {
      const wait = this.#stopping ? Number.POSITIVE_INFINITY : await this.#step();
      if (wait > 0) await this.#bell.wait(clock, wait);
    }
    await this.#afterwards.end();
    this.#deadlines.close();
    this.#settle();
  }

  /** Does what can be done now; tells how long there is nothing to do, ms. */
  async #step(): Promise<number> {
    const { pace, bucket } = this.#parts;
    const now = this.#now();
    if (now >= this.#allowedUntil) return POLL;
    if (this.#stale && this.#unsettled > 0) return Number.POSITIVE_INFINITY;
    if (this.#stale) this.#readAnew();
    if (!(await this.#fill(now))) return POLL;
    if (this.#line.size === 0) this.#settle();
    if (this.#sending >= pace.atOnce || this.#unsettled >= 2 * pace.atOnce) return Number.POSITIVE_INFINITY;
    const rest = (this.trouble?.until ?? now) - now;
    if (rest > 0) return Math.min(rest, POLL);
    const entry = this.#line.take(now);
    if (!entry) return Math.min(POLL, Math.max(1, (this.#line.nextTry() ?? now + POLL) - now));
    const wait = bucket.take(now);
    if (wait > 0) {
      this.#line.putBack(entry);
      return wait;
    }
    this.#unsettled += 1;
    void this.#deliver(entry);
    return 0;
  }

  #readAnew(): void {
    this.#stale = false;
    this.#line = new WaitingLine();
    this.#read = 0;
    this.#more = true;
  }

  /** Reads messages from the store while there is room for them. False: it can't be read just now. */
  async #fill(now: number): Promise<boolean> {
    if (now - this.#polled >= POLL) this.#more = true;
    while (this.#more && this.#line.size <= WINDOW / 2) {
      this.#more = false;
      this.#polled = now;
      try {
        const found = await this.#parts.store.pending(this.name, this.#read, WINDOW / 2);
        if (found.length === WINDOW / 2) this.#more = true;
        for (const message of found) {
          if (isNotification(message.payload)) this.#line.add(message, message.payload);
          else await this.#refuse(message);
          this.#read = message.position;
        }
      } catch (error) {
        this.#more = true;
        this.#parts.context.log.warn("the outbox can't be read", {
          channel: this.name,
          reason: messageOf(error),
        });
        return false;
      }
    }
    return true;
  }

  /** Sets aside what another version of this program has written. */
  async #refuse(message: MessageKey & { readonly attempts: number }): Promise<void> {
    const reason = "unreadable: it was written by another version of watchkeeper";
    const { store } = this.#parts;
    await store.commit([{ kind: "set-aside", message, attempts: message.attempts, at: this.#now(), reason }]);
    this.#parts.context.log.warn(`message ${message.id} for ${this.name} was set aside`, { reason });
  }

  async #deliver(entry: Waiting): Promise<void> {
    try {
      this.#sending += 1;
      const result = await this.#send(entry).finally(() => {
        this.#sending -= 1;
        this.#bell.ring();
      });
      if (result.outcome === "delivered") await this.#delivered(entry, result.ref);
      else await this.#failed(entry, result);
    } finally {
      this.#unsettled -= 1;
      this.#bell.ring();
    }
  }

  async #send(entry: Waiting): Promise<SendResult> {
    const { channel, pace, context, store, bucket, picture } = this.#parts;
    const { notification } = entry;
    const { capabilities } = channel;
    const controller = new AbortController();
    const { signal } = controller;
    let expire = (): void => undefined;
    const overdue = new Promise<SendResult>((resolve) => {
      expire = () => {
        controller.abort();
        // The channel itself may have a better message: it goes first. One that doesn't end isn't waited for.
        setImmediate(() => resolve(OVERDUE));
      };
    });
    try {
      const follows = !notification.first && (capabilities.update || capabilities.thread);
      const found = follows
        ? await store.get("messages", refKey(channel.name, notification.incident))
        : undefined;
      const now = this.#now();
      this.#deadlines.add(expire, now + pace.timeout);
      const sending: SendContext = {
        now,
        signal,
        log: context.log,
        attempt: entry.attempts + 1,
        ...(found ? { previous: found.value } : {}),
        ...(picture && capabilities.picture ? { picture: (own = signal) => picture(notification, own) } : {}),
        nextTurn: () => this.#turn(bucket, expire),
        afterwards: (task) => this.#afterwards.add(task),
      };
      return await Promise.race([channel.send(notification, sending), overdue]);
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

  /** Waits for another token. The time doesn't count as the send's. */
  async #turn(bucket: TokenBucket, expire: () => void): Promise<void> {
    const { clock } = this.#parts.context;
    this.#deadlines.remove(expire);
    for (let wait = bucket.take(this.#now()); wait > 0; wait = bucket.take(this.#now()))
      await clock.sleep(wait);
    this.#deadlines.add(expire, this.#now() + this.#parts.pace.timeout);
  }

  async #delivered(entry: Waiting, ref: MessageRef | undefined): Promise<void> {
    const now = this.#now();
    this.#condition.delivered(now);
    const writes: Write[] = [{ kind: "delivered", message: entry.message }];
    if (ref) {
      const key = refKey(this.name, entry.notification.incident);
      writes.push({ kind: "put", collection: "messages", key, value: ref, expires: now + REF_LASTS });
    }
    if (!(await this.#parts.log.store(writes))) return;
    this.#line.done(entry);
    this.#report(entry, { outcome: "delivered", attempts: entry.attempts + 1 });
  }

  async #failed(entry: Waiting, result: Extract<SendResult, { readonly outcome: "failed" }>): Promise<void> {
    const { context, bucket, log } = this.#parts;
    const now = this.#now();
    const { reason, message, retryAfter } = result;
    if (reason === "rate-limited" && result.retry) {
      bucket.exhaust(now + this.#condition.limited(retryAfter), now);
      this.#line.putBack(entry);
      context.log.debug(`${this.name} asks to wait`, { retryAfter });
      return;
    }
    entry.attempts += 1;
    entry.failedAt ??= now;
    const { attempts } = entry;
    const verdict = verdictOn({
      retry: result.retry,
      attempts,
      age: now - entry.message.createdAt,
      othersDelivered: this.#condition.deliveredAt > entry.failedAt,
    });
    if (verdict !== "retry") {
      const words = verdict === undefined ? message : `${message} (${verdict})`;
      context.log.warn(`a message for ${this.name} was set aside`, {
        title: entry.notification.title,
        reason,
        message: words,
      });
      const aside = { attempts, at: now, reason: `${reason}: ${words}` };
      if (!(await log.store([{ kind: "set-aside", message: entry.message, ...aside }]))) return;
      this.#line.done(entry);
      this.#report(entry, { outcome: "set-aside", attempts, reason, message: words });
      return;
    }
    const asked = retryAfter === undefined ? {} : { retryAfter };
    entry.notBefore = this.#condition.failed({ reason, message, attempts, now, ...asked });
    const { trouble } = this;
    if (trouble)
      context.log.warn(`${this.name} doesn't take messages`, { reason, message, failures: trouble.failures });
    await log.store([{ kind: "postpone", message: entry.message, attempts, notBefore: entry.notBefore }]);
    this.#line.putBack(entry);
    this.#report(entry, { outcome: "postponed", attempts, reason, message });
  }

  #report(entry: Waiting, report: Omit<DeliveryReport, "channel" | "notification">): void {
    this.#parts.report?.({ channel: this.name, notification: entry.notification, ...report });
  }

  #settle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #now(): number {
    return this.#parts.context.clock.now().getTime();
  }
}

function isNotification(payload: unknown): payload is Notification {
  return (
    typeof payload === "object" &&
    payload !== null &&
    (payload as { readonly version?: unknown }).version === 1
  );
}
