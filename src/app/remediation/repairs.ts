import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { RemediationRun } from "../../model/remediation-run.ts";
import type { Knowledge } from "../../notify/knowledge.ts";
import { advance, type RepairDeps } from "../../remediation/advance.ts";
import { isDue, openRuns } from "../../remediation/due-runs.ts";
import { runKey, type Stored } from "../../state/store.ts";
import { messageOf } from "../../support/errors.ts";
import { type DecidedRequest, type DecidingParts, decideRequest, giveUp } from "./decide-request.ts";
import { Lane } from "./lane.ts";
import { listRuns } from "./list-runs.ts";
import type { RunTeller } from "./run-teller.ts";
import { requestKey, takeAlarms } from "./take-alarms.ts";

/** How often it is looked for what is due unless said otherwise, ms. */
const LOOK_EVERY = 1000;
/** Runs worked on at the same time, and requests. */
const RUNS_AT_ONCE = 12;
const REQUESTS_AT_ONCE = 8;
/** Those of one account and region: where runs begin, one at a time comes through, and the others must judge again. */
const OF_ONE_PLACE = 2;
/** Requests looked at: some may rest after trouble, and nobody behind them is to wait for that. */
const MOST_REQUESTS = 1000;
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
  readonly #running: Lane;
  readonly #deciding: Lane;
  /** Runs that people are to be told of. */
  readonly #untold = new Map<string, RemediationRun>();
  /** Keys of runs that were under way at the last look. */
  #open: ReadonlySet<string> = new Set();

  constructor(parts: RepairsParts) {
    this.#parts = parts;
    this.#running = new Lane(RUNS_AT_ONCE, parts.context);
    this.#deciding = new Lane(REQUESTS_AT_ONCE, parts.context, OF_ONE_PLACE);
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
    await Promise.all([this.#running.stop(), this.#deciding.stop()]);
    await this.#tell();
  }

  async #look(): Promise<void> {
    const { store } = this.#parts;
    const now = this.#now();
    const open = await openRuns(store);
    await this.#noticeEnds(open);
    const due = open.filter(({ value }) => isDue(value, now));
    this.#running.offer(due.map(({ key }) => ({ key, work: () => this.#advance(key) })));
    const waiting = await store.due("requests", Number.MAX_SAFE_INTEGER, MOST_REQUESTS);
    const ready = new Set((await store.due("requests", now, MOST_REQUESTS)).map(({ key }) => key));
    // What came in later than now came before our clock jumped back.
    const requests = waiting.filter(({ key, value }) => ready.has(key) || value.receivedAt > now);
    this.#deciding.offer(
      requests.map((request) => ({
        key: requestKey(request.value),
        group: `${request.value.account}/${request.value.region}`,
        work: () => this.#decide(request),
      })),
    );
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

  async #advance(key: string): Promise<void> {
    const advanced = await advance(key, this.#parts);
    if (advanced && !advanced.busy) this.#progress(advanced.run);
  }

  async #decide(request: Stored<"requests">): Promise<void> {
    const decided = await this.#decided(request);
    if (decided && "run" in decided) this.#progress(decided.run);
  }

  /** What couldn't be decided for long is given up, so that people see it. */
  async #decided(request: Stored<"requests">): Promise<DecidedRequest> {
    try {
      return await decideRequest(request, this.#parts);
    } catch (error) {
      if (this.#now() - request.value.receivedAt < PATIENCE) throw error;
      return { run: await giveUp(request, messageOf(error), this.#parts) };
    }
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
