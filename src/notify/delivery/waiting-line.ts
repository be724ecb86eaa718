import type { PendingHead } from "../../state/store.ts";
import type { Notification } from "../notification.ts";

/** A message of a channel in memory. */
export interface Waiting {
  readonly message: PendingHead;
  readonly notification: Notification;
  readonly keys: readonly string[];
  /** Sends that failed. */
  attempts: number;
  /** Not before, ms. */
  notBefore: number;
  /** When it first failed, ms. */
  failedAt?: number;
  /** Keys under which another message comes before it. */
  blockedBy: number;
}

/** After this time, ms, a message goes before all that are younger, however grave those are. */
const PATIENCE = 60_000;

/**
 * The messages of one channel that wait, in an order that keeps every alarm's own: a message can be taken when no earlier one
 * about the same group or the same alarm is waiting or under way. Among those that can, what fires goes before what has
 * recovered, and what is critical first.
 */
export class WaitingLine {
  readonly #byKey = new Map<string, Waiting[]>();
  /** By rank; each in the order in which they became free. */
  readonly #free: readonly [Waiting[], Waiting[], Waiting[]] = [[], [], []];
  #later: Waiting[] = [];
  #size = 0;

  /** Messages that were added and are not done with. */
  get size(): number {
    return this.#size;
  }

  /** Adds a message, not to be sent before a time, ms; every one added before was enqueued before. */
  add(message: PendingHead, notification: Notification, notBefore: number): void {
    const keys = keysOf(notification);
    const { attempts } = message;
    const entry: Waiting = { message, notification, keys, attempts, notBefore, blockedBy: 0 };
    for (const key of keys) {
      const line = this.#byKey.get(key);
      if (!line) this.#byKey.set(key, [entry]);
      else {
        line.push(entry);
        entry.blockedBy += 1;
      }
    }
    this.#size += 1;
    if (entry.blockedBy === 0) this.#release(entry);
  }

  /** Takes the message to send now, if there is one. It keeps its place before its successors until it is done. */
  take(now: number): Waiting | undefined {
    this.#wake(now);
    let best: Waiting[] | undefined;
    for (const line of this.#free) {
      const first = line[0];
      if (!first) continue;
      if (best === undefined) best = line;
      const leader = best[0] as Waiting;
      const old = now - first.message.createdAt > PATIENCE;
      if (old && first.message.position < leader.message.position) best = line;
    }
    return best?.shift();
  }

  /** When the next of the postponed messages may be tried, ms. */
  nextTry(): number | undefined {
    return this.#later.length === 0 ? undefined : Math.min(...this.#later.map(({ notBefore }) => notBefore));
  }

  /** Puts a message that was taken back in its place. */
  putBack(entry: Waiting): void {
    this.#release(entry, true);
  }

  /** A message that was taken is done with: its successors may go. */
  done(entry: Waiting): void {
    this.#size -= 1;
    for (const key of entry.keys) {
      const line = this.#byKey.get(key);
      line?.shift();
      const next = line?.[0];
      if (!next) this.#byKey.delete(key);
      else {
        next.blockedBy -= 1;
        if (next.blockedBy === 0) this.#release(next);
      }
    }
  }

  #wake(now: number): void {
    if (this.#later.length === 0) return;
    const due = this.#later.filter(({ notBefore }) => notBefore <= now);
    if (due.length === 0) return;
    this.#later = this.#later.filter(({ notBefore }) => notBefore > now);
    for (const entry of due) this.#free[rankOf(entry)].push(entry);
  }

  #release(entry: Waiting, first = false): void {
    if (entry.notBefore > 0) this.#later.push(entry);
    else if (first) this.#free[rankOf(entry)].unshift(entry);
    else this.#free[rankOf(entry)].push(entry);
  }
}

/** What the order is kept of: the group and each of its alarms, each once. What tells of a channel has one name for both. */
function keysOf({ group, alerts }: Notification): readonly string[] {
  const [only, ...others] = alerts;
  if (only && others.length === 0) return only.fingerprint === group ? [group] : [group, only.fingerprint];
  return [...new Set([group, ...alerts.map((alert) => alert.fingerprint)])];
}

function rankOf({ notification: { status, severity } }: Waiting): 0 | 1 | 2 {
  if (status === "resolved") return 2;
  return severity === "critical" ? 0 : 1;
}
