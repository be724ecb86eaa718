import type { Alert, AlertGroup } from "../../model/alert.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import { outboxWrites } from "../../notify/delivery/delivery.ts";
import type { FlushResult } from "../../notify/flush.ts";
import { groupKeysFor } from "../../notify/grouping.ts";
import type { Notification } from "../../notify/notification.ts";
import { routesById } from "../../notify/routing.ts";
import { rehomeGroup, type TickResult, tick } from "../../notify/tick.ts";
import { commitUnits } from "../../state/batches.ts";
import { logKey, type Store, type Stored, type Write } from "../../state/store.ts";
import { InhibitionSources } from "./inhibition-sources.ts";
import { allSilences } from "./silences.ts";

const LOG_LASTS = 30 * 86_400_000;
/** Groups flushed in one commit. */
const BATCH = 500;

/** Flushes groups: works out what their channels are told, and what of it is to be stored. */
export class GroupFlush {
  readonly #store: Store;
  readonly #policy: NotificationPolicy;
  readonly #routes: ReturnType<typeof routesById>;
  readonly #sources: InhibitionSources;

  constructor(store: Store, policy: NotificationPolicy) {
    this.#store = store;
    this.#policy = policy;
    this.#routes = routesById(policy.route);
    this.#sources = new InhibitionSources(policy.inhibitRules, store);
  }

  /** Flushes those of the groups that are due; `news` are alerts that aren't in the store yet. Times in ms. */
  async tick(groups: readonly AlertGroup[], now: number, news: readonly Alert[] = []): Promise<TickResult> {
    const due = groups.filter(({ nextFlush }) => nextFlush <= now);
    const names = due.flatMap(({ key, route }) =>
      (this.#routes.get(route)?.channels ?? []).map((channel) => logKey(key, channel)),
    );
    const [inhibitor, told, silences] = await Promise.all([
      this.#sources.inhibitor(now, news),
      due.length === 0 ? [] : this.#store.getMany("log", names),
      due.length === 0 ? [] : allSilences(this.#store),
    ]);
    const log = byKey(told);
    return tick(
      due,
      { now, policy: this.#policy, silences, inhibitor },
      (group, channel) => log.get(logKey(group, channel))?.value,
    );
  }

  /** The `news` of the last tick wasn't stored after all. */
  forgetNews(): void {
    this.#sources.forget();
  }

  /** What is to be stored of one group's flush; `expected` is the version that the store has of it, 0 for none. */
  writes({ key, route }: AlertGroup, result: FlushResult, expected: number, now: number): readonly Write[] {
    const lasts = Math.max(LOG_LASTS, 3000 * (this.#routes.get(route)?.repeatInterval ?? 0));
    return [
      result.group ? putGroup(result.group, expected) : removeGroup(key, expected),
      ...result.log.map((entry): Write => {
        const logged = logKey(entry.group, entry.channel);
        return { kind: "put", collection: "log", key: logged, value: entry, expires: now + lasts };
      }),
      ...outboxWrites(result.notifications),
    ];
  }

  /** Flushes the next groups in the store that are due. */
  async next(now: number): Promise<{ readonly messages: readonly Notification[]; readonly more: boolean }> {
    const due = await this.#store.due("groups", now, BATCH);
    if (due.length === 0) return { messages: [], more: false };
    const before = byKey(due);
    const { flushed, orphans } = await this.tick(
      due.map(({ value }) => value),
      now,
    );
    const units = flushed.map(({ before: group, result }) =>
      this.writes(group, result, before.get(group.key)?.version ?? 0, now),
    );
    // A group that somebody else has changed meanwhile is flushed again by whoever comes next.
    const refused = new Set((await commitUnits(this.#store, units)).map(({ index }) => index));
    const messages = flushed.flatMap(({ result }, index) => (refused.has(index) ? [] : result.notifications));
    let moved = false;
    for (const orphan of orphans) moved = (await this.#rehome(orphan, before, now)) || moved;
    // Where alerts were moved to may be due as well.
    return { messages, more: moved || due.length === BATCH };
  }

  /** Puts an orphan's alerts where they belong now. False: somebody else was quicker. */
  async #rehome(
    orphan: AlertGroup,
    due: ReadonlyMap<string, Stored<"groups">>,
    now: number,
  ): Promise<boolean> {
    const keys = orphan.alerts.flatMap(({ labels }) => groupKeysFor(this.#policy, labels));
    const before = byKey(await this.#store.getMany("groups", keys));
    const changed = rehomeGroup(this.#policy, orphan, (key) => before.get(key)?.value, now);
    // A conflict leaves the orphan where it is, due as before.
    const conflict = await this.#store.commit([
      removeGroup(orphan.key, due.get(orphan.key)?.version ?? 0),
      ...changed.map((group) => putGroup(group, before.get(group.key)?.version ?? 0)),
    ]);
    return conflict === undefined;
  }
}

/** The write of a group, on condition that the store has this version of it; 0: none. */
export function putGroup(group: AlertGroup, expected: number): Write {
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

/** Records by their key. */
export function byKey<T extends { readonly key: string }>(entries: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entries.map((entry) => [entry.key, entry]));
}
