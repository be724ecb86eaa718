// Notifying: the use cases around the pipeline and its store. This file: events in, messages in the outbox.
import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { Alert } from "../../model/alert.ts";
import type { Notification } from "../../notify/notification.ts";
import type { Context } from "../../support/context.ts";
import { messageOf } from "../../support/errors.ts";
import { GroupFlush } from "./group-flush.ts";
import { Intake } from "./intake.ts";
import { fingerprintOfItem, type Item, Receiver, type ReceiverOptions, type Reception } from "./reception.ts";

/** How often expired records are dropped, ms. */
const FORGET_EVERY = 3_600_000;
/** How often it is looked for groups that are due, ms. */
const LOOK_EVERY = 500;
/** How long a refusal counts when nothing comes after it, ms: whoever sends events tries again long before. */
const REFUSAL_LASTS = 5 * 60_000;

/** How long events that come one by one wait for each other, ms: alarms that go off together are told together, and one alone soon. */
export const COMPANY = { quiet: 30, longest: 400 } as const;

/** What a notifier works with. */
export interface NotifierOptions extends ReceiverOptions {
  readonly context: Context;
  /** Left out: events wait for nothing but a commit that is under way. */
  readonly company?: typeof COMPANY;
  /** Told when the outbox holds new messages. */
  readonly onMessages?: (notifications: readonly Notification[]) => void;
}

/**
 * Takes events in and flushes the groups that are due. What `receive` has resolved for is durable. Events that arrive while a
 * commit is under way share the next one. Several processes may do this on one store.
 */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #intake: Intake<Item, Reception>;
  readonly #groups: GroupFlush;
  #turn: Promise<unknown> = Promise.resolve();
  /** Why events were refused last, and when, ms; undefined once others were stored. */
  #refused: { readonly reason: string; readonly at: number } | undefined;

  constructor(options: NotifierOptions) {
    const { store, policy, context, company } = options;
    this.#options = options;
    this.#groups = new GroupFlush(store, policy);
    const receiver = new Receiver(options, this.#groups);
    this.#intake = new Intake({
      keyOf: fingerprintOfItem,
      clock: context.clock,
      company,
      handle: (items) =>
        this.#exclusive(async () => {
          const { receptions, messages } = await receiver
            .store(items, this.#now())
            .catch((error: unknown) => {
              this.#refused = { reason: messageOf(error), at: this.#now() };
              throw error;
            });
          this.#refused = undefined;
          this.#tell(messages);
          return receptions;
        }),
    });
  }

  /** Takes events in, in their order, and flushes the groups that are due by them. Rejects when they couldn't be stored: then nobody was told. */
  receive(events: readonly AlarmEvent[]): Promise<readonly Reception[]> {
    return this.#intake.take(events);
  }

  /** News of alerts that are in groups already, from elsewhere than an event. */
  update(
    alerts: readonly { readonly alert: Alert; readonly groups: readonly string[] }[],
  ): Promise<readonly Reception[]> {
    return this.#intake.take(alerts.map((entry) => ({ kind: "alert", ...entry })));
  }

  /** Why events can't be stored, as far as the last ones tell. */
  get trouble(): string | undefined {
    const refused = this.#refused;
    return refused && this.#now() - refused.at < REFUSAL_LASTS ? refused.reason : undefined;
  }

  /** Flushes the groups that are due. */
  flush(): Promise<void> {
    return this.#exclusive(async () => {
      for (let more = true; more; ) {
        const next = await this.#groups.next(this.#now());
        this.#tell(next.messages);
        more = next.more;
      }
    });
  }

  /** Flushes what becomes due until it is stopped, and forgets what is old. A store that fails is tried again. */
  async run(signal: AbortSignal): Promise<void> {
    const { context, store } = this.#options;
    let forgotten = 0;
    while (!signal.aborted) {
      try {
        await this.flush();
        if (this.#now() - forgotten > FORGET_EVERY) {
          forgotten = this.#now();
          await store.forget(forgotten);
        }
      } catch (error) {
        context.log.warn("groups can't be flushed; they will be tried again", { reason: String(error) });
      }
      await context.clock.sleep(LOOK_EVERY, signal).catch(() => undefined);
    }
    await this.#intake.idle();
  }

  #tell(messages: readonly Notification[]): void {
    if (messages.length > 0) this.#options.onMessages?.(messages);
  }

  /** One commit after the other: within this process nothing conflicts. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #now(): number {
    return this.#options.context.clock.now().getTime();
  }
}
