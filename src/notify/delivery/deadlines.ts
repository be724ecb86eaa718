import type { Clock } from "../../support/clock.ts";

/** Aborts what takes too long, with one timer for all of it. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #running = new Map<AbortController, number>();
  #timer: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Aborts the controller at a time, ms, unless it is removed before. */
  add(controller: AbortController, at: number): void {
    this.#running.set(controller, at);
    if (!this.#timer) void this.#watch();
  }

  remove(controller: AbortController): void {
    this.#running.delete(controller);
  }

  /** Ends the timer; what is still running is aborted no more. */
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
      for (const [controller, at] of this.#running) {
        if (at > now) continue;
        this.#running.delete(controller);
        controller.abort();
      }
    }
    this.#timer = undefined;
  }

  #now(): number {
    return this.#clock.now().getTime();
  }
}
