import type { PendingHead, Store, Write } from "../../state/store.ts";
import type { OutcomeLog } from "./outcome-log.ts";

/** Sends under way at once of what may have been sent already when a process was killed. */
export const FEW = 4;
/** With so many sends that never ended, a message may be what ends the process: it is sent alone, after a pause. */
const SUSPECT = 2;
/** With so many it is set aside. */
const MOST = 8;
/** Pause before a suspect is sent: 2 s, doubled each time up to this, ms. */
const LONGEST_PAUSE = 60_000;

/** How many sends may be under way besides this one: `few` in all, or none. */
export type Caution = "none" | "few" | "alone";

/**
 * Sends that were begun and never ended, because the process was killed. In normal times nothing is kept of them; after a crash
 * whatever waited then is marked in the store before it is sent, until it has an outcome. So a process that is killed again and again
 * repeats only a few sends each time, and a message that kills it is found out: the others go before it, it is sent alone, and in the end
 * it is set aside.
 */
export class Unfinished {
  readonly #channel: string;
  readonly #store: Store;
  readonly #log: OutcomeLog;
  #counts = new Map<string, number>();
  /** What is as old as this may have been under way when a process was killed, ms. */
  #doubtfulUntil = Number.NEGATIVE_INFINITY;
  #startedAt = 0;
  #isLoaded = false;

  constructor(channel: string, store: Store, log: OutcomeLog) {
    this.#channel = channel;
    this.#store = store;
    this.#log = log;
  }

  /** The channel is this process's from now on, ms; `crashed`: whoever had it before didn't give it back. */
  restart(now: number, crashed: boolean): void {
    this.#isLoaded = false;
    this.#startedAt = now;
    if (crashed) this.#doubtfulUntil = now;
  }

  /** Reads what is known from the store, once. */
  async load(): Promise<void> {
    if (this.#isLoaded) return;
    const found = await this.#store.get("begun", this.#channel);
    this.#counts = new Map(Object.entries(found?.value.sends ?? {}));
    this.#isLoaded = true;
  }

  /** Why a message isn't to be sent any more, if it isn't. */
  verdict({ id }: PendingHead): string | undefined {
    const count = this.#counts.get(id) ?? 0;
    return count < MOST
      ? undefined
      : `unfinished: the process ended ${count} times while this was being sent`;
  }

  /** Not before then is a message to be sent, ms. */
  notBefore({ id, notBefore }: PendingHead): number {
    const count = this.#counts.get(id) ?? 0;
    if (count < SUSPECT) return notBefore;
    return Math.max(notBefore, this.#startedAt + Math.min(LONGEST_PAUSE, 1000 * 2 ** (count - 1)));
  }

  caution({ id, createdAt }: PendingHead): Caution {
    const count = this.#counts.get(id) ?? 0;
    if (count >= SUSPECT) return "alone";
    return count > 0 || createdAt <= this.#doubtfulUntil ? "few" : "none";
  }

  /** Marks a send as begun, where need be. False: it can't be stored any more, so it mustn't be begun. */
  async begin(message: PendingHead): Promise<boolean> {
    if (this.caution(message) === "none") return true;
    const { id } = message;
    this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    return this.#log.store(this.#writes());
  }

  /** What is to be stored with the outcome of a send. */
  end({ id }: PendingHead): readonly Write[] {
    return this.#counts.delete(id) ? this.#writes() : [];
  }

  #writes(): readonly Write[] {
    const key = this.#channel;
    if (this.#counts.size === 0) return [{ kind: "remove", collection: "begun", key }];
    return [{ kind: "put", collection: "begun", key, value: { sends: Object.fromEntries(this.#counts) } }];
  }
}

/** Whether a send of this caution may be begun beside those under way (`alone`: one of them is a suspect). */
export function mayBegin(caution: Caution, underWay: number, alone: boolean): boolean {
  if (alone) return false;
  return caution === "none" || underWay < (caution === "few" ? FEW : 1);
}
