import type { Clock } from "../../support/clock.ts";

/** How often it is looked, ms. A clock that jumps in between counts for no more than twice that: services keep another time. */
const LOOK_EVERY = 1000;
const MOST_PASSED = 2 * LOOK_EVERY;

/** What may take only so long. */
export interface Timed {
  /** Ends it. */
  expire(): void;
}

/** Ends what takes too long, with one timer for all of it. */
export class Deadlines {
  readonly #clock: Clock;
  /** Time that is left at the last look, ms. */
  readonly #running = new Map<Timed, number>();
  #lookedAt = 0;
  #timer: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends it after so many ms, unless it is removed before. */
  add(timed: Timed, ms: number): void {
    if (this.#running.size === 0) this.#lookedAt = this.#now();
    this.#running.set(timed, ms + this.#passed());
    if (!this.#timer) void this.#watch();
  }

  remove(timed: Timed): void {
    this.#running.delete(timed);
  }

  /** Ends the timer; what is still running is ended no more. */
  close(): void {
    this.#running.clear();
    this.#timer?.abort();
  }

  async #watch(): Promise<void> {
    const timer = new AbortController();
    this.#timer = timer;
    while (this.#running.size > 0) {
      const wait = Math.min(LOOK_EVERY, ...this.#running.values());
      const stopped = await this.#clock.sleep(wait, timer.signal).then(
        () => false,
        () => true,
      );
      if (stopped) break;
      const passed = this.#passed();
      this.#lookedAt = this.#now();
      for (const [timed, left] of this.#running) {
        if (left > passed) {
          this.#running.set(timed, left - passed);
          continue;
        }
        this.#running.delete(timed);
        timed.expire();
      }
    }
    this.#timer = undefined;
  }

  /** Time since the last look, ms. */
  #passed(): number {
    return Math.min(MOST_PASSED, Math.max(0, this.#now() - this.#lookedAt));
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
