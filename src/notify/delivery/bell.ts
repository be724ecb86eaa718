import type { Clock } from "../../support/clock.ts";

/** Something to wait at until it rings. A ring that nobody waited for is heard by the next who does. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Waits until it rings, at most `ms`. One at a time may wait. */
  async wait(clock: Clock, ms: number): Promise<void> {
    if (!this.#rung && ms > 0) {
      const rings = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (ms === Number.POSITIVE_INFINITY) await rings;
      else {
        const timer = new AbortController();
        await Promise.race([rings, clock.sleep(ms, timer.signal).catch(() => undefined)]);
        timer.abort();
      }
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}
