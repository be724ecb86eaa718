import type { Timer, VirtualClock } from "../../../clock.ts";
import { mix, seedOf } from "../../../metrics/generators.ts";

/** Something to be done once in every round, always at the same moment of it. */
export interface Recurring {
  /** Milliseconds after the round's beginning. */
  readonly phase: number;
  /** Tells apart what has the same phase; decides the order then. */
  readonly key: string;
  run(time: number): void;
}

/** The phase of an alarm in rounds of so many milliseconds: from its ARN, so always the same, spread evenly. */
export function phaseOf(arn: string, cycle: number): number {
  return mix(seedOf(arn), 0x27d4eb2f) % cycle;
}

/** Rounds on the clock: every item once in a round, each exactly at its phase. However many there are, they are one entry of the clock. */
export class Rounds {
  readonly #clock: VirtualClock;
  readonly #cycle: number;
  /** By phase, then key. */
  readonly #items: Recurring[] = [];
  /** Index of the item that comes next, and when. */
  #next = 0;
  #due = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;
  #running: Recurring | undefined;

  /** `cycle`: length of a round, milliseconds; rounds begin at its multiples since the epoch. */
  constructor(clock: VirtualClock, cycle: number) {
    this.#clock = clock;
    this.#cycle = cycle;
  }

  /** The item runs for the first time when its phase comes next; at the very moment of it, now or in the next round. */
  add(item: Recurring): void {
    const index = this.#indexOf(item);
    this.#items.splice(index, 0, item);
    if (this.#running) return;
    const due = this.#after(item, this.#clock.time());
    const first = due < this.#due || (due === this.#due && index <= this.#next);
    if (first) this.#arm(index, due);
    else if (index <= this.#next) this.#next += 1;
  }

  remove(item: Recurring): void {
    const index = this.#indexOf(item);
    if (this.#items[index] !== item) return;
    this.#items.splice(index, 1);
    if (this.#running || index > this.#next) return;
    if (index < this.#next) this.#next -= 1;
    else this.#arm(...this.#from(index, this.#due - item.phase));
  }

  #arm(index: number, due: number): void {
    this.#timer?.cancel();
    this.#next = index;
    this.#due = due;
    this.#timer =
      due === Number.POSITIVE_INFINITY ? undefined : this.#clock.repeat(due, (time) => this.#step(time));
  }

  #step(time: number): number | undefined {
    const item = this.#items[this.#next] as Recurring;
    this.#running = item;
    let failed = true;
    try {
      item.run(time);
      failed = false;
    } finally {
      this.#running = undefined;
      // Items may have come and gone meanwhile.
      const index = this.#items[this.#next] === item ? this.#next : this.#indexOf(item);
      [this.#next, this.#due] = this.#from(
        this.#items[index] === item ? index + 1 : index,
        time - item.phase,
      );
      // What one item throws ends this entry of the clock, not the others' rounds.
      if (failed) this.#arm(this.#next, this.#due);
    }
    return this.#due === Number.POSITIVE_INFINITY ? undefined : this.#due;
  }

  /** The item at an index, or the first of the next round; and when, in the round that began at `begin`. */
  #from(index: number, begin: number): [index: number, due: number] {
    const item = this.#items[index];
    if (item) return [index, begin + item.phase];
    const [first] = this.#items;
    return [0, first ? begin + this.#cycle + first.phase : Number.POSITIVE_INFINITY];
  }

  #after({ phase }: Recurring, time: number): number {
    const due = Math.floor(time / this.#cycle) * this.#cycle + phase;
    return due > time ? due : due + this.#cycle;
  }

  /** Where an item is, or belongs. */
  #indexOf(item: Recurring): number {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#items[middle] as Recurring, item)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function isBefore(a: Recurring, b: Recurring): boolean {
  return a.phase < b.phase || (a.phase === b.phase && a.key < b.key);
}
