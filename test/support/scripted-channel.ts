import type { Channel, SendContext, SendResult } from "../../src/notify/channel.ts";
import type { Notification } from "../../src/notify/notification.ts";

/** A send as a channel saw it. */
export interface SeenSend {
  readonly id: string;
  readonly at: number;
  readonly attempt: number;
  readonly previous?: Readonly<Record<string, string>>;
}

/** A channel that does what the test says and remembers what it was asked. */
export interface ScriptedChannel extends Channel {
  readonly seen: readonly SeenSend[];
  readonly ids: readonly string[];
}

/** `answer` decides each send; delivered when it gives nothing. */
export function scriptedChannel(
  name: string,
  answer: (
    notification: Notification,
    context: SendContext,
  ) => SendResult | Promise<SendResult> | undefined = () => undefined,
  more: Partial<Pick<Channel, "pace" | "capabilities">> = {},
): ScriptedChannel {
  const seen: SeenSend[] = [];
  return {
    name,
    kind: "scripted",
    capabilities: { update: true, thread: true, picture: true },
    pace: { destination: name, perSecond: Number.POSITIVE_INFINITY, burst: 1, atOnce: 4, timeout: 10_000 },
    ...more,
    seen,
    get ids() {
      return seen.map(({ id }) => id);
    },
    async send(notification, context) {
      const { now, attempt, previous } = context;
      seen.push({ id: notification.id, at: now, attempt, ...(previous ? { previous } : {}) });
      return (await answer(notification, context)) ?? { outcome: "delivered" };
    },
  };
}
