import type { Alert } from "../../model/alert.ts";
import { formatDuration } from "../../model/duration.ts";
import type { ChannelHealth, Delivery } from "../../notify/delivery/delivery.ts";
import { outboxWrites } from "../../notify/delivery/delivery.ts";
import { renderNotification } from "../../notify/render.ts";
import type { Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { Notifier } from "../notify/notifier.ts";

/** A message that waits longer than this, ms, means that something is wrong. */
const TOO_LONG = 5 * 60_000;

/** How one channel stands. */
export interface ReportedChannel {
  readonly channel: string;
  readonly pending: number;
  /** Age of the oldest pending message, seconds. */
  readonly oldestSeconds: number;
  /** Messages set aside: given up. */
  readonly failed: number;
  /** Why it isn't sending. */
  readonly trouble?: string;
}

/** How the notifier stands. */
export interface HealthReport {
  /** Events and outcomes can be stored, and nothing has waited for more than five minutes. */
  readonly healthy: boolean;
  readonly channels: readonly ReportedChannel[];
  /** Why the store can't be written, or what is written won't last. */
  readonly store?: string;
}

/** Who knows how it stands. */
export interface HealthSources {
  readonly delivery: Delivery;
  readonly notifier: Pick<Notifier, "trouble">;
  /** Why what is stored won't last. */
  readonly fileTrouble?: (() => string | undefined) | undefined;
}

/** Asks how it stands. `now` in ms. */
export async function healthOf(
  { delivery, notifier, fileTrouble }: HealthSources,
  now: number,
): Promise<HealthReport> {
  const { channels, store = notifier.trouble ?? fileTrouble?.() } = await delivery.health();
  return {
    healthy: store === undefined && channels.every((channel) => !isLate(channel, now)),
    channels: channels.map((entry) => ({
      channel: entry.channel,
      pending: entry.pending,
      oldestSeconds: Math.max(0, Math.round((now - (entry.oldest ?? now)) / 1000)),
      failed: entry.setAside,
      ...(entry.trouble === undefined
        ? {}
        : { trouble: `${entry.trouble.reason}: ${entry.trouble.message}` }),
    })),
    ...(store === undefined ? {} : { store }),
  };
}

function isLate({ oldest }: Pick<ChannelHealth, "oldest">, now: number): boolean {
  return oldest !== undefined && now - oldest > TOO_LONG;
}

/** What watching over the notifier itself needs. */
export interface HealthWatchOptions extends HealthSources {
  readonly store: Store;
  readonly context: Context;
  /** Channels that may be told of another's trouble, in order. */
  readonly channels: readonly string[];
  /** Told of every report: heartbeat, metrics. What fails in it is logged. */
  readonly told: readonly ((report: HealthReport) => Promise<void>)[];
  /** ms. */
  readonly every: number;
}

/** Watches over the notifier itself until it is stopped: who can't be told anything is told of through another channel. */
export async function watchHealth(options: HealthWatchOptions, signal: AbortSignal): Promise<void> {
  const { context, every, told } = options;
  const watch = new ChannelWatch(options);
  while (!signal.aborted) {
    try {
      const report = await healthOf(options, context.clock.now().getTime());
      for (const { channel, pending, oldestSeconds, failed, trouble } of report.channels)
        context.log.debug(`health of ${channel}`, { pending, oldestSeconds, failed, trouble });
      if (report.store !== undefined) context.log.warn("the state fails", { reason: report.store });
      await watch.look(report);
      await Promise.all(told.map((tell) => tell(report)));
    } catch (error) {
      context.log.warn("the notifier's own health can't be told", { reason: messageOf(error) });
    }
    await context.clock.sleep(every, signal).catch(() => undefined);
  }
}

interface Episode {
  readonly startedAt: number;
  /** The channel that was told. */
  readonly through: string;
}

class ChannelWatch {
  readonly #options: HealthWatchOptions;
  readonly #failed = new Map<string, number>();
  readonly #episodes = new Map<string, Episode>();

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  async look({ channels }: HealthReport): Promise<void> {
    for (const entry of channels) {
      const { channel, failed, oldestSeconds } = entry;
      const newlyFailed = await this.#newlyFailed(channel, failed);
      const late = oldestSeconds * 1000 > TOO_LONG;
      const episode = this.#episodes.get(channel);
      if (!episode && (late || newlyFailed)) {
        const through = this.#other(channel, channels);
        if (through !== undefined) await this.#tell(entry, through, undefined);
      } else if (episode && !late && !newlyFailed) await this.#tell(entry, episode.through, episode);
    }
  }

  /** Whether messages were given up since the last look, be it one of a process before: what ends a process is set aside at its next start. */
  async #newlyFailed(channel: string, failed: number): Promise<boolean> {
    const { store } = this.#options;
    const key = `health/${channel}`;
    const before = this.#failed.get(channel) ?? (await store.get("marks", key))?.value.at ?? 0;
    if (failed !== before)
      await store.commit([{ kind: "put", collection: "marks", key, value: { at: failed } }]);
    this.#failed.set(channel, failed);
    return failed > before;
  }

  #other(channel: string, all: readonly ReportedChannel[]): string | undefined {
    const bad = new Set(
      all.flatMap((entry) =>
        entry.trouble !== undefined || entry.oldestSeconds * 1000 > TOO_LONG ? [entry.channel] : [],
      ),
    );
    return this.#options.channels.find((name) => name !== channel && !bad.has(name));
  }

  /** Says that a channel has trouble, or that the trouble is over. */
  async #tell(entry: ReportedChannel, through: string, episode: Episode | undefined): Promise<void> {
    const { store, delivery, context } = this.#options;
    const now = context.clock.now().getTime();
    const startedAt = episode?.startedAt ?? now;
    const group = `watchkeeper/${entry.channel}`;
    const incident = `watchkeeper-${entry.channel}-${startedAt}`.slice(0, 64);
    const alert = troubleAlert(entry, startedAt, episode === undefined ? undefined : now);
    const notification = renderNotification({
      group: { key: group, labels: {} },
      channel: through,
      reason: episode ? "all-resolved" : "first-notification",
      alerts: [alert],
      entry: episode && {
        group,
        channel: through,
        at: startedAt,
        firing: [alert.fingerprint],
        resolved: [],
        incident,
        open: true,
      },
      incident,
      now,
    });
    await store.commit(outboxWrites([notification]));
    delivery.wake([through]);
    if (episode) this.#episodes.delete(entry.channel);
    else this.#episodes.set(entry.channel, { startedAt, through });
  }
}

function troubleAlert(
  { channel, pending, oldestSeconds, failed, trouble }: ReportedChannel,
  startsAt: number,
  endsAt: number | undefined,
): Alert {
  const waiting =
    pending === 0
      ? ""
      : `${pending === 1 ? "1 message waits" : `${pending} messages wait, the oldest`} for ${formatDuration(oldestSeconds)}. `;
  const status = endsAt === undefined ? "firing" : "resolved";
  return {
    fingerprint: `watchkeeper/${channel}`,
    kind: "alarm",
    status,
    labels: { alertname: "watchkeeper-delivery", source: "watchkeeper", severity: "critical", channel },
    startsAt,
    ...(endsAt === undefined ? {} : { endsAt }),
    changedAt: endsAt ?? startsAt,
    flaps: 0,
    text: {
      name: `messages for ${channel} aren't delivered`,
      state: status === "firing" ? "ALARM" : "OK",
      reason: status === "firing" ? `${waiting}${trouble ?? ""}`.trim() : "messages are delivered again",
      contributors: [],
      children: [],
      facts: failed === 0 ? [] : [{ label: "Given up", value: `${failed} messages so far` }],
    },
  };
}
