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

/** How old a reading of a local cloud's clock may become while somebody asks for the time or sleeps; milliseconds of the host. */
const FRESH = 100;
/** How long one reading may take, ms. */
const TIMEOUT = 5_000;

/** A local cloud's clock. Fails with `clock-not-local` or `clock-unreachable`. */
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
  const clock = new LocalCloudClock(place);
  try {
    await clock.read(signal);
    return clock;
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

/**
 * A clock that runs at the host's pace, and jumps when somebody moves it: whoever asks for the time has it read again when the last
 * reading isn't fresh, and those who sleep wake up by a jump, too. A cloud that is gone leaves its last time behind.
 */
class LocalCloudClock implements Clock {
  readonly #place: URL;
  #offset = 0;
  #readAt = 0;
  #isReading = false;

  constructor(place: URL) {
    this.#place = place;
  }

  now(): Date {
    if (!this.#isReading && Date.now() - this.#readAt > FRESH)
      // The last time goes on where it can't be read.
      this.read(AbortSignal.timeout(TIMEOUT)).catch(() => undefined);
    return new Date(Date.now() + this.#offset);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const end = this.now().getTime() + ms;
    for (let left = ms; left > 0; left = end - this.now().getTime())
      await systemClock.sleep(Math.min(left, FRESH), signal);
  }

  async read(signal: AbortSignal): Promise<void> {
    this.#isReading = true;
    try {
      const asked = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
      const response = await fetch(this.#place, { signal: asked });
      const { now } = (await response.json()) as { now: string };
      const offset = new Date(now).getTime() - Date.now();
      if (Number.isNaN(offset)) throw new Error(`answered ${JSON.stringify(now)} as its time`);
      this.#offset = offset;
    } finally {
      this.#readAt = Date.now();
      this.#isReading = false;
    }
  }
}
