import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";

/** When something is tried again that failed for reasons of our own, ms. */
const AFTER_TROUBLE = 15_000;

/** Something to be done; of one key only once at a time. */
export interface Task {
  readonly key: string;
  /** Of one group only so many are done at a time. */
  readonly group?: string;
  readonly work: () => Promise<void>;
}

/** Does what is due, so many side by side; what fails rests for a while, and nobody waits for that. */
export class Lane {
  readonly #atOnce: number;
  readonly #ofGroup: number;
  readonly #context: Context;
  #waiting: Task[] = [];
  /** Keys that are being worked on, or rest after trouble until then, ms. */
  readonly #taken = new Map<string, number>();
  readonly #working = new Map<Promise<void>, string | undefined>();

  constructor(atOnce: number, context: Context, ofGroup = atOnce) {
    this.#atOnce = atOnce;
    this.#ofGroup = ofGroup;
    this.#context = context;
  }

  /** Everything that is due now, the most urgent first. What still waits of an earlier list is forgotten. */
  offer(tasks: Iterable<Task>): void {
    // What is worked on just now isn't due as this list knows it.
    this.#waiting = [...tasks].filter(({ key }) => !this.#rests(key)).reverse();
    this.#fill();
  }

  /** Begins nothing more, and resolves once what is under way has ended. */
  async stop(): Promise<void> {
    this.#waiting = [];
    await Promise.all(this.#working.keys());
  }

  #fill(): void {
    while (this.#working.size < this.#atOnce) {
      const next = this.#waiting.findLastIndex((task) => !this.#isFull(task));
      const [task] = next < 0 ? [] : this.#waiting.splice(next, 1);
      if (!task) return;
      if (!this.#rests(task.key)) this.#begin(task);
    }
  }

  #isFull({ group }: Task): boolean {
    if (group === undefined) return false;
    return [...this.#working.values()].filter((other) => other === group).length >= this.#ofGroup;
  }

  #begin({ key, group, work }: Task): void {
    this.#taken.set(key, Number.POSITIVE_INFINITY);
    const working = work()
      .then(
        () => this.#taken.delete(key),
        (error: unknown) => {
          this.#taken.set(key, this.#now() + AFTER_TROUBLE);
          const reason = messageOf(error);
          this.#context.log.warn("a repair can't go on just now; it is tried again", { reason });
        },
      )
      .then(() => {
        this.#working.delete(working);
        this.#fill();
      });
    this.#working.set(working, group);
  }

  /** Whether it is worked on, or too early to try again. A rest that is longer than any comes from a clock that jumped back. */
  #rests(key: string): boolean {
    const left = (this.#taken.get(key) ?? 0) - this.#now();
    return left === Number.POSITIVE_INFINITY || (left > 0 && left <= AFTER_TROUBLE);
  }

  #now(): number {
    return this.#context.clock.now().getTime();
  }
}
