import type { ChannelOptionTable } from "../../model/channel-option.ts";
import type { Channel, MessageRef, SendContext, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import type { ChannelKind, ChannelSetup } from "./channel-kind.ts";
import { failed, guarded } from "./outcome.ts";
import { addressProblem, safeAddress } from "./safe-address.ts";
import { callSlack, type SlackAnswer, type SlackCall } from "./slack-api.ts";
import { MENTION, type SlackMessage, slackHistoryLine, slackMessage } from "./slack-message.ts";
import { SlackPictures } from "./slack-pictures.ts";

const OPTIONS = {
  token: {
    type: "secret",
    required: true,
    description: "Token of a bot with chat:write, and files:write for charts.",
  },
  channel: {
    type: "text",
    required: true,
    pattern: /^[CGDU][A-Z0-9]{2,}$/,
    form: "the id of a channel: C0123456789",
    description: "Id of the channel to post to; the bot must be a member.",
  },
  mention: {
    type: "text",
    pattern: MENTION,
    form: "@here, @channel, a user's id (U…) or a user group's (S…)",
    description: "Who is called when something fires; nobody is when it recovers.",
  },
  pictures: {
    type: "flag",
    description: "false leaves out the chart that an alarm's message gets in its thread.",
  },
  server: { type: "text", description: "Address of the API; https://slack.com/api when not given." },
} as const satisfies ChannelOptionTable;

/**
 * Slack by its Web API: one live message for an incident. It is posted when the incident begins and edited as things change,
 * with the history in its thread; what is new and fires is shown in the channel as well, for edits tell nobody.
 */
export const slack = {
  title: "Slack, with a bot's token",
  options: OPTIONS,
  url: { user: "token", path: "channel", example: "slack://env:SLACK_TOKEN@/C0123456789?mention=@here" },
  check: ({ server }) => addressProblem(server, "server"),
  create: (setup) => slackChannel(setup),
} satisfies ChannelKind<typeof OPTIONS>;

/** Slack allows about a message a second and channel, with short bursts (docs.slack.dev, rate limits); edits are counted too. */
export const SLACK_PACE = { perSecond: 1, burst: 5, atOnce: 2, timeout: 15_000 } as const;

function slackChannel({ name, kind, options, secrets, ports }: ChannelSetup<typeof OPTIONS>): Channel {
  const server = safeAddress(options.server ?? "https://slack.com/api", "server");
  const { channel, mention } = options;
  const pictures = new SlackPictures(name);
  return {
    name,
    kind,
    capabilities: { update: true, thread: true, picture: options.pictures !== false },
    pace: { ...SLACK_PACE, destination: `slack:${channel}` },
    send: (notification, context) =>
      guarded(secrets, async () => {
        const call: SlackCall = { http: ports.http, server, token: await secrets.reveal("token") };
        const { previous } = context;
        const calling = calls(notification) ? mention : undefined;
        if (notification.reason === "note" && previous !== undefined)
          return addNote(call, previous, notification, context);
        const result =
          previous === undefined
            ? await post(call, channel, notification, context, calling)
            : await follow(call, previous, notification, context, calling);
        if (result.outcome === "delivered" && result.ref && result.ref !== previous)
          await pictures.add(call, result.ref, notification, context);
        return result;
      }),
  };
}

/** Whether people are to be called: for what is new and fires. */
function calls({ status, reason, alerts }: Notification): boolean {
  return (
    status === "firing" &&
    reason !== "new-resolved" &&
    reason !== "note" &&
    alerts.some((alert) => alert.status === "firing")
  );
}

async function post(
  call: SlackCall,
  channel: string,
  notification: Notification,
  context: SendContext,
  mention: string | undefined,
): Promise<SendResult> {
  const answer = await withoutBlocksIfRefused(slackMessage(notification, mention), (message) =>
    callSlack(call, "chat.postMessage", { channel, ...message, ...QUIET_LINKS }, context),
  );
  if (!answer.ok) return answer.failure;
  const { ts, channel: where } = answer.body;
  if (typeof ts !== "string") return failed("bad-answer", "Slack took the message and gave no ts for it");
  const ref = { channel: typeof where === "string" ? where : channel, ts };
  return { outcome: "delivered", ref };
}

/** Brings the incident's message up to date and adds to its history. Done twice, the edit changes nothing more. */
async function follow(
  call: SlackCall,
  previous: MessageRef,
  notification: Notification,
  context: SendContext,
  mention: string | undefined,
): Promise<SendResult> {
  const { channel, ts } = previous;
  const edited = await withoutBlocksIfRefused(slackMessage(notification), (message) =>
    callSlack(call, "chat.update", { channel, ts, ...message }, context),
  );
  if (!edited.ok) {
    if (!GONE.test(edited.error)) return edited.failure;
    // Somebody deleted the message, or it is too old to be edited.
    await context.nextTurn?.();
    return post(call, channel ?? "", notification, context, mention);
  }
  await context.nextTurn?.();
  const text = slackHistoryLine(notification, mention);
  const shown = notification.status === "firing" && notification.reason !== "new-resolved";
  const reply = { channel, thread_ts: ts, text, ...(shown ? { reply_broadcast: true } : {}), ...QUIET_LINKS };
  const added = await callSlack(call, "chat.postMessage", reply, context);
  return added.ok ? { outcome: "delivered", ref: previous } : added.failure;
}

/** Adds to the history of an incident whose message stays as it is. */
async function addNote(
  call: SlackCall,
  previous: MessageRef,
  notification: Notification,
  context: SendContext,
): Promise<SendResult> {
  const { channel, ts } = previous;
  const added = await withoutBlocksIfRefused(slackMessage(notification), (message) =>
    callSlack(call, "chat.postMessage", { channel, thread_ts: ts, ...message, ...QUIET_LINKS }, context),
  );
  return added.ok ? { outcome: "delivered", ref: previous } : added.failure;
}

const GONE = /^(message_not_found|cant_update_message|edit_window_closed|is_inactive)$/;
const QUIET_LINKS = { unfurl_links: false, unfurl_media: false };

/** Sends a message; once more as text alone if its blocks are what is refused. */
async function withoutBlocksIfRefused(
  message: SlackMessage,
  send: (message: Partial<SlackMessage>) => Promise<SlackAnswer>,
): Promise<SlackAnswer> {
  const answer = await send(message);
  return !answer.ok && /^(invalid_blocks|msg_blocks_too_long)/.test(answer.error)
    ? send({ text: message.text })
    : answer;
}
