import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { Alert, AlertGroup, EventCursor } from "../../model/alert.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import { fingerprintOf } from "../../notify/alert-from-event.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import type { Notification } from "../../notify/notification.ts";
import { admitAlert, admitEvent, type Received, receiveAlert } from "../../notify/receive.ts";
import { byKind } from "../../state/batches.ts";
import type { Store, Write } from "../../state/store.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { byKey, type GroupFlush, putGroup } from "./group-flush.ts";

/** A repeated delivery of an alarm that has recovered comes within this time, ms. What fires is known for as long as it does. */
const CURSOR_LASTS = 7 * 86_400_000;
/** Others write to the same store now and then; more often than this in a row, something is wrong. */
const MOST_CONFLICTS = 20;

/** What became of one event. */
export type Reception =
  | {
      readonly outcome: "placed";
      readonly alert: Alert;
      readonly groups: readonly string[];
      /** Of the groups that it made wait for their flush, as they were stored. */
      readonly versions: Readonly<Record<string, number>>;
    }
  | { readonly outcome: "repeated" | "outdated" | "ignored"; readonly reason: string };

/** An alert to be put into its groups: what an event is to become, or one that is there already with news. */
export type Item =
  | AlarmEvent
  | { readonly kind: "alert"; readonly alert: Alert; readonly groups: readonly string[] };

/** What receiving works with. */
export interface ReceiverOptions {
  readonly store: Store;
  readonly policy: NotificationPolicy;
  readonly knowledge: Knowledge;
}

/** What became of some items, and what is to be told at once for their sake. */
export interface Stored {
  readonly receptions: readonly Reception[];
  readonly messages: readonly Notification[];
}

/** Which item is about what: the same for every change of one alarm. */
export function fingerprintOfItem(item: Item): string {
  return item.kind === "alert" ? item.alert.fingerprint : fingerprintOf(item);
}

/** Puts alerts into their groups; a group that is due by it is flushed in the same commit. */
export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #flush: GroupFlush;

  constructor(options: ReceiverOptions, flush: GroupFlush) {
    this.#options = options;
    this.#flush = flush;
  }

  /** Stores items, each of another alarm. What it answers is durable. */
  async store(items: readonly Item[], now: number): Promise<Stored> {
    for (let tries = 0; tries < MOST_CONFLICTS; tries += 1) {
      const stored = await this.#try(items, now).catch((error: unknown) => {
        this.#flush.forgetNews();
        throw error;
      });
      if (stored === "conflict") {
        this.#flush.forgetNews();
        continue;
      }
      if (stored !== "too-much") return stored;
      const half = Math.ceil(items.length / 2);
      const first = await this.store(items.slice(0, half), now);
      const second = await this.store(items.slice(half), now);
      return {
        receptions: [...first.receptions, ...second.receptions],
        messages: [...first.messages, ...second.messages],
      };
    }
    throw new WatchkeeperError("store-busy", "others change the same groups all the time", {
      source: "internal",
      retryable: true,
    });
  }

  async #try(items: readonly Item[], now: number): Promise<Stored | "conflict" | "too-much"> {
    const { store, policy } = this.#options;
    const fingerprints = items.map(fingerprintOfItem);
    const cursors = byKey(await store.getMany("cursors", fingerprints));
    const judged = items.map((item, index) =>
      this.#judge(item, cursors.get(fingerprints[index] ?? "")?.value),
    );
    const keys = judged.flatMap((verdict) => (verdict.outcome === "admitted" ? verdict.groups : []));
    const before = byKey(await store.getMany("groups", [...new Set(keys)]));
    const after = new Map<string, AlertGroup>();
    const received = judged.map((verdict): Received => {
      if (verdict.outcome !== "admitted") return verdict;
      const read = (key: string): AlertGroup | undefined => after.get(key) ?? before.get(key)?.value;
      const result = receiveAlert(verdict, policy, read, now);
      if (result.outcome === "placed") for (const group of result.groups) after.set(group.key, group);
      return result;
    });
    const news = received.flatMap((one) => (one.outcome === "placed" ? [one.alert] : []));
    const { flushed } = await this.#flush.tick([...after.values()], now, news);
    const results = new Map(flushed.map(({ before: { key }, result }) => [key, result]));
    const expected = (key: string): number => before.get(key)?.version ?? 0;
    const writes = [
      ...[...after.values()].flatMap((group) => {
        const result = results.get(group.key);
        if (!result) return [putGroup(group, expected(group.key))];
        return this.#flush.writes(group, result, expected(group.key), now);
      }),
      ...received.flatMap(({ cursor }) =>
        cursor ? [putCursor(cursor, now, cursors.get(cursor.fingerprint)?.version ?? 0)] : [],
      ),
    ];
    if (writes.length > store.maxWrites && items.length > 1) return "too-much";
    if (await store.commit(byKind(writes))) return "conflict";
    return {
      receptions: received.map((one): Reception => {
        if (one.outcome !== "placed") return { outcome: one.outcome, reason: one.reason };
        const waiting = one.groups.filter(({ key }) => !results.has(key));
        const versions = Object.fromEntries(waiting.map(({ key }) => [key, expected(key) + 1]));
        return { outcome: "placed", alert: one.alert, groups: one.cursor.groups, versions };
      }),
      messages: flushed.flatMap(({ result }) => result.notifications),
    };
  }

  #judge(item: Item, cursor: EventCursor | undefined): ReturnType<typeof admitEvent> {
    const { policy, knowledge } = this.#options;
    if (item.kind !== "alert") return admitEvent({ event: item, policy, knowledge, cursor });
    return admitAlert(item.alert, item.groups, policy, cursor);
  }
}

function putCursor(cursor: EventCursor, now: number, expected: number): Write {
  const expires = cursor.firing ? {} : { expires: now + CURSOR_LASTS };
  return { kind: "put", collection: "cursors", key: cursor.fingerprint, value: cursor, expected, ...expires };
}
