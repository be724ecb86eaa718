import { describe, expect, it } from "vitest";
import { ManualClock } from "../support/clock.ts";
import { type Context, silentLogger } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { CallCounter } from "./call-counter.ts";
import { PacedExecutor } from "./paced-executor.ts";

/** A service's token bucket that holds one second's worth. */
class ServerBucket {
  readonly #rate: number;
  #tokens: number;
  #at: number;

  constructor(rate: number, now: number, tokens = rate) {
    this.#rate = rate;
    this.#tokens = tokens;
    this.#at = now;
  }

  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Takes a token whether there is one or not: a rival that always gets its share. */
  seize(now: number): void {
    this.#refill(now);
    this.#tokens -= 1;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(this.#rate, this.#tokens + ((now - this.#at) / 1000) * this.#rate);
    this.#at = now;
  }
}

/** Reproducible numbers in [0, 1). */
function randomness(): () => number {
  let state = 7;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

interface Run {
  /** Seconds until all calls were answered. */
  readonly seconds: number;
  /** Seconds after the start at which calls were throttled. */
  readonly throttledAt: readonly number[];
}

/** Sends calls through an executor to a bucket while a rival takes `rival` calls a second from it. */
async function simulate(options: {
  readonly rate: number;
  readonly seed?: number;
  readonly calls?: number;
  readonly rival?: number;
  readonly tokens?: number;
}): Promise<Run> {
  const { rate, seed = rate, calls = 200, rival = 0 } = options;
  const clock = new ManualClock();
  const random = randomness();
  const signal = new AbortController().signal;
  const context: Context = { clock, random, signal, log: silentLogger };
  const start = clock.now().getTime();
  const now = (): number => clock.now().getTime();
  const bucket = new ServerBucket(rate, start, options.tokens);
  const executor = new PacedExecutor(
    "cloudwatch:PutMetricAlarm",
    { ratePerSecond: seed, burst: seed },
    context,
    new CallCounter(),
  );
  const throttledAt: number[] = [];
  let done = 0;
  let end = start;
  const put = async (): Promise<void> => {
    await clock.sleep(5 + random() * 60);
    const accepted = bucket.take(now());
    if (!accepted) throttledAt.push((now() - start) / 1000);
    await clock.sleep(5 + random() * 20);
    if (!accepted) throw new WatchkeeperError("Throttling", "Rate exceeded", { retryable: true });
  };
  const all = Array.from({ length: calls }, () =>
    executor.run(put).then(() => {
      done += 1;
      end = now();
    }),
  );
  const competitor = async (): Promise<void> => {
    while (rival > 0 && done < calls) {
      await clock.sleep(1000 / rival);
      bucket.seize(now());
    }
  };
  void competitor();
  while (done < calls) await clock.advance(Math.max(200, 2000 / rate));
  await Promise.all(all);
  return { seconds: (end - start) / 1000, throttledAt };
}

describe("PacedExecutor", () => {
  it.each([3, 25, 100])(
    "uses at least 95 %% of a quota of %i a second without being throttled",
    async (rate) => {
      const { seconds, throttledAt } = await simulate({ rate });
      expect(200 / seconds).toBeGreaterThanOrEqual(0.95 * rate);
      expect(throttledAt).toEqual([]);
    },
  );

  it.each([3, 25, 100])(
    "is not throttled after the first second when %i a second starts with an empty bucket",
    async (rate) => {
      const { throttledAt } = await simulate({ rate, tokens: 0 });
      expect(throttledAt.filter((at) => at > 1)).toEqual([]);
    },
  );

  it.each([
    { rate: 3, share: 0.5 },
    { rate: 25, share: 0.5 },
    { rate: 100, share: 0.5 },
    { rate: 3, share: 0.3 },
    { rate: 25, share: 0.7 },
    { rate: 25, share: 0.9 },
  ])("gets at least 90 % of what a rival leaves: $share of $rate a second", async ({ rate, share }) => {
    const rest = rate * (1 - share);
    const run = await simulate({ rate, rival: rate * share, calls: Math.max(200, Math.ceil(rest * 60)) });
    const calls = Math.max(200, Math.ceil(rest * 60));
    expect(calls / run.seconds).toBeGreaterThanOrEqual(0.9 * rest);
  });
});
