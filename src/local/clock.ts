import type { Clock } from "../support/clock.ts";

/** A piece of work at a point of virtual time. */
export interface Timer {
  cancel(): void;
}

interface Entry {
  due: number;
  order: number;
  /** Answers when to run again; undefined: never. Undefined itself once it was cancelled. */
  run: ((time: number) => number | undefined) | undefined;
}

/**
 * Virtual time: runs at the host's pace from its start, plus jumps. Work due during a jump runs in order of its time,
 * with the clock standing at that time; so a jump of a month does everything a month would have done.
 */
export class VirtualClock implements Clock {
  #offset: number;
  /** While work runs: the time it is due. */
  #standing: number | undefined;
  readonly #host: () => number;
  readonly #heap: Entry[] = [];
  #order = 0;
  #works = 0;
  #wake: NodeJS.Timeout | undefined;
  #running = false;
  #jumping: Promise<void> = Promise.resolve();

  /** `start`: virtual time now; default the host's. `host`: the host's clock in ms, for tests. */
  constructor(options: { readonly start?: Date; readonly host?: () => number } = {}) {
    this.#host = options.host ?? Date.now;
    this.#offset = options.start ? options.start.getTime() - this.#host() : 0;
  }

  now(): Date {
    return new Date(this.time());
  }

  /** How much work given to `at` has run: it may have changed anything. Work that repeats doesn't count. */
  get works(): number {
    return this.#works;
  }

  /** Milliseconds since the epoch. */
  time(): number {
    return this.#standing ?? this.#host() + this.#offset;
  }

  /** Runs `work` at `time` (ms since the epoch); at once when running or jumping passes it. Never before the caller returns. */
  at(time: number, work: (now: Date) => void): Timer {
    return this.repeat(time, (due) => {
      this.#works += 1;
      work(new Date(due));
      return undefined;
    });
  }

  /**
   * Runs `work` at `time` (ms since the epoch) and then at each time that it answers, until it answers undefined: for work that
   * comes millions of times, since one entry does for all of it.
   */
  repeat(time: number, work: (time: number) => number | undefined): Timer {
    const entry: Entry = { due: time, order: this.#order++, run: work };
    push(this.#heap, entry);
    this.#schedule();
    return {
      cancel: () => {
        entry.run = undefined;
      },
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const timer = this.at(this.time() + ms, () => resolve());
      signal?.addEventListener("abort", () => {
        timer.cancel();
        reject(signal.reason);
      });
    });
  }

  /** Lets due work run by itself as time passes. */
  start(): void {
    this.#running = true;
    this.#schedule();
  }

  stop(): void {
    this.#running = false;
    clearTimeout(this.#wake);
    this.#wake = undefined;
  }

  /** Moves to `time`, running everything due on the way. Going back is refused. Jumps queue up behind each other. */
  jumpTo(time: Date): Promise<void> {
    const target = time.getTime();
    const jump = this.#jumping.then(() => this.#jump(target));
    this.#jumping = jump.catch(() => undefined);
    return jump;
  }

  advance(ms: number): Promise<void> {
    return this.jumpTo(new Date(this.time() + ms));
  }

  /** Runs what is due now. */
  runDue(): void {
    this.#runUntil(this.time(), Number.POSITIVE_INFINITY);
  }

  async #jump(target: number): Promise<void> {
    if (target < this.time())
      throw new RangeError(`the clock cannot go back to ${new Date(target).toISOString()}`);
    let reached = target;
    try {
      // Other requests get a turn every 20 ms of work; what they do happens at the time the jump has reached.
      while (!this.#runUntil(target, performance.now() + 20)) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      // Work that fails ends the jump where it stands; time goes on from there.
      reached = this.time();
      throw error;
    } finally {
      this.#standing = undefined;
      this.#offset = Math.max(this.#offset, reached - this.#host());
      this.#schedule();
    }
  }

  /** Runs entries due until `target`; false when the budget (host ms) ran out before the end. */
  #runUntil(target: number, budget: number): boolean {
    for (let count = 1; ; count += 1) {
      const next = this.#heap[0];
      if (!next || next.due > target) break;
      if (count % 64 === 0 && performance.now() > budget) return false;
      pop(this.#heap);
      if (!next.run) continue;
      const previous = this.#standing;
      this.#standing = Math.max(next.due, previous ?? next.due);
      let again: number | undefined;
      try {
        again = next.run(this.#standing);
      } finally {
        if (budget === Number.POSITIVE_INFINITY) this.#standing = previous;
      }
      if (again === undefined || !next.run) continue;
      next.due = again;
      next.order = this.#order++;
      push(this.#heap, next);
    }
    return true;
  }

  #schedule(): void {
    if (!this.#running) return;
    clearTimeout(this.#wake);
    const next = this.#heap[0];
    if (!next) return;
    const wait = Math.min(Math.max(0, next.due - (this.#host() + this.#offset)), 2 ** 31 - 1);
    this.#wake = setTimeout(() => {
      this.runDue();
      this.#schedule();
    }, wait);
    this.#wake.unref();
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const other = heap[parent] as Entry;
    if (!before(entry, other)) break;
    heap[at] = other;
    at = parent;
  }
  heap[at] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop() as Entry;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
    const other = heap[child] as Entry;
    if (!before(other, last)) break;
    heap[at] = other;
    at = child;
  }
  heap[at] = last;
}
