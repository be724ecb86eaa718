import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { RemediationRun } from "../../model/remediation-run.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import { advance, type RepairDeps } from "../../remediation/advance.ts";
import { isDue, openRuns } from "../../remediation/due-runs.ts";
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
/** Requests looked at: some may rest after trouble, and nobody behind them is to wait for that. */
const MOST_REQUESTS = 1000;
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
  /** Keys of runs that were under way at the last look. */
  #open: ReadonlySet<string> = new Set();

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
    const open = await openRuns(store);
    await this.#noticeEnds(open);
    // What has begun comes first: somebody's server is down meanwhile.
    for (const { key, value } of open) {
      if (!isDue(value, now)) continue;
      this.#begin(key, async () => {
        const advanced = await advance(key, this.#parts);
        if (advanced && !advanced.busy) this.#progress(advanced.run);
      });
    }
    for (const request of await store.due("requests", now, MOST_REQUESTS))
      this.#begin(requestKey(request.value), async () => {
        const decided = await this.#decide(request);
        if (decided && "run" in decided) this.#progress(decided.run);
      });
    await this.#tell();
  }

  /** Runs may end in the hands of others: of somebody who resumes them, or of a process that is killed before it tells people. */
  async #noticeEnds(open: readonly Stored<"runs">[]): Promise<void> {
    const { store, teller } = this.#parts;
    if (!teller) return;
    const keys = new Set(open.map(({ key }) => key));
    const over = [...this.#open].filter((key) => !keys.has(key));
    for (const { key, value } of over.length === 0 ? [] : await store.getMany("runs", over))
      this.#untold.set(key, value);
    this.#open = keys;
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
    if (this.#working.size >= AT_ONCE || this.#rests(key)) return;
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

  /** Whether it is worked on, or too early to try again. A rest that is longer than any comes from a clock that jumped back. */
  #rests(key: string): boolean {
    const left = (this.#taken.get(key) ?? 0) - this.#now();
    return left === Number.POSITIVE_INFINITY || (left > 0 && left <= AFTER_TROUBLE);
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
