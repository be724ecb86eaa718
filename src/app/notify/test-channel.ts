import type { Alert } from "../../model/alert.ts";
import type { SendResult } from "../../notify/channel.ts";
import { renderNotification } from "../../notify/render.ts";
import type { Context } from "../../support/context.ts";
import { type NotifyPlace, openChannels } from "./open-notifier.ts";

const TITLE = "TEST  Watchkeeper can reach this channel. Nothing has happened.";
const TIMEOUT = 15_000;

/**
 * Sends one message to a channel, past groups, silences and state. It is told as something that is over, so that nobody is called and
 * no incident is opened; where the channel shows charts it gets one to try that, too. Fails with `unknown-channel` or `secret-unavailable`; what the channel answers is the result.
 */
export async function testChannel(
  place: Pick<NotifyPlace, "configuration" | "reach">,
  name: string,
  context: Context,
): Promise<SendResult> {
  const { channels, close } = await openChannels(place, context, name);
  try {
    const now = context.clock.now().getTime();
    const [channel] = channels;
    if (!channel) throw new Error(`channel ${name} wasn't made`);
    const rendered = renderNotification({
      group: { key: "watchkeeper/test", labels: {} },
      channel: name,
      reason: "first-notification",
      alerts: [testAlert(name, now)],
      entry: undefined,
      incident: `watchkeeper-test-${now}`,
      now,
    });
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(TIMEOUT)]);
    const sending = { now, signal, log: context.log, attempt: 1 };
    const picture = async () => (await import("./test-picture.ts")).testPicture(now);
    return await channel.send(
      { ...rendered, title: TITLE },
      channel.capabilities.picture ? { ...sending, picture } : sending,
    );
  } finally {
    for (const channel of channels) channel.close?.();
    await close();
  }
}

function testAlert(channel: string, now: number): Alert {
  return {
    fingerprint: "watchkeeper-test",
    kind: "alarm",
    status: "resolved",
    labels: { alertname: "watchkeeper-test", source: "watchkeeper", severity: "info" },
    startsAt: now,
    endsAt: now,
    changedAt: now,
    flaps: 0,
    text: {
      name: "watchkeeper-test",
      state: "TEST",
      description: `This is a test of the channel ${channel}, asked for by \`watchkeeper notify test\`.`,
      contributors: [],
      children: [],
      facts: [],
    },
  };
}
