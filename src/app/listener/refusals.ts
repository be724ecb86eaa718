import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, messageOf } from "../../support/errors.ts";

/** Events that couldn't be stored and come again. Whoever runs the listener has been told: nobody else tells it. */
export class EventsRefused extends Error {
  constructor(cause: unknown) {
    super(`events are refused: ${messageOf(cause)}`, { cause });
    this.name = "EventsRefused";
  }
}

type Receive<R> = (events: readonly AlarmEvent[]) => Promise<readonly R[]>;

/**
 * Taking events in, where a store that takes none is told in two lines however many are refused: one when it begins (and when the reason
 * becomes another), one when it is over, with how many there were. Failures of the store reject with `EventsRefused`, others as they are.
 */
export function tellingRefusals<R extends { readonly outcome: string }>(
  receive: Receive<R>,
  { clock, log }: Pick<Context, "clock" | "log">,
): Receive<R> {
  let trouble: { readonly code: string; readonly since: string; refused: number } | undefined;
  return async (events) => {
    try {
      const receptions = await receive(events);
      // What is known already takes no room: only an event that was stored shows that there is some.
      if (trouble && receptions.some(({ outcome }) => outcome === "placed")) {
        log.warn("events are stored again", { refused: trouble.refused, since: trouble.since });
        trouble = undefined;
      }
      return receptions;
    } catch (error) {
      if (!isWatchkeeperError(error) || !error.code.startsWith("store-")) throw error;
      const { code, remedy } = error;
      if (trouble?.code !== code) {
        const reason = messageOf(error);
        log.warn("events can't be stored and are refused until they can: SNS and SQS bring them again", {
          reason,
          ...(remedy === undefined ? {} : { remedy }),
        });
        trouble = { refused: 0, since: clock.now().toISOString(), ...trouble, code };
      }
      trouble.refused += events.length;
      throw new EventsRefused(error);
    }
  };
}
