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

  it("slows down rather than being throttled again and again", async () => {
    const { throttledAt } = await simulate({ rate: 25, rival: 12.5, calls: 750 });
    expect(throttledAt.length).toBeLessThan(0.05 * 750);
  });

  it("finds a quota far below the one it was told", async () => {
    const { seconds, throttledAt } = await simulate({ rate: 3, seed: 100, calls: 200 });
    expect(200 / seconds).toBeGreaterThan(0.9 * 3);
    expect(throttledAt.filter((at) => at > 60).length).toBeLessThan(30);
  });
});

describe("retries", () => {
  const failing = (code: string, retryable: boolean) =>
    new WatchkeeperError(code, "no", { source: "aws", retryable });

  function executor(signal = new AbortController().signal) {
    const clock = new ManualClock();
    const counter = new CallCounter();
    const context: Context = { clock, random: () => 1, signal, log: silentLogger };
    const quota = { ratePerSecond: 10, burst: 10 };
    return { clock, counter, run: new PacedExecutor("ec2:DescribeInstances", quota, context, counter) };
  }

  it("try what may pass five times in all, and nothing else twice", async () => {
    for (const [error, attempts] of [
      [failing("Network", true), 5],
      [failing("InternalError", true), 5],
      [failing("AccessDenied", false), 1],
      [new TypeError("bug"), 1],
    ] as const) {
      const { clock, counter, run } = executor();
      const call = run.run(() => Promise.reject(error)).catch((thrown: unknown) => thrown);
      await clock.advance(60_000);
      expect(await call).toBe(error);
      expect(counter.made()).toEqual({ "ec2:DescribeInstances": attempts });
    }
  });

  it("give up a call that is throttled for ten minutes", async () => {
    const { clock, counter, run } = executor();
    const error = failing("Throttling", true);
    const call = run.run(() => Promise.reject(error)).catch((thrown: unknown) => thrown);
    await clock.advance(3_600_000);
    expect(await call).toBe(error);
    expect(counter.refused()).toEqual(counter.made());
    expect(counter.made()["ec2:DescribeInstances"]).toBeLessThan(200);
  });

  it("let calls under way finish when the run is stopped, and try no other", async () => {
    const stop = new AbortController();
    const { clock, run } = executor(stop.signal);
    let finish: (value: string) => void = () => undefined;
    const underWay = run.run(() => new Promise<string>((resolve) => (finish = resolve)));
    const others = Array.from({ length: 20 }, () =>
      run.run(() => new Promise<string>(() => undefined)).catch((error: WatchkeeperError) => error.code),
    );
    const retried = run
      .run(() => Promise.reject(failing("Network", true)))
      .catch((error: WatchkeeperError) => error.code);
    await clock.advance(10);
    stop.abort(new Error("Ctrl-C"));
    finish("done");
    await clock.advance(10_000);
    expect(await underWay).toBe("done");
    expect(await others[19]).toBe("Aborted");
    expect(await retried).toBe("Aborted");
    expect(await run.run(() => Promise.resolve("late")).catch((error: WatchkeeperError) => error.code)).toBe(
      "Aborted",
    );
  });

  it("keep the order in which calls were asked for", async () => {
    const { clock, run } = executor();
    const order: number[] = [];
    const calls = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => run.run(async () => order.push(i)));
    await clock.advance(5_000);
    await Promise.all(calls);
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
