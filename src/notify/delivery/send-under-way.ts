import type { Clock } from "../../support/clock.ts";
import type { Logger } from "../../support/context.ts";
import type { AfterTask, MessageRef, SendContext, SendEnd, SendResult } from "../channel.ts";
import type { Deadlines } from "./deadlines.ts";
import { Ending } from "./ending.ts";
import type { TokenBucket } from "./pace.ts";

const OVERDUE: SendResult = { outcome: "failed", retry: true, reason: "timeout", message: "took too long" };

const STOPPED: SendResult = {
  outcome: "failed",
  retry: true,
  reason: "rate-limited",
  message: "delivery stopped before it was its turn again",
};

/** A turn is waited for in steps of so many ms: a clock that jumps changes how long it is. */
const STEP = 1000;

/** What all sends of a channel share. */
export interface SendSurroundings {
  readonly clock: Clock;
  readonly log: Logger;
  /** Shared with the channels of the same destination. */
  readonly bucket: TokenBucket;
  readonly deadlines: Deadlines;
  /** How long a send may take, ms. */
  readonly timeout: number;
  /** Aborted when delivery stops. */
  readonly stopping: AbortSignal;
}

/** One try to send one message, as its channel sees it. An object with methods: as many closures would cost a flood of alarms a twentieth. */
export class SendUnderWay implements SendContext {
  readonly attempt: number;
  readonly log: Logger;
  readonly end: SendEnd;
  now = 0;
  previous?: MessageRef;
  picture?: (signal?: AbortSignal) => Promise<Uint8Array | undefined>;
  afterwards?: (task: AfterTask) => void;
  readonly #surroundings: SendSurroundings;
  readonly #ending = new Ending();
  readonly #settle: (result: SendResult) => void;

  /** `attempt`: 1 for the first; `settle` takes the result, the first one of several. */
  constructor(surroundings: SendSurroundings, attempt: number, settle: (result: SendResult) => void) {
    this.#surroundings = surroundings;
    this.attempt = attempt;
    this.log = surroundings.log;
    this.end = this.#ending;
    this.#settle = settle;
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** From now on the time counts. */
  begin(): void {
    const { clock, deadlines, timeout } = this.#surroundings;
    this.now = clock.now().getTime();
    deadlines.add(this, timeout);
  }

  settle(result: SendResult): void {
    this.#surroundings.deadlines.remove(this);
    this.#settle(result);
  }

  expire(): void {
    this.#ending.abort();
    // The channel itself may have a better message: it goes first. One that doesn't end isn't waited for.
    setImmediate(() => this.#settle(OVERDUE));
  }

  /**
   * Waits for another token. The time doesn't count as the send's. Rejects when delivery stops: what is sent in several requests is begun
   * anew, and nothing before the last of them does harm twice.
   */
  async nextTurn(): Promise<void> {
    const { clock, bucket, deadlines, timeout, stopping } = this.#surroundings;
    const take = (): number => bucket.take(clock.now().getTime());
    deadlines.remove(this);
    try {
      for (let wait = take(); wait > 0; wait = take()) await clock.sleep(Math.min(wait, STEP), stopping);
    } catch (error) {
      this.#settle(STOPPED);
      throw error;
    }
    deadlines.add(this, timeout);
  }
}
