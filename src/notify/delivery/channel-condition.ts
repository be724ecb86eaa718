import type { SendFailure } from "../channel.ts";
import { backoff } from "./pace.ts";

/** From this many failures in a row the channel itself rests, and not only the messages that failed. */
const TROUBLE = 3;
/** Longest wait between two tries, ms. */
const LONGEST_REST = 60_000;
/** What an operator has to put right isn't there in seconds. */
const LONGEST_OPERATOR_REST = 300_000;

/** Why a channel isn't sending. */
export interface ChannelTrouble {
  readonly reason: SendFailure;
  readonly message: string;
  /** Failures in a row; those of one rest count once. */
  readonly failures: number;
  /** When it is tried again, ms. */
  readonly until: number;
}

/** A send that failed and may be tried again. */
export interface FailedSend {
  readonly reason: SendFailure;
  readonly message: string;
  /** What the service asked to wait, s. */
  readonly retryAfter?: number;
  /** Failed sends of this message. */
  readonly attempts: number;
  /** ms. */
  readonly now: number;
}

/** How a channel fares: what its last sends came to, and the rest that it takes when they fail. */
export class ChannelCondition {
  readonly #random: () => number;
  #failures = 0;
  #deliveredAt = 0;
  #trouble: ChannelTrouble | undefined;
  /** Until then a rate limit lasts, ms. */
  #limitedUntil = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  get trouble(): ChannelTrouble | undefined {
    return this.#trouble;
  }

  /** When it last took a message, ms; 0 when it never did. */
  get deliveredAt(): number {
    return this.#deliveredAt;
  }

  delivered(now: number): void {
    this.#failures = 0;
    this.#trouble = undefined;
    this.#deliveredAt = now;
  }

  /** A rate limit: until when to wait, ms. */
  limited(retryAfter: number | undefined, now: number): number {
    if (retryAfter !== undefined) return now + retryAfter * 1000;
    // Sends that were under way meet the same limit: they make it no longer.
    if (now < this.#limitedUntil) return this.#limitedUntil;
    this.#failures += 1;
    this.#limitedUntil = now + backoff(this.#failures, LONGEST_REST, this.#random);
    return this.#limitedUntil;
  }

  /**
   * A failure: when to try the message again, ms. Sends that are under way when the channel begins to rest fail with what failed before
   * them: they make its rest no longer, else a service that starts again in a second would be left alone for a minute.
   */
  failed({ reason, message, retryAfter = 0, attempts, now }: FailedSend): number {
    const operator = reason === "unauthorized" || reason === "not-found";
    const longest = operator ? LONGEST_OPERATOR_REST : LONGEST_REST;
    const asked = retryAfter * 1000;
    const wait = (failures: number): number => Math.max(asked, backoff(failures, longest, this.#random));
    const resting = this.#trouble && now < this.#trouble.until ? this.#trouble : undefined;
    if (!resting) this.#failures += 1;
    const failures = this.#failures;
    if (resting) this.#trouble = { reason, message, failures, until: Math.max(resting.until, now + asked) };
    else if (failures >= TROUBLE || operator || asked > 0)
      this.#trouble = { reason, message, failures, until: now + wait(Math.max(1, failures - TROUBLE + 1)) };
    return now + wait(attempts);
  }
}
