import type { Notification } from "../../notify/notification.ts";
import type { Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { Notifier } from "./notifier.ts";
import { type NotifyPlace, openNotifier } from "./open-notifier.ts";
import { readEvents } from "./read-event.ts";
import type { Reception } from "./reception.ts";
import type { OpenState } from "./state-file.ts";

/** What became of one message. */
export interface SentMessage {
  readonly channel: string;
  readonly title: string;
  /** `waiting`: not delivered yet; it stays in the outbox for `notify listen`. */
  readonly outcome: "delivered" | "set-aside" | "waiting";
  /** Why it was set aside. */
  readonly reason?: string;
}

/** What became of a file's events. */
export interface SentEvents {
  readonly receptions: readonly Reception[];
  readonly messages: readonly SentMessage[];
  /** Groups that are told later, and when, ms. */
  readonly later: readonly { readonly group: string; readonly at: number }[];
  readonly state: Pick<OpenState, "file" | "isThere">;
}

/** How often it is looked whether all is told, ms. */
const STEP = 100;
/** Messages looked through for one's own; more than this wait only where a channel has been down for long. */
const MOST_WAITING = 10_000;

/**
 * Sends a file's events through everything: the configuration's state, its groups and silences, to its channels; and waits up to
 * `patience` ms for groups to be due and for messages to be delivered, by this process or by another one that holds the channel.
 */
export async function sendEvents(
  place: NotifyPlace,
  file: string,
  patience: number,
  context: Context,
): Promise<SentEvents> {
  const now = (): number => context.clock.now().getTime();
  const events = readEvents(file, place.cwd, now());
  const made: Notification[] = [];
  const open = await openNotifier("write", place, context);
  const { store, policy, knowledge, delivery, close } = open;
  const state = { file: open.file, isThere: open.wasThere };
  try {
    const notifier = new Notifier({
      store,
      policy,
      knowledge,
      context,
      onMessages: (messages) => {
        made.push(...messages);
        delivery.deliver(messages);
      },
    });
    const receptions = await notifier.receive(events);
    const placed = receptions.flatMap((one) => (one.outcome === "placed" ? [one] : []));
    const until = now() + patience;
    for (;;) {
      await notifier.flush();
      const later = await untold(store, placed);
      const messages = await Promise.all(made.map((message) => outcomeOf(message, store)));
      const done = later.length === 0 && messages.every(({ outcome }) => outcome !== "waiting");
      const soon =
        later.some(({ at }) => at <= until) || messages.some(({ outcome }) => outcome === "waiting");
      if (done || !soon || now() >= until) return { receptions, messages, later, state };
      await context.clock.sleep(STEP, context.signal);
    }
  } finally {
    await close();
  }
}

/** Groups that hold news of these alerts and weren't flushed since: what is flushed moves its next flush on, or is gone. */
async function untold(
  store: Store,
  placed: readonly Extract<Reception, { readonly outcome: "placed" }>[],
): Promise<SentEvents["later"]> {
  const groups = await store.getMany(
    "groups",
    placed.flatMap((one) => one.groups),
  );
  return groups.flatMap(({ key, value, version }) => {
    const own = placed.filter((one) => one.groups.includes(key));
    const isNews = own.some((one) => (one.versions[key] ?? 0) >= version);
    return isNews ? [{ group: key, at: value.nextFlush }] : [];
  });
}

async function outcomeOf({ id, channel, title }: Notification, store: Store): Promise<SentMessage> {
  const aside = (await store.setAside(MOST_WAITING, channel)).find((message) => message.id === id);
  if (aside) return { channel, title, outcome: "set-aside", reason: aside.reason };
  const waits = (await store.pending(channel, 0, MOST_WAITING)).some((message) => message.id === id);
  return { channel, title, outcome: waits ? "waiting" : "delivered" };
}
