import { sleepThrough } from "../../support/clock.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import type { AfterTask } from "../channel.ts";

/** How long one task may take, and all of them once delivery stops, ms. */
const LONGEST = 20_000;
const LAST = 8_000;
/** Tasks that may wait; a storm leaves the others out. */
const MOST = 50;

/**
 * What follows messages that are out, such as their pictures: one after the other, beside the messages and never before one. It is
 * done at most once: what waits when the process is killed is lost, and what takes too long is given up.
 */
export class Afterwards {
  readonly #context: Pick<Context, "clock" | "log">;
  #waiting: AfterTask[] = [];
  #running: Promise<void> | undefined;

  constructor(context: Pick<Context, "clock" | "log">) {
    this.#context = context;
  }

  add(task: AfterTask): void {
    if (this.#waiting.length >= MOST) {
      this.#context.log.debug("left out what follows a message: too many wait");
      return;
    }
    this.#waiting.push(task);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is left to do, or it takes too long. */
  async end(): Promise<void> {
    const { clock } = this.#context;
    const done = new AbortController();
    const late = sleepThrough(clock, LAST, done.signal).catch(() => undefined);
    await Promise.race([this.#running, late]);
    this.#waiting = [];
    done.abort();
  }

  async #run(): Promise<void> {
    for (let task = this.#waiting.shift(); task; task = this.#waiting.shift()) await this.#one(task);
    this.#running = undefined;
  }

  async #one(task: AfterTask): Promise<void> {
    const { clock, log } = this.#context;
    const late = new AbortController();
    const done = new AbortController();
    const { signal } = late;
    const deadline = sleepThrough(clock, LONGEST, done.signal).then(
      () => late.abort(),
      // It was done in time.
      () => undefined,
    );
    const run = task({ signal, sleep: (ms) => clock.sleep(ms, signal) }).catch((error: unknown) =>
      log.warn("what follows a message failed unexpectedly", { reason: messageOf(error) }),
    );
    await Promise.race([run, deadline]);
    done.abort();
  }
}
