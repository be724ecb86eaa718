import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { RemediationRun } from "../../model/remediation-run.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import { advance, type RepairDeps } from "../../remediation/advance.ts";
import { dueRuns } from "../../remediation/due-runs.ts";
import { runKey, type Stored } from "../../state/store.ts";
import { messageOf } from "../../support/errors.ts";
import { type DecidedRequest, type DecidingParts, decideRequest, giveUp } from "./decide-request.ts";
import { listRuns } from "./list-runs.ts";
import type { RunTeller } from "./run-teller.ts";
import { requestKey, takeAlarms } from "./take-alarms.ts";

/** How often it is looked for what is due unless said otherwise, ms. */
const LOOK_EVERY = 1000;
/** Runs and requests worked on at the same time. */
const AT_ONCE = 8;
/** When something is tried again that failed for reasons of our own, ms. */
const AFTER_TROUBLE = 15_000;
/** How long it is tried to decide about an alarm, ms. */
const PATIENCE = 30 * 60_000;

/** What repairs need. */
export interface RepairsParts extends DecidingParts, Omit<RepairDeps, "session"> {
  readonly knowledge: Knowledge;
  /** Tells people; absent where nobody is to be told. */
  readonly teller?: RunTeller;
  /** How often it is looked for what is due, ms; default a second. */
  readonly lookEvery?: number;
  /** Told of a run whenever it has come further. */
  readonly onRun?: (run: RemediationRun) => void;
}

/**
 * Repairs that alarms ask for: decides what is due to be decided and takes runs further, several side by side, until it is stopped.
 * Everything is in the store, so that a process that is killed is followed up by the next one.
 */
export class Repairs {
  readonly #parts: RepairsParts;
  /** Keys that are being worked on, or rest after trouble until then, ms. */
  readonly #taken = new Map<string, number>();
  readonly #working = new Set<Promise<void>>();
  /** Runs that people are to be told of. */
  readonly #untold = new Map<string, RemediationRun>();

  constructor(parts: RepairsParts) {
    this.#parts = parts;
  }

  /** Takes alarms in. What it has resolved for is durable. */
  take(events: readonly AlarmEvent[]): Promise<void> {
    return takeAlarms(events, this.#parts);
  }

  /** Works until it is stopped; then ends what is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const { context, store, lookEvery = LOOK_EVERY } = this.#parts;
    if (this.#parts.teller)
      for (const run of (await listRuns(store)).runs) this.#untold.set(runKey(run), run);
    while (!signal.aborted) {
      try {
        await this.#look();
      } catch (error) {
        context.log.warn("repairs can't be looked for; it is tried again", { reason: messageOf(error) });
      }
      await context.clock.sleep(lookEvery, signal).catch(() => undefined);
    }
    await Promise.all(this.#working);
    await this.#tell();
  }

  async #look(): Promise<void> {
    const { store } = this.#parts;
    const now = this.#now();
    for (const request of await store.due("requests", now, AT_ONCE))
      this.#begin(requestKey(request.value), async () => {
        const decided = await this.#decide(request);
        if (decided && "run" in decided) this.#progress(decided.run);
      });
    for (const key of await dueRuns(store, now))
      this.#begin(key, async () => {
        const advanced = await advance(key, this.#parts);
        if (advanced && !advanced.busy) this.#progress(advanced.run);
      });
    await this.#tell();
  }

  /** What couldn't be decided for long is given up, so that people see it. */
  async #decide(request: Stored<"requests">): Promise<DecidedRequest> {
    try {
      return await decideRequest(request, this.#parts);
    } catch (error) {
      if (this.#now() - request.value.receivedAt < PATIENCE) throw error;
      return { run: await giveUp(request, messageOf(error), this.#parts) };
    }
  }

  /** Works on something unless somebody does. */
  #begin(key: string, work: () => Promise<void>): void {
    if (this.#working.size >= AT_ONCE || (this.#taken.get(key) ?? 0) > this.#now()) return;
    this.#taken.set(key, Number.POSITIVE_INFINITY);
    const working = work()
      .then(
        () => this.#taken.delete(key),
        (error: unknown) => {
          this.#taken.set(key, this.#now() + AFTER_TROUBLE);
          this.#parts.context.log.warn("a repair can't go on just now; it is tried again", {
            reason: messageOf(error),
          });
        },
      )
      .then(() => {
        this.#working.delete(working);
      });
    this.#working.add(working);
  }

  #progress(run: RemediationRun): void {
    this.#untold.set(runKey(run), run);
    this.#parts.onRun?.(run);
  }

  async #tell(): Promise<void> {
    const { teller, context } = this.#parts;
    if (!teller) {
      this.#untold.clear();
      return;
    }
    for (const [key, run] of this.#untold) {
      try {
        // What came meanwhile is told next time.
        if ((await teller.tell(run)) && this.#untold.get(key) === run) this.#untold.delete(key);
      } catch (error) {
        context.log.warn("what a repair did can't be told yet", { reason: messageOf(error) });
      }
    }
  }

  #now(): number {
    return this.#parts.context.clock.now().getTime();
  }
}
