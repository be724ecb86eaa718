import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { AlertGroup, EventCursor, NotificationLogEntry } from "../../model/alert.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import { fingerprintOf } from "../../notify/alert-from-event.ts";
import { flushGroup } from "../../notify/flush.ts";
import { createInhibitor } from "../../notify/inhibition.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import type { Notification } from "../../notify/notification.ts";
import { admitEvent, receiveAlert } from "../../notify/receive.ts";
import { routesById, routesFor } from "../../notify/routing.ts";
import { logKey } from "../../state/store.ts";

/** What a configuration would have done. */
export interface Simulated {
  /** What would have been sent, in order. */
  readonly notifications: readonly Notification[];
  /** Changes of state that came in, repeated deliveries left out. */
  readonly transitions: number;
  /** Messages of a notifier that sends each of them at once to each of its channels, by channel. */
  readonly oneEach: ReadonlyMap<string, number>;
}

/**
 * Plays events through the pipeline on the time of the events themselves, until `until` (ms): groups, inhibition, quiet times, repeats.
 * Deliveries succeed at once and there are no silences.
 */
export function simulate(
  events: readonly AlarmEvent[],
  policy: NotificationPolicy,
  knowledge: Knowledge,
  until: number,
): Simulated {
  const play = new Play(policy, knowledge);
  for (const event of [...events].sort((a, b) => a.at - b.at)) {
    play.flushUntil(event.at - 1);
    play.take(event);
    play.flushUntil(event.at);
  }
  play.flushUntil(until);
  return play;
}

class Play implements Simulated {
  readonly notifications: Notification[] = [];
  readonly oneEach = new Map<string, number>();
  transitions = 0;
  readonly #policy: NotificationPolicy;
  readonly #knowledge: Knowledge;
  readonly #routes: ReturnType<typeof routesById>;
  readonly #cursors = new Map<string, EventCursor>();
  readonly #groups = new Map<string, AlertGroup>();
  readonly #log = new Map<string, NotificationLogEntry>();
  /** When a group that sleeps would have been flushed next, had it been asked every group_interval. */
  readonly #regular = new Map<string, number>();

  constructor(policy: NotificationPolicy, knowledge: Knowledge) {
    this.#policy = policy;
    this.#knowledge = knowledge;
    this.#routes = routesById(policy.route);
  }

  take(event: AlarmEvent): void {
    const policy = this.#policy;
    const cursor = this.#cursors.get(fingerprintOf(event));
    const verdict = admitEvent({ event, policy, knowledge: this.#knowledge, cursor });
    if (verdict.outcome !== "admitted") {
      if (verdict.cursor) this.#cursors.set(verdict.cursor.fingerprint, verdict.cursor);
      return;
    }
    const received = receiveAlert(verdict, policy, (key) => this.#groups.get(key), event.at);
    if (received.cursor) this.#cursors.set(received.cursor.fingerprint, received.cursor);
    if (received.outcome !== "placed") return;
    this.transitions += 1;
    const channels = routesFor(policy.route, received.alert.labels).flatMap((route) => route.channels);
    for (const channel of new Set(channels)) this.oneEach.set(channel, (this.oneEach.get(channel) ?? 0) + 1);
    for (const group of received.groups)
      this.#groups.set(group.key, { ...group, nextFlush: this.#awake(group, event.at) });
  }

  /** Flushes what is due until then, in the order of time. */
  flushUntil(until: number): void {
    for (;;) {
      let next: AlertGroup | undefined;
      for (const group of this.#groups.values())
        if (group.nextFlush <= until && (!next || group.nextFlush < next.nextFlush)) next = group;
      if (!next) return;
      this.#flush(next);
    }
  }

  #flush(group: AlertGroup): void {
    const route = this.#routes.get(group.route);
    const now = group.nextFlush;
    if (!route) throw new Error(`group ${group.key} has no route`);
    const alerts = this.#policy.inhibitRules.length === 0 ? [] : [...this.#groups.values()];
    const result = flushGroup(
      group,
      {
        now,
        policy: this.#policy,
        route,
        silences: [],
        inhibitor: createInhibitor(
          this.#policy.inhibitRules,
          alerts.flatMap((other) => other.alerts),
        ),
      },
      (key, channel) => this.#log.get(logKey(key, channel)),
    );
    this.notifications.push(...result.notifications);
    for (const entry of result.log) this.#log.set(logKey(entry.group, entry.channel), entry);
    if (!result.group) {
      this.#groups.delete(group.key);
      this.#regular.delete(group.key);
      return;
    }
    const { nextFlush } = result.group;
    this.#regular.set(group.key, nextFlush);
    this.#groups.set(group.key, { ...result.group, nextFlush: this.#asleep(result.group, now) });
  }

  /** When a flush can next change anything if no event comes: asking every five minutes for a month would take minutes. */
  #asleep({ key, route: id, nextFlush }: AlertGroup, now: number): number {
    const route = this.#routes.get(id);
    if (!route || this.#policy.inhibitRules.length > 0) return nextFlush;
    if (route.activeTimeIntervals.length + route.muteTimeIntervals.length > 0) return nextFlush;
    const told = route.channels.map((channel) => this.#log.get(logKey(key, channel))?.at ?? now);
    const repeat = Math.min(...told) + route.repeatInterval * 1000 + 1;
    const steps = Math.ceil((repeat - nextFlush) / (route.groupInterval * 1000));
    return nextFlush + Math.max(0, steps) * route.groupInterval * 1000;
  }

  #awake({ key, route, nextFlush }: AlertGroup, now: number): number {
    const regular = this.#regular.get(key);
    const interval = (this.#routes.get(route)?.groupInterval ?? 0) * 1000;
    if (regular === undefined || interval === 0) return nextFlush;
    return regular + Math.max(0, Math.ceil((now - regular) / interval)) * interval;
  }
}
