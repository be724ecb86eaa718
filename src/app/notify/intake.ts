import type { Clock } from "../../support/clock.ts";

/** As many are handled together at most, and don't wait for more: what more of them would save, the memory that they hold would cost. */
const BATCH = 200;

/** What an intake does with what it takes in. Times in ms. */
export interface IntakeOptions<Item, Answer> {
  /** Items with the same key are handled one after the other. */
  readonly keyOf: (item: Item) => string;
  /** Handles items, no two of one key, and answers each in its place. */
  readonly handle: (items: readonly Item[]) => Promise<readonly Answer[]>;
  readonly clock: Clock;
  /** How long what comes waits for company: until nothing came for `quiet`, at most `longest`. Left out: for this turn of the event loop. */
  readonly company?: { readonly quiet: number; readonly longest: number } | undefined;
}

/** What one call brought. */
interface Delivery<Answer> {
  readonly answers: Answer[];
  left: number;
  readonly resolve: (answers: readonly Answer[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Entry<Item, Answer> {
  readonly item: Item;
  readonly delivery: Delivery<Answer>;
  /** Its place in the delivery. */
  readonly at: number;
}

/**
 * Takes items in and hands them on in their order, many at a time: whatever comes while others are handled, or shortly after one
 * another, is handled together.
 */
export class Intake<Item, Answer> {
  readonly #options: IntakeOptions<Item, Answer>;
  #waiting: Entry<Item, Answer>[] = [];
  #working: Promise<void> | undefined;
  /** Ends in the same turn in which nothing was found to wait: what comes after that begins anew. */
  #isWorking = false;

  constructor(options: IntakeOptions<Item, Answer>) {
    this.#options = options;
  }

  /** Resolves with an answer for each item when all of them are handled; rejects when one of them couldn't be. */
  take(items: readonly Item[]): Promise<readonly Answer[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const delivery: Delivery<Answer> = { answers: [], left: items.length, resolve, reject };
      for (const [at, item] of items.entries()) this.#waiting.push({ item, delivery, at });
      if (!this.#isWorking) this.#working = this.#work();
    });
  }

  /** Resolves when nothing is being handled. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    while (this.#waiting.length > 0) {
      await this.#company();
      const taken = this.#waiting.splice(0, BATCH);
      try {
        for (const round of this.#roundsOf(taken)) await this.#handle(round);
      } catch (error) {
        for (const { delivery } of taken) delivery.reject(error);
      }
    }
    this.#isWorking = false;
  }

  /** Waits as long as it is likely that more comes which belongs to the same. */
  async #company(): Promise<void> {
    const { clock, company } = this.#options;
    await new Promise((resolve) => setImmediate(resolve));
    if (!company) return;
    const end = clock.now().getTime() + company.longest;
    for (let before = 0; before < this.#waiting.length && this.#waiting.length < BATCH; ) {
      before = this.#waiting.length;
      const left = end - clock.now().getTime();
      if (left <= 0) return;
      await clock.sleep(Math.min(company.quiet, left));
    }
  }

  async #handle(round: readonly Entry<Item, Answer>[]): Promise<void> {
    const answers = await this.#options.handle(round.map(({ item }) => item));
    for (const [index, { delivery, at }] of round.entries()) {
      delivery.answers[at] = answers[index] as Answer;
      delivery.left -= 1;
      if (delivery.left === 0) delivery.resolve(delivery.answers);
    }
  }

  /** The first of each key, then the second of each that has one, and so on. */
  #roundsOf(entries: readonly Entry<Item, Answer>[]): readonly (readonly Entry<Item, Answer>[])[] {
    const rounds: Entry<Item, Answer>[][] = [];
    const seen = new Map<string, number>();
    for (const entry of entries) {
      const key = this.#options.keyOf(entry.item);
      const round = seen.get(key) ?? 0;
      seen.set(key, round + 1);
      const others = rounds[round];
      if (others) others.push(entry);
      else rounds.push([entry]);
    }
    return rounds;
  }
}
