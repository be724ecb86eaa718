import type { Clock } from "../../support/clock.ts";

/** Longest timer, ms: what a timer goes by isn't the clock that tells the time, so that a long one would outlast a jump of that. */
const LONGEST = 1000;

/** Something to wait at until it rings. A ring that nobody waited for is heard by the next who does. */
export class Bell {
  readonly #clock: Clock;
  #rung = false;
  #wake: (() => void) | undefined;
  /** Will ring it then, ms. */
  #timer: { readonly at: number; readonly end: AbortController } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Waits until it rings, at most `ms` (and a second when the clock jumps), maybe less. One at a time may wait. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung && ms > 0) {
      if (ms !== Number.POSITIVE_INFINITY) this.#ringWithin(Math.min(ms, LONGEST));
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    this.#rung = false;
  }

  /** Ends the timer of the last wait. */
  close(): void {
    this.#timer?.end.abort();
    this.#timer = undefined;
  }

  /** A timer goes on when something else rings: a busy waiter would make a new one hundreds of times a second. */
  #ringWithin(ms: number): void {
    const at = this.#clock.now().getTime() + ms;
    if (this.#timer && this.#timer.at <= at) return;
    this.close();
    const timer = { at, end: new AbortController() };
    this.#timer = timer;
    this.#clock.sleep(ms, timer.end.signal).then(
      () => {
        if (this.#timer === timer) this.#timer = undefined;
        this.ring();
      },
      () => undefined,
    );
  }
}
