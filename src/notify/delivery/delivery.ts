// Delivery: takes notifications from the outbox to their channels, at least once and in order, whatever happens on the way.
import { acquireLease, releaseLeases } from "../../state/leases.ts";
import type { Store, Write } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { Channel } from "../channel.ts";
import { type Notification, notificationText } from "../notification.ts";
import type { ChannelTrouble } from "./channel-condition.ts";
import { ChannelDelivery, type DeliveryReport } from "./channel-delivery.ts";
import { OutcomeLog } from "./outcome-log.ts";
import { DEFAULT_PACE, TokenBucket } from "./pace.ts";

/** How long a channel is one process's alone, and how often that is renewed, ms. */
const LEASE = 15_000;
const RENEWAL = 5_000;

/** What delivery needs. */
export interface DeliveryOptions {
  readonly store: Store;
  readonly channels: readonly Channel[];
  readonly context: Context;
  /** Unique to this process: host, process id and its start. */
  readonly owner: string;
  /** Whether the process that held a channel is known to be gone: then nobody waits for its lease to end. */
  readonly isGone?: (owner: string) => boolean;
  /** Draws the metric of an alarm, for channels that show pictures. */
  readonly picture?: (notification: Notification, signal: AbortSignal) => Promise<Uint8Array | undefined>;
  /** Told of everything that becomes of a message. */
  readonly report?: (report: DeliveryReport) => void;
}

/** How a channel stands. */
export interface ChannelHealth {
  readonly channel: string;
  readonly pending: number;
  /** When the oldest pending message was made, ms. */
  readonly oldest?: number;
  readonly setAside: number;
  readonly trouble?: ChannelTrouble;
}

/** How delivery as a whole stands. `store`: why outcomes can't be stored. */
export interface DeliveryHealth {
  readonly channels: readonly ChannelHealth[];
  readonly store?: string;
}

/** The writes that put notifications into the outbox; to be committed with the decision that made them. */
export function outboxWrites(notifications: readonly Notification[]): readonly Write[] {
  return notifications.map((notification) => ({
    kind: "enqueue",
    message: {
      id: notification.id,
      channel: notification.channel,
      createdAt: notification.at,
      payload: notificationText(notification),
    },
  }));
}

/**
 * Delivers what is in the outbox. Each channel has a loop and a lease of its own, so that several processes may share a store.
 * A message leaves the outbox in a commit after its send: a crash repeats at most the sends under way, and loses none.
 */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #channels = new Map<string, ChannelDelivery>();
  readonly #log: OutcomeLog;
  readonly #held = new Set<string>();
  readonly #end = new AbortController();
  #running: Promise<unknown> | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { store, channels, context, picture, report } = options;
    this.#log = new OutcomeLog(store, context);
    const buckets = new Map<string, TokenBucket>();
    for (const channel of channels) {
      const pace = channel.pace ?? { ...DEFAULT_PACE, destination: `channel:${channel.name}` };
      const bucket = buckets.get(pace.destination) ?? new TokenBucket(pace, this.#now());
      buckets.set(pace.destination, bucket);
      const parts = { channel, pace, bucket, store, log: this.#log, context, picture, report };
      this.#channels.set(channel.name, new ChannelDelivery(parts));
    }
  }

  /** Begins. Messages for channels that are no longer configured are set aside. */
  async start(): Promise<void> {
    await this.#setAsideUnknown();
    await this.#renew();
    this.#running = Promise.all([
      ...[...this.#channels.values()].map((channel) => channel.run()),
      this.#renewals(),
    ]);
  }

  /** These are new in the outbox: their channels needn't read them from there. */
  deliver(notifications: readonly Notification[]): void {
    const channels = new Set<ChannelDelivery>();
    for (const notification of notifications) {
      const channel = this.#channels.get(notification.channel);
      if (!channel) continue;
      channel.hand(notification);
      channels.add(channel);
    }
    for (const channel of channels) channel.wake();
  }

  /** There are new messages in the outbox; of these channels, or of any. */
  wake(channels: Iterable<string> = this.#channels.keys()): void {
    for (const name of channels) this.#channels.get(name)?.wake();
  }

  /** Resolves when nothing waits in any channel that could be sent, now or later. */
  async idle(): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.idle()));
  }

  /** Starts no more sends, waits for those under way, and gives the channels to whoever wants them. */
  async stop(): Promise<void> {
    for (const channel of this.#channels.values()) channel.stop();
    this.#end.abort();
    this.#log.end();
    await this.#running;
    const { store, owner, context } = this.#options;
    await releaseLeases(store, owner, [...this.#held].map(leaseName)).catch((error: unknown) =>
      context.log.warn("the leases can't be given back: they end by themselves", {
        reason: messageOf(error),
      }),
    );
    for (const channel of this.#options.channels) channel.close?.();
  }

  async health(): Promise<DeliveryHealth> {
    const backlog = await this.#options.store.backlog();
    const known = new Set(backlog.map(({ channel }) => channel));
    const quiet = [...this.#channels.keys()].filter((name) => !known.has(name));
    const all = [...backlog, ...quiet.map((channel) => ({ channel, pending: 0, setAside: 0 }))];
    const channels = all.map((entry) => {
      const trouble = this.#channels.get(entry.channel)?.trouble;
      return trouble ? { ...entry, trouble } : entry;
    });
    return { channels, ...(this.#log.trouble === undefined ? {} : { store: this.#log.trouble }) };
  }

  async #setAsideUnknown(): Promise<void> {
    const { store, context } = this.#options;
    for (const { channel, pending } of await store.backlog()) {
      if (pending === 0 || this.#channels.has(channel)) continue;
      const reason = `channel ${channel} is no longer configured`;
      context.log.warn(`${pending} messages are set aside: ${reason}`);
      for (;;) {
        const found = await store.pending(channel, 0, 500);
        if (found.length === 0) break;
        const at = this.#now();
        await store.commit(
          found.map((message) => ({ kind: "set-aside", message, attempts: message.attempts, at, reason })),
        );
      }
    }
  }

  async #renewals(): Promise<void> {
    const { clock } = this.#options.context;
    for (;;) {
      const ended = await clock.sleep(RENEWAL, this.#end.signal).then(
        () => false,
        () => true,
      );
      if (ended) return;
      await this.#renew();
    }
  }

  async #renew(): Promise<void> {
    const { store, owner, isGone, context } = this.#options;
    for (const [name, channel] of this.#channels) {
      const now = this.#now();
      try {
        const crashed = !this.#held.has(name) && (await this.#wasLeft(leaseName(name)));
        const request = { name: leaseName(name), owner, now, lasts: LEASE, ...(isGone ? { isGone } : {}) };
        const held = await acquireLease(store, request);
        if (held) {
          this.#held.add(name);
          // A little less than it lasts, for what is under way when it ends.
          channel.allow(now + LEASE - RENEWAL / 2, crashed);
        } else this.#held.delete(name);
      } catch (error) {
        context.log.warn(`the lease of ${name} can't be renewed`, { reason: messageOf(error) });
      }
    }
  }

  /** Whether somebody else has, or had, a lease without giving it back. */
  async #wasLeft(name: string): Promise<boolean> {
    const found = await this.#options.store.get("leases", name);
    return found !== undefined && found.value.owner !== this.#options.owner;
  }

  #now(): number {
    return this.#options.context.clock.now().getTime();
  }
}

function leaseName(channel: string): string {
  return `deliver:${channel}`;
}
