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

/**
 * A local cloud's clock, read once: it runs at the host's pace, so one reading is enough for the life of a command.
 * Sleeping takes host time.
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
  try {
    const response = await fetch(place, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
    const { now } = (await response.json()) as { now: string };
    const offset = new Date(now).getTime() - Date.now();
    if (Number.isNaN(offset)) throw new Error(`answered ${JSON.stringify(now)} as its time`);
    return { now: () => new Date(Date.now() + offset), sleep: systemClock.sleep };
  } catch (error) {
    throw new WatchkeeperError(
      "clock-unreachable",
      `the local cloud's clock at ${url} doesn't answer: ${messageOf(error)}`,
      {
        remedy: `start \`watchkeeper local\` again, or unset ${CLOCK_URL_VARIABLE}`,
        cause: error,
      },
    );
  }
}
