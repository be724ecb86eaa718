import { describeAlarms } from "../../aws/describe-alarms.ts";
import type { AwsSession } from "../../aws/session.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import { NAMES_A_CALL } from "./apply-blocks.ts";
import { isSettled, QUIET_LIMIT_MS } from "./quiet-start.ts";

/** Milliseconds between two looks at alarms that haven't settled. */
const LOOK_EVERY_MS = 20_000;
/** CloudWatch evaluates a new alarm within two minutes or so; before that a look is wasted. */
const FIRST_LOOK_MS = 120_000;

interface Quiet {
  readonly name: string;
  readonly since: number;
}

/**
 * Alarms created with their actions off during this apply: they are switched on, a hundred a call, once they have left
 * INSUFFICIENT_DATA or `QUIET_LIMIT_MS` have passed. What an aborted or killed run leaves behind, the next plan finishes.
 */
export class QuietStarts {
  readonly #session: AwsSession;
  readonly #context: Context;
  readonly #onSettling: ((waiting: number) => void) | undefined;
  #waiting: Quiet[] = [];

  constructor(session: AwsSession, context: Context, onSettling?: (waiting: number) => void) {
    this.#session = session;
    this.#context = context;
    this.#onSettling = onSettling;
  }

  add(name: string, since: number): void {
    this.#waiting.push({ name, since });
  }

  /** Switches on full hundreds that have had time to settle; for use between other calls. */
  async flush(): Promise<void> {
    const now = this.#now();
    const ripe = this.#waiting.slice(0, NAMES_A_CALL).filter(({ since }) => now - since >= FIRST_LOOK_MS);
    if (ripe.length === NAMES_A_CALL) await this.#look(ripe);
  }

  /** Waits for the rest and switches it on. */
  async finish(): Promise<void> {
    const { clock, signal } = this.#context;
    while (this.#waiting.length > 0 && !signal.aborted) {
      const all = this.#waiting;
      for (let at = 0; at < all.length && !signal.aborted; at += NAMES_A_CALL)
        await this.#look(all.slice(at, at + NAMES_A_CALL));
      if (this.#waiting.length === 0) return;
      this.#onSettling?.(this.#waiting.length);
      try {
        await clock.sleep(LOOK_EVERY_MS, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #look(quiet: readonly Quiet[]): Promise<void> {
    const { log } = this.#context;
    try {
      const states = new Map<string, string>();
      for await (const page of describeAlarms(
        this.#session,
        quiet.map(({ name }) => name),
      ))
        for (const { AlarmName = "", StateValue = "" } of [...page.metricAlarms, ...page.compositeAlarms])
          states.set(AlarmName, StateValue);
      const now = this.#context.clock.now();
      // One that isn't there may not be listed yet; in the end it counts as deleted by somebody.
      const done = quiet.filter(({ name, since }) =>
        isSettled(since, states.get(name) ?? "INSUFFICIENT_DATA", now),
      );
      const settled = done.filter(({ name }) => states.has(name));
      if (settled.length > 0)
        await this.#session.send("cloudwatch", "EnableAlarmActions", {
          AlarmNames: settled.map(({ name }) => name),
        });
      const alarmed = settled.filter(({ name }) => states.get(name) === "ALARM").map(({ name }) => name);
      if (alarmed.length > 0)
        log.warn(
          `${alarmed.length} new alarms were in ALARM when their actions were switched on: nobody was told`,
          {
            alarms: alarmed,
          },
        );
      this.#drop(done);
    } catch (error) {
      const late = quiet.filter(({ since }) => this.#now() - since >= QUIET_LIMIT_MS);
      log.warn(`${quiet.length} new alarms could not be switched on: ${messageOf(error)}`, {
        tryAgain: "watchkeeper apply",
      });
      this.#drop(late);
    }
  }

  #drop(done: readonly Quiet[]): void {
    const gone = new Set(done);
    this.#waiting = this.#waiting.filter((quiet) => !gone.has(quiet));
  }

  #now(): number {
    return this.#context.clock.now().getTime();
  }
}
