import type { ChannelPace } from "../channel.ts";

/** A channel's pace when it names none: a place that we know nothing of. */
export const DEFAULT_PACE = { perSecond: 10, burst: 10, atOnce: 4, timeout: 15_000 } as const;

/** Below this, waiting isn't worth it: the error of adding up fractions, in messages. */
const GRAIN = 1e-6;

/** The allowance of one destination: a bucket of tokens, and a time until which nothing may be sent at all. Times in ms. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;
  #pausedUntil = 0;

  constructor({ perSecond, burst }: Pick<ChannelPace, "perSecond" | "burst">, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes a token and answers 0, or takes none and tells how long to wait, ms. */
  take(now: number): number {
    if (now < this.#pausedUntil) return this.#pausedUntil - now;
    if (this.#perSecond === Number.POSITIVE_INFINITY) return 0;
    this.#refill(now);
    if (this.#tokens >= 1 - GRAIN) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000);
  }

  /** The service says that it has had enough: nothing more until then, and no burst behind it. */
  exhaust(until: number, now: number): void {
    this.#refill(now);
    this.#tokens = Math.min(this.#tokens, 0);
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  #refill(now: number): void {
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    if (this.#perSecond !== Number.POSITIVE_INFINITY)
      this.#tokens = Math.min(this.#burst, this.#tokens + (passed / 1000) * this.#perSecond);
  }
}

/** Exponential backoff: 1 s doubled with each failure up to `longest` ms, between half of it and all of it. `random` in [0, 1). */
export function backoff(failures: number, longest: number, random: () => number): number {
  const whole = Math.min(longest, 1000 * 2 ** Math.min(30, Math.max(0, failures - 1)));
  return whole * (0.5 + random() / 2);
}
