import type { Clock } from "../../support/clock.ts";

/** Ends what takes too long, with one timer for all of it. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #running = new Map<() => void, number>();
  #timer: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `end` at a time, ms, unless it is removed before. */
  add(end: () => void, at: number): void {
    this.#running.set(end, at);
    if (!this.#timer) void this.#watch();
  }

  remove(end: () => void): void {
    this.#running.delete(end);
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
      const next = Math.min(...this.#running.values());
      const wait = next - this.#now();
      if (wait > 0) {
        const stopped = await this.#clock.sleep(wait, timer.signal).then(
          () => false,
          () => true,
        );
        if (stopped) break;
      }
      const now = this.#now();
      for (const [end, at] of this.#running) {
        if (at > now) continue;
        this.#running.delete(end);
        end();
      }
    }
    this.#timer = undefined;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
