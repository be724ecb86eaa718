import type { Context } from "../support/context.ts";
import { isWatchkeeperError, WatchkeeperError } from "../support/errors.ts";
import type { CallCounter } from "./call-counter.ts";
import { Pace } from "./pace.ts";
import type { Quota } from "./session.ts";

/** How long one call may go on being throttled before it fails, ms. */
const THROTTLING_PATIENCE = 10 * 60_000;
/** Attempts of a call that fails by the network, a timeout or the service's own fault. */
const ATTEMPTS = 5;
/** Full jitter: a random share of 0.2 s, doubled each time, at most 10 s. */
const BACKOFF = 200;
const LONGEST_BACKOFF = 10_000;
/** Calls of one operation under way at once: a second's worth, within bounds that the sockets can bear. */
const FEWEST_AT_ONCE = 4;
const MOST_AT_ONCE = 32;

interface Job {
  /** Makes one attempt. Rejects with a WatchkeeperError. */
  readonly attempt: () => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** When the first attempt went out. */
  first: number | undefined;
  failures: number;
}

/**
 * Lets the calls of one operation, in one account and region, out at the pace of its quota, and is the only place that
 * retries. Throttled calls wait their turn again at a lower rate; failures that may pass are tried a few times. Nearly all
 * our writes replace a whole thing by name, so that repeating one whose answer was lost does no harm; the others are `once`:
 * what fails may have had its effect, and whoever asked must look.
 * When the context is aborted, calls under way finish and waiting ones fail with code `Aborted`.
 */
export class PacedExecutor {
  readonly #call: string;
  readonly #pace: Pace;
  readonly #context: Context;
  readonly #counter: CallCounter;
  readonly #attempts: number;
  readonly #queue: Job[] = [];
  #active = 0;
  #pumping = false;

  /** `call` is `service:Operation`, for counts and logs. `once`: only throttled calls are tried again. */
  constructor(
    call: string,
    quota: Quota,
    context: Context,
    counter: CallCounter,
    { once = false }: { readonly once?: boolean } = {},
  ) {
    this.#call = call;
    this.#attempts = once ? 1 : ATTEMPTS;
    this.#context = context;
    this.#counter = counter;
    this.#pace = new Pace(quota, this.#now());
  }

  /** The quota as it is known, and the rate that throttling has left of it. */
  get quota(): Quota {
    const { burst, ratePerSecond } = this.#pace.quota;
    const rate = this.#pace.rate(this.#now());
    return { ratePerSecond: rate < ratePerSecond * 0.9 ? rate : ratePerSecond, burst };
  }

  setQuota(quota: Quota): void {
    this.#pace.setQuota(quota, this.#now());
  }

  /** Runs a call when its turn comes. Calls start in the order they were asked for. */
  run<T>(attempt: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        attempt,
        resolve: resolve as (value: unknown) => void,
        reject,
        first: undefined,
        failures: 0,
      });
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (this.#queue.length > 0 && this.#active < this.#limit()) {
        this.#context.signal.throwIfAborted();
        const wait = this.#pace.take(this.#now());
        if (wait > 0) {
          await this.#context.clock.sleep(wait, this.#context.signal);
          continue;
        }
        const job = this.#queue.shift();
        if (job) void this.#attempt(job);
      }
    } catch (error) {
      for (const job of this.#queue.splice(0)) job.reject(aborted(this.#call, error));
    } finally {
      this.#pumping = false;
    }
  }

  async #attempt(job: Job): Promise<void> {
    const sentAt = this.#now();
    job.first ??= sentAt;
    this.#active += 1;
    this.#counter.attempted(this.#call);
    try {
      job.resolve(await job.attempt());
    } catch (error) {
      this.#failed(job, error, sentAt);
    } finally {
      this.#active -= 1;
      void this.#pump();
    }
  }

  #failed(job: Job, error: unknown, sentAt: number): void {
    const now = this.#now();
    const code = isWatchkeeperError(error) ? error.code : "";
    if (code === "Throttling") {
      this.#counter.throttled(this.#call);
      this.#pace.throttled(now, sentAt);
      if (now - (job.first ?? now) > THROTTLING_PATIENCE) job.reject(error);
      else this.#queue.unshift(job);
      return;
    }
    job.failures += 1;
    if (!isWatchkeeperError(error) || !error.retryable || job.failures >= this.#attempts) {
      job.reject(error);
      return;
    }
    const longest = Math.min(LONGEST_BACKOFF, BACKOFF * 2 ** job.failures);
    this.#context.log.debug(`${this.#call} failed and will be tried again`, { code, attempt: job.failures });
    void this.#retryAfter(this.#context.random() * longest, job);
  }

  async #retryAfter(ms: number, job: Job): Promise<void> {
    try {
      await this.#context.clock.sleep(ms, this.#context.signal);
      this.#queue.unshift(job);
      void this.#pump();
    } catch (error) {
      job.reject(aborted(this.#call, error));
    }
  }

  #limit(): number {
    const rate = this.#pace.rate(this.#now());
    return Math.min(MOST_AT_ONCE, Math.max(FEWEST_AT_ONCE, Math.ceil(rate)));
  }

  #now(): number {
    return this.#context.clock.now().getTime();
  }
}

function aborted(call: string, cause: unknown): WatchkeeperError {
  return new WatchkeeperError("Aborted", `${call} was not tried: the run was stopped`, { cause });
}
