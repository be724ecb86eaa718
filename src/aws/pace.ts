import type { Quota } from "./session.ts";

/** Share of a quota we use: the rest refills the server's bucket after jitter or somebody else's call took from it. */
const SHARE = 0.98;
/** Share of the server's burst we use: what remains absorbs calls that arrive bunched. */
const BURST_SHARE = 0.5;
/** Seconds after a throttled call until the rate is back where it was throttled, and how slowly it then feels its way up. */
const RECOVERY = 8;
const PROBING = 20;
/** Never slower than this, calls a second: somebody else may hold the whole quota for a while. */
const FLOOR = 0.1;

/**
 * When the next call of one operation may go out. A token bucket whose rate follows the quota, is halved when the service
 * throttles, returns along a curve to just below the rate that was too much, rests there, and only then feels its way up
 * to the quota again (the shape of TCP CUBIC; a plain sawtooth would leave a quarter of the rate unused).
 * Times are milliseconds of any steady clock.
 */
export class Pace {
  #quota: Quota;
  #tokens: number;
  /** When `#tokens` was right. */
  #at: number;
  /** Rate at which the service last throttled, and when; undefined while it never did. */
  #brake: { readonly at: number; readonly from: number } | undefined;

  constructor(quota: Quota, now: number) {
    this.#quota = quota;
    this.#at = now;
    this.#tokens = this.#burst();
  }

  get quota(): Quota {
    return this.#quota;
  }

  /** Replaces the quota, for example by the account's real one. What was learnt from throttling stays. */
  setQuota(quota: Quota, now: number): void {
    this.#refill(now);
    const unused = this.#tokens >= this.#burst();
    this.#quota = quota;
    this.#tokens = unused ? this.#burst() : Math.min(this.#tokens, this.#burst());
  }

  /** Calls a second that go out at `now`. */
  rate(now: number): number {
    const top = this.#quota.ratePerSecond * SHARE;
    if (!this.#brake) return top;
    const seconds = Math.max(0, now - this.#brake.at) / 1000;
    const rate =
      seconds < RECOVERY
        ? this.#brake.from * (1 - 0.5 * (1 - seconds / RECOVERY) ** 3)
        : this.#brake.from * (1 + ((seconds - RECOVERY) / PROBING) ** 3);
    return Math.min(top, Math.max(FLOOR, rate));
  }

  /** Takes a call's turn and answers 0, or answers the milliseconds to wait before asking again. */
  take(now: number): number {
    this.#refill(now);
    // A hair less than one whole token is enough: clocks count in milliseconds, and a sleep may end a hair early.
    if (this.#tokens >= 0.999) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.max(1, ((1 - this.#tokens) / this.rate(now)) * 1000);
  }

  /** The service throttled a call that went out at `sentAt`. Calls sent before the last braking tell nothing new. */
  throttled(now: number, sentAt: number): void {
    if (this.#brake && sentAt <= this.#brake.at) return;
    this.#refill(now);
    this.#brake = { at: now, from: this.rate(now) };
    this.#tokens = Math.min(this.#tokens, 0);
  }

  #burst(): number {
    return Math.max(1, this.#quota.burst * BURST_SHARE);
  }

  #refill(now: number): void {
    const seconds = Math.max(0, now - this.#at) / 1000;
    const rate = (this.rate(this.#at) + this.rate(now)) / 2;
    this.#tokens = Math.min(this.#burst(), this.#tokens + seconds * rate);
    this.#at = now;
  }
}
