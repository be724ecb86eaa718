import { refKey, type Write } from "../../state/store.ts";
import type { MessageRef, SendFailure, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import { Bell } from "./bell.ts";
import { ChannelCondition, type ChannelTrouble } from "./channel-condition.ts";
import type { OutcomeLog } from "./outcome-log.ts";
import { POLL, ReadAhead } from "./read-ahead.ts";
import { Sending, type SendingParts } from "./sending.ts";
import { type Caution, mayBegin, Unfinished } from "./unfinished.ts";
import { verdictOn } from "./verdict.ts";
import type { Waiting } from "./waiting-line.ts";

/** How long what a channel gave back to edit its message is kept, ms. */
const REF_LASTS = 30 * 86_400_000;

/** What became of one send. */
export interface DeliveryReport {
  readonly channel: string;
  readonly notification: Notification;
  readonly outcome: "delivered" | "postponed" | "set-aside";
  /** Sends so far, this one among them; rate limits aside. */
  readonly attempts: number;
  /** Why it wasn't delivered. Holds no secret. */
  readonly reason?: SendFailure | "unfinished";
  readonly message?: string;
}

/** What a channel's delivery is made of. */
export interface ChannelDeliveryParts extends SendingParts {
  readonly log: OutcomeLog;
  readonly report?: ((report: DeliveryReport) => void) | undefined;
}

/** Delivers the messages of one channel, by itself: nothing that other channels do holds it up. */
export class ChannelDelivery {
  readonly #parts: ChannelDeliveryParts;
  readonly #ahead: ReadAhead;
  readonly #unfinished: Unfinished;
  readonly #bell: Bell;
  readonly #sending: Sending;
  #underWay = 0;
  /** Sends under way, and those of which the outcome isn't stored yet. */
  #unsettled = 0;
  /** It may send until then, ms: its lease. */
  #allowedUntil = 0;
  /** It wasn't for a while, and others may have delivered what is in memory. */
  #stale = false;
  /** Whoever had it before didn't give it back: what waits may have been sent already. */
  #crashed = false;
  /** Taken from the line, and waiting until fewer sends are under way. */
  #next: Waiting | undefined;
  /** Whether what is under way is to be alone. */
  #alone = false;
  #stopping = false;
  readonly #condition: ChannelCondition;
  #idle: (() => void)[] = [];

  constructor(parts: ChannelDeliveryParts) {
    this.#parts = parts;
    this.#bell = new Bell(parts.context.clock);
    this.#sending = new Sending(parts);
    this.#condition = new ChannelCondition(parts.context.random);
    const { channel, store, context, log } = parts;
    this.#unfinished = new Unfinished(channel.name, store, log);
    this.#ahead = new ReadAhead({
      channel: channel.name,
      store,
      context,
      unfinished: this.#unfinished,
      setAside: (notification, attempts, message) =>
        this.#report(notification, { outcome: "set-aside", attempts, reason: "unfinished", message }),
      read: () => this.#bell.ring(),
    });
  }

  get name(): string {
    return this.#parts.channel.name;
  }

  get trouble(): ChannelTrouble | undefined {
    return this.#condition.trouble;
  }

  /** It is the one to deliver this channel's messages until then, ms; `crashed`: whoever was it before didn't give it back. */
  allow(until: number, crashed = false): void {
    if (this.#now() >= this.#allowedUntil) this.#stale = true;
    if (crashed) this.#crashed = true;
    this.#allowedUntil = until;
    this.#bell.ring();
  }

  /** A message that is in the store, too. */
  hand(notification: Notification): void {
    this.#ahead.hand(notification);
  }

  /** There may be messages in the store that weren't there before. */
  wake(): void {
    this.#ahead.wake();
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
    this.#sending.stop();
    this.#bell.ring();
  }

  /** Delivers until it is stopped. Rejects only for what must not happen. */
  async run(): Promise<void> {
    while (!this.#stopping || this.#unsettled > 0) {
      const wait = this.#stopping ? Number.POSITIVE_INFINITY : this.#step();
      if (wait > 0) await this.#bell.wait(wait);
    }
    this.#bell.close();
    await Promise.all([this.#sending.end(), this.#ahead.end()]);
    this.#settle();
  }

  /** Does what can be done now; tells how long there is nothing to do, ms. */
  #step(): number {
    const { pace, bucket } = this.#parts;
    const now = this.#now();
    if (now >= this.#allowedUntil) return POLL;
    const ahead = this.#ahead;
    if (this.#stale) {
      if (this.#unsettled > 0 || ahead.isReading) return Number.POSITIVE_INFINITY;
      this.#restart(now);
    }
    ahead.fill(now);
    const { line } = ahead;
    if (line.size === 0 && ahead.isComplete) this.#settle();
    if (this.#underWay >= pace.atOnce || this.#unsettled >= 2 * pace.atOnce) return Number.POSITIVE_INFINITY;
    const rest = (this.trouble?.until ?? now) - now;
    if (rest > 0) return Math.min(rest, POLL);
    const entry = this.#next ?? line.take(now);
    if (!entry) return Math.min(POLL, Math.max(1, (line.nextTry() ?? now + POLL) - now));
    this.#next = entry;
    const caution = this.#unfinished.caution(entry.message);
    if (!mayBegin(caution, this.#unsettled, this.#alone)) return Number.POSITIVE_INFINITY;
    const wait = bucket.take(now);
    this.#next = undefined;
    if (wait > 0) {
      line.putBack(entry);
      return wait;
    }
    this.#unsettled += 1;
    this.#underWay += 1;
    this.#alone = caution === "alone";
    void this.#deliver(entry, caution);
    return 0;
  }

  #restart(now: number): void {
    this.#unfinished.restart(now, this.#crashed);
    this.#ahead.restart();
    this.#next = undefined;
    this.#stale = false;
    this.#crashed = false;
  }

  async #deliver(entry: Waiting, caution: Caution): Promise<void> {
    try {
      const begins = caution === "none" || (await this.#begin(entry));
      const result = begins ? await this.#sending.send(entry.notification, entry.attempts + 1) : undefined;
      this.#underWay -= 1;
      this.#bell.ring();
      if (result?.outcome === "delivered") await this.#delivered(entry, result.ref);
      else if (result) await this.#failed(entry, result);
    } finally {
      this.#unsettled -= 1;
      this.#alone = false;
      this.#bell.ring();
    }
  }

  /** Whether a send may begin: it can be known to have begun, and the channel is still this process's. */
  async #begin(entry: Waiting): Promise<boolean> {
    if (!(await this.#unfinished.begin(entry.message))) return false;
    if (this.#now() < this.#allowedUntil) return true;
    await this.#parts.log.store(this.#unfinished.end(entry.message));
    return false;
  }

  async #delivered(entry: Waiting, ref: MessageRef | undefined): Promise<void> {
    const now = this.#now();
    this.#condition.delivered(now);
    const ended = this.#unfinished.end(entry.message);
    const writes: Write[] = [{ kind: "delivered", message: entry.message }, ...ended];
    if (ref) {
      const key = refKey(this.name, entry.notification.incident);
      writes.push({ kind: "put", collection: "messages", key, value: ref, expires: now + REF_LASTS });
    }
    if (!(await this.#parts.log.store(writes))) return;
    this.#ahead.line.done(entry);
    this.#report(entry.notification, { outcome: "delivered", attempts: entry.attempts + 1 });
  }

  async #failed(entry: Waiting, result: Extract<SendResult, { readonly outcome: "failed" }>): Promise<void> {
    const { context, bucket, log } = this.#parts;
    const now = this.#now();
    const { reason, message, retryAfter } = result;
    const ended = this.#unfinished.end(entry.message);
    if (reason === "rate-limited" && result.retry) {
      bucket.exhaust(this.#condition.limited(retryAfter, now), now);
      if (ended.length > 0) await log.store(ended);
      this.#ahead.line.putBack(entry);
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
      if (!(await log.store([{ kind: "set-aside", message: entry.message, ...aside }, ...ended]))) return;
      this.#ahead.line.done(entry);
      this.#report(entry.notification, { outcome: "set-aside", attempts, reason, message: words });
      return;
    }
    const asked = retryAfter === undefined ? {} : { retryAfter };
    entry.notBefore = this.#condition.failed({ reason, message, attempts, now, ...asked });
    const { trouble } = this;
    if (trouble)
      context.log.warn(`${this.name} doesn't take messages`, { reason, message, failures: trouble.failures });
    const { notBefore } = entry;
    await log.store([{ kind: "postpone", message: entry.message, attempts, notBefore }, ...ended]);
    this.#ahead.line.putBack(entry);
    this.#report(entry.notification, { outcome: "postponed", attempts, reason, message });
  }

  #report(notification: Notification, report: Omit<DeliveryReport, "channel" | "notification">): void {
    this.#parts.report?.({ channel: this.name, notification, ...report });
  }

  #settle(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  #now(): number {
    return this.#parts.context.clock.now().getTime();
  }
}
