// Notifying: the use cases around the pipeline and its store. This file: events in, messages in the outbox.
import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { Alert, AlertGroup, EventCursor } from "../../model/alert.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import { fingerprintOf } from "../../notify/alert-from-event.ts";
import { outboxWrites } from "../../notify/delivery/delivery.ts";
import { groupKeysFor } from "../../notify/grouping.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import type { Notification } from "../../notify/notification.ts";
import { type Admitted, admitEvent, type Received, receiveAlert } from "../../notify/receive.ts";
import { routesById } from "../../notify/routing.ts";
import { rehomeGroup, type TickResult, tick } from "../../notify/tick.ts";
import { commitUnits } from "../../state/batches.ts";
import { logKey, type Store, type Stored, type Write } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { InhibitionSources } from "./inhibition-sources.ts";
import { allSilences } from "./silences.ts";

const DAY = 86_400_000;
/** A repeated delivery of an alarm that has recovered comes within this time. What fires is known for as long as it does. */
const CURSOR_LASTS = 7 * DAY;
const LOG_LASTS = 30 * DAY;
/** Events judged, and groups flushed, in one commit. */
const BATCH = 500;
/** Others write to the same store now and then; more often than this in a row, something is wrong. */
const MOST_CONFLICTS = 20;

/** What a notifier works with. */
export interface NotifierOptions {
  readonly store: Store;
  readonly policy: NotificationPolicy;
  readonly knowledge: Knowledge;
  readonly context: Context;
  /** Told when the outbox holds new messages. */
  readonly onMessages?: (notifications: readonly Notification[]) => void;
}

/** What became of one event. */
export type Reception =
  | {
      readonly outcome: "placed";
      readonly alert: Alert;
      readonly groups: readonly string[];
      /** Of the groups that changed by it, as they were stored. */
      readonly versions: Readonly<Record<string, number>>;
    }
  | { readonly outcome: "repeated" | "outdated" | "ignored"; readonly reason: string };

/** An alert to be put into its groups: what an event is to become, or one that is there already with news. */
type Item =
  | AlarmEvent
  | { readonly kind: "alert"; readonly alert: Alert; readonly groups: readonly string[] };

interface Waiting {
  readonly items: readonly Item[];
  readonly resolve: (receptions: readonly Reception[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Takes events in and flushes the groups that are due. What `receive` has resolved for is durable. Events that arrive while a
 * commit is under way share the next one. Several processes may do this on one store.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #routes: ReturnType<typeof routesById>;
  readonly #sources: InhibitionSources;
  #waiting: Waiting[] = [];
  #working: Promise<void> | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: NotifierOptions) {
    this.#options = options;
    this.#routes = routesById(options.policy.route);
    this.#sources = new InhibitionSources(options.policy.inhibitRules, options.store);
  }

  /** Takes events in, in their order, and flushes what is due at once. Rejects when they couldn't be stored: then nobody was told. */
  receive(events: readonly AlarmEvent[]): Promise<readonly Reception[]> {
    return this.#enqueue(events);
  }

  /** News of alerts that are in groups already, from elsewhere than an event. */
  update(alerts: readonly { readonly alert: Alert; readonly groups: readonly string[] }[]) {
    return this.#enqueue(alerts.map((entry) => ({ kind: "alert", ...entry })));
  }

  /** Flushes the groups that are due. */
  flush(): Promise<void> {
    return this.#exclusive(() => this.#flush());
  }

  /** Flushes what becomes due until it is stopped, and forgets what is old. A store that fails is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { context, store } = this.#options;
    let forgotten = 0;
    while (!signal.aborted) {
      try {
        await this.flush();
        if (this.#now() - forgotten > DAY / 24) {
          forgotten = this.#now();
          await store.forget(forgotten);
        }
      } catch (error) {
        context.log.warn("groups can't be flushed; they will be tried again", { reason: String(error) });
      }
      await context.clock.sleep(500, signal).catch(() => undefined);
    }
    await this.#working;
  }

  #enqueue(items: readonly Item[]): Promise<readonly Reception[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, resolve, reject });
      this.#working ??= this.#work().finally(() => {
        this.#working = undefined;
      });
    });
  }

  async #work(): Promise<void> {
    // Whatever else arrives in this turn of the event loop shares the commit.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const taken: Waiting[] = [];
      for (let count = 0; count < BATCH && this.#waiting.length > 0; ) {
        const next = this.#waiting.shift() as Waiting;
        taken.push(next);
        count += next.items.length;
      }
      await this.#exclusive(() => this.#take(taken));
    }
  }

  /** One commit after the other: within this process nothing conflicts. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #take(taken: readonly Waiting[]): Promise<void> {
    const receptions: Reception[] = [];
    let told = 0;
    let answered = 0;
    const answer = (): void => {
      for (let next = taken[answered]; next && told + next.items.length <= receptions.length; ) {
        next.resolve(receptions.slice(told, told + next.items.length));
        told += next.items.length;
        answered += 1;
        next = taken[answered];
      }
    };
    try {
      for (const round of roundsOf(taken.flatMap(({ items }) => items))) {
        receptions.push(...(await this.#store(round)));
        answer();
        // Between two changes of one alarm as well: what fired and recovered at once is told like what took its time.
        await this.#flush().catch((error: unknown) =>
          this.#options.context.log.warn("groups can't be flushed; they will be tried again", {
            reason: String(error),
          }),
        );
      }
      answer();
    } catch (error) {
      for (const { reject } of taken.slice(answered)) reject(error);
    }
  }

  /** Puts items, each of another alarm, into their groups, in one commit. */
  async #store(items: readonly Item[]): Promise<readonly Reception[]> {
    const { store, policy } = this.#options;
    for (let tries = 0; tries < MOST_CONFLICTS; tries += 1) {
      const now = this.#now();
      const cursors = byKey(await store.getMany("cursors", items.map(fingerprintOfItem)));
      const judged = items.map((item) => this.#judge(item, cursors.get(fingerprintOfItem(item))?.value));
      const keys = judged.flatMap((verdict) => (verdict.outcome === "admitted" ? verdict.groups : []));
      const before = byKey(await store.getMany("groups", keys));
      const after = new Map<string, AlertGroup>();
      const received = judged.map((verdict): Received => {
        if (verdict.outcome !== "admitted") return verdict;
        const read = (key: string): AlertGroup | undefined => after.get(key) ?? before.get(key)?.value;
        const result = receiveAlert(verdict, policy, read, now);
        if (result.outcome === "placed") for (const group of result.groups) after.set(group.key, group);
        return result;
      });
      const writes = [
        ...[...after.values()].map((group) => putGroup(group, before.get(group.key)?.version ?? 0)),
        ...received.flatMap(({ cursor }) =>
          cursor ? [putCursor(cursor, now, cursors.get(cursor.fingerprint)?.version ?? 0)] : [],
        ),
      ];
      if (writes.length > store.maxWrites && items.length > 1) {
        const half = Math.ceil(items.length / 2);
        return [...(await this.#store(items.slice(0, half))), ...(await this.#store(items.slice(half)))];
      }
      if (await store.commit(writes)) continue;
      this.#sources.update(received.flatMap((one) => (one.outcome === "placed" ? [one.alert] : [])));
      return received.map((one): Reception => {
        if (one.outcome !== "placed") return { outcome: one.outcome, reason: one.reason };
        const versions = one.groups.map(({ key }) => [key, (before.get(key)?.version ?? 0) + 1]);
        const { alert, cursor } = one;
        return {
          outcome: "placed",
          alert,
          groups: cursor.groups,
          versions: Object.fromEntries(versions),
        };
      });
    }
    throw new WatchkeeperError("store-busy", "others change the same groups all the time", {
      source: "internal",
      retryable: true,
    });
  }

  #judge(item: Item, cursor: EventCursor | undefined): ReturnType<typeof admitEvent> {
    const { policy, knowledge } = this.#options;
    if (item.kind !== "alert") return admitEvent({ event: item, policy, knowledge, cursor });
    const groups = new Set([...groupKeysFor(policy, item.alert.labels), ...item.groups]);
    return { outcome: "admitted", alert: item.alert, groups: [...groups] } satisfies Admitted;
  }

  async #flush(): Promise<void> {
    const { store, policy } = this.#options;
    for (;;) {
      const now = this.#now();
      const due = await store.due("groups", now, BATCH);
      if (due.length === 0) return;
      const context = {
        now,
        policy,
        silences: await allSilences(store),
        inhibitor: await this.#sources.inhibitor(now),
      };
      const names = due.flatMap(({ key, value }) =>
        (this.#routes.get(value.route)?.channels ?? []).map((channel) => logKey(key, channel)),
      );
      const log = byKey(await store.getMany("log", names));
      const result = tick(
        due.map(({ value }) => value),
        context,
        (group, channel) => log.get(logKey(group, channel))?.value,
      );
      await this.#storeFlushed(result, byKey(due), now);
      let moved = false;
      for (const orphan of result.orphans) moved = (await this.#rehome(orphan, byKey(due), now)) || moved;
      // Where alerts were moved to may be due as well.
      if (due.length < BATCH && !moved) return;
    }
  }

  /** Stores what a flush decided. A group that somebody else has changed meanwhile is flushed again by whoever comes next. */
  async #storeFlushed(
    { flushed }: TickResult,
    before: ReadonlyMap<string, Stored<"groups">>,
    now: number,
  ): Promise<void> {
    const units = flushed.map(({ before: { key, route }, result }): readonly Write[] => {
      const expected = before.get(key)?.version ?? 0;
      const lasts = Math.max(LOG_LASTS, 3000 * (this.#routes.get(route)?.repeatInterval ?? 0));
      return [
        result.group ? putGroup(result.group, expected) : removeGroup(key, expected),
        ...result.log.map((entry): Write => {
          const logged = logKey(entry.group, entry.channel);
          return { kind: "put", collection: "log", key: logged, value: entry, expires: now + lasts };
        }),
        ...outboxWrites(result.notifications),
      ];
    });
    const refused = new Set((await commitUnits(this.#options.store, units)).map(({ index }) => index));
    const messages = flushed.flatMap(({ result }, index) => (refused.has(index) ? [] : result.notifications));
    if (messages.length > 0) this.#options.onMessages?.(messages);
  }

  /** Puts an orphan's alerts where they belong now. False: somebody else was quicker. */
  async #rehome(
    orphan: AlertGroup,
    due: ReadonlyMap<string, Stored<"groups">>,
    now: number,
  ): Promise<boolean> {
    const { store, policy } = this.#options;
    const keys = orphan.alerts.flatMap(({ labels }) => groupKeysFor(policy, labels));
    const before = byKey(await store.getMany("groups", keys));
    const changed = rehomeGroup(policy, orphan, (key) => before.get(key)?.value, now);
    // A conflict leaves the orphan where it is, due as before.
    const conflict = await store.commit([
      removeGroup(orphan.key, due.get(orphan.key)?.version ?? 0),
      ...changed.map((group) => putGroup(group, before.get(group.key)?.version ?? 0)),
    ]);
    return conflict === undefined;
  }

  #now(): number {
    return this.#options.context.clock.now().getTime();
  }
}

function fingerprintOfItem(item: Item): string {
  return item.kind === "alert" ? item.alert.fingerprint : fingerprintOf(item);
}

/** Runs of items in which no alarm occurs twice. */
function roundsOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const rounds: Item[][] = [];
  let seen = new Set<string>();
  for (const item of items) {
    const fingerprint = fingerprintOfItem(item);
    const round = rounds.at(-1);
    if (!round || seen.has(fingerprint) || round.length >= BATCH) {
      rounds.push([item]);
      seen = new Set([fingerprint]);
    } else {
      round.push(item);
      seen.add(fingerprint);
    }
  }
  return rounds;
}

function byKey<T extends { readonly key: string }>(entries: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entries.map((entry) => [entry.key, entry]));
}

function putGroup(group: AlertGroup, expected: number): Write {
  return {
    kind: "put",
    collection: "groups",
    key: group.key,
    value: group,
    expected,
    due: group.nextFlush,
  };
}

function removeGroup(key: string, expected: number): Write {
  return { kind: "remove", collection: "groups", key, expected };
}

function putCursor(cursor: EventCursor, now: number, expected: number): Write {
  const expires = cursor.firing ? {} : { expires: now + CURSOR_LASTS };
  return { kind: "put", collection: "cursors", key: cursor.fingerprint, value: cursor, expected, ...expires };
}
