import type { Store, Write } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import { backoff } from "./pace.ts";

/** Longest pause between tries to store what was sent, ms. */
const LONGEST_PAUSE = 5_000;

/** Outcomes that are worth a commit of their own. */
const ENOUGH = 64;

interface Entry {
  readonly writes: readonly Write[];
  readonly settle: (stored: boolean) => void;
}

/**
 * Stores what became of sends, many in one commit: whatever comes in while a commit runs goes into the next. What can't be
 * stored (a full disk) is tried again until it can; those who wait for it send nothing more meanwhile.
 */
export class OutcomeLog {
  readonly #store: Store;
  readonly #context: Context;
  #entries: Entry[] = [];
  #running = false;
  #ending = false;
  readonly #wake = new AbortController();
  /** Why the last try failed; undefined when all is well. */
  #trouble: string | undefined;

  constructor(store: Store, context: Context) {
    this.#store = store;
    this.#context = context;
  }

  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Resolves with true once the writes are durable; with false when they couldn't be stored before the end. */
  store(writes: readonly Write[]): Promise<boolean> {
    return new Promise((resolve) => {
      this.#entries.push({ writes, settle: resolve });
      if (!this.#running) void this.#run();
    });
  }

  /** Nobody waits for a disk any more: what can't be stored at the next try is given up, and sent again by the next process. */
  end(): void {
    this.#ending = true;
    this.#wake.abort();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let failures = 0;
    while (this.#entries.length > 0) {
      await this.#gather();
      const entries = this.#next();
      try {
        // None of the writes is conditional: there can't be a conflict.
        await this.#store.commit(entries.flatMap(({ writes }) => writes));
        this.#trouble = undefined;
        failures = 0;
        for (const { settle } of entries) settle(true);
      } catch (error) {
        failures += 1;
        this.#trouble = messageOf(error);
        this.#context.log.warn("what was sent can't be stored, so nothing more is sent", {
          reason: this.#trouble,
        });
        this.#entries = [...entries, ...this.#entries];
        if (this.#ending) this.#giveUp();
        else await this.#pause(failures);
      }
    }
    this.#running = false;
  }

  #giveUp(): void {
    for (const { settle } of this.#entries.splice(0)) settle(false);
  }

  async #pause(failures: number): Promise<void> {
    const { clock, random } = this.#context;
    // The end cuts it short, for a last try.
    await clock.sleep(backoff(failures, LONGEST_PAUSE, random), this.#wake.signal).catch(() => undefined);
  }

  /** Waits as long as every turn brings more, for a commit costs the same whatever is in it. */
  async #gather(): Promise<void> {
    for (let before = 0; before < this.#entries.length && this.#entries.length < ENOUGH; ) {
      before = this.#entries.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #next(): Entry[] {
    let writes = 0;
    let count = 0;
    for (const entry of this.#entries) {
      if (count > 0 && writes + entry.writes.length > this.#store.maxWrites) break;
      writes += entry.writes.length;
      count += 1;
    }
    return this.#entries.splice(0, count);
  }
}
