// The composition root: what a use case needs from the outside world is gathered in this folder, one use case per file.
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../support/clock.ts";
import { type Context, type Logger, silentLogger } from "../support/context.ts";
import { messageOf, WatchkeeperError } from "../support/errors.ts";

/** Environment variable that names a local cloud's clock; set by `watchkeeper local`'s export lines. */
export const CLOCK_URL_VARIABLE = "WATCHKEEPER_CLOCK_URL";

/** The host's clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, signal ? { signal } : {});
  },
};

/** A context on the host's clock, or on the clock of a local cloud where the environment names one. */
export async function systemContext(options: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly log?: Logger;
}): Promise<Context> {
  const url = options.env[CLOCK_URL_VARIABLE];
  return {
    clock: url ? await remoteClock(url, options.signal) : systemClock,
    random: Math.random,
    signal: options.signal,
    log: options.log ?? silentLogger,
  };
}

/** Sleeps longer than this look whether somebody moved the clock meanwhile, so often; milliseconds of the host. */
const LOOK_EVERY = 250;

/**
 * A local cloud's clock. It runs at the host's pace, so that one reading is enough for short times; whoever waits longer looks again, and
 * wakes up early when the clock was moved.
 */
async function remoteClock(url: string, signal: AbortSignal): Promise<Clock> {
  const place = new URL(url);
  if (!["127.0.0.1", "localhost", "[::1]"].includes(place.hostname)) {
    throw new WatchkeeperError(
      "clock-not-local",
      `${CLOCK_URL_VARIABLE} is ${url}, which isn't on this machine`,
      {
        remedy: "unset it, or start `watchkeeper local` and use the lines it prints",
      },
    );
  }
  let offset = await readOffset(place, signal);
  const clock: Clock = {
    now: () => new Date(Date.now() + offset),
    async sleep(ms, stop) {
      if (ms <= LOOK_EVERY) return systemClock.sleep(ms, stop);
      const until = clock.now().getTime() + ms;
      for (let left = ms; left > 0; left = until - clock.now().getTime()) {
        await systemClock.sleep(Math.min(left, LOOK_EVERY), stop);
        offset = await readOffset(place, stop ?? signal).catch((error: unknown) => {
          stop?.throwIfAborted();
          throw error;
        });
      }
    },
  };
  return clock;
}

/** Milliseconds between the host's clock and a local cloud's. */
async function readOffset(place: URL, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(place, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
    const { now } = (await response.json()) as { now: string };
    const offset = new Date(now).getTime() - Date.now();
    if (Number.isNaN(offset)) throw new Error(`answered ${JSON.stringify(now)} as its time`);
    return offset;
  } catch (error) {
    throw new WatchkeeperError(
      "clock-unreachable",
      `the local cloud's clock at ${place.href} doesn't answer: ${messageOf(error)}`,
      {
        remedy: `start \`watchkeeper local\` again, or unset ${CLOCK_URL_VARIABLE}`,
        cause: error,
      },
    );
  }
}
