import type { ChannelOptionTable } from "../../model/channel-option.ts";
import type { ChannelKind } from "./channel-kind.ts";
import { answerFailure, excerpt, failed, guarded } from "./outcome.ts";
import { safeAddress } from "./safe-address.ts";
import { SLACK_PACE } from "./slack.ts";
import { MENTION, slackMessage } from "./slack-message.ts";

const OPTIONS = {
  url: {
    type: "secret",
    required: true,
    description: "Address of the incoming webhook: whoever knows it can post.",
  },
  mention: {
    type: "text",
    pattern: MENTION,
    form: "@here, @channel, a user's id (U…) or a user group's (S…)",
    description: "Who is called when something fires; nobody is when it recovers.",
  },
} as const satisfies ChannelOptionTable;

/** Slack by an incoming webhook: every message is a new one, for a webhook can't edit. */
export const slackWebhook = {
  title: "Slack, by an incoming webhook",
  options: OPTIONS,
  url: { user: "url", example: "slack-webhook://env:SLACK_WEBHOOK@?mention=@here" },
  create: ({ name, kind, options, secrets, ports }) => ({
    name,
    kind,
    capabilities: { update: false, thread: false, picture: false },
    pace: { ...SLACK_PACE, destination: `slack-webhook:${name}` },
    send: (notification, context) =>
      guarded(secrets, async () => {
        const url = safeAddress(await secrets.reveal("url"), "url");
        const mention =
          notification.status === "firing" && notification.reason !== "new-resolved"
            ? options.mention
            : undefined;
        const answer = await ports.http.send({
          url,
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify(slackMessage(notification, mention)),
          signal: context.signal,
        });
        const failure = answerFailure(answer, context);
        if (failure)
          return GONE.test(answer.body) ? { ...failure, reason: "not-found", retry: true } : failure;
        // The answer to a message that was taken is the two letters and nothing else.
        if (answer.body.trim() !== "ok")
          return failed("bad-answer", `answered ${excerpt(answer.body) || "nothing"}, which isn't Slack's`);
        return { outcome: "delivered" };
      }),
  }),
} satisfies ChannelKind<typeof OPTIONS>;

/** The webhook or its channel is gone: that is for an operator, not the message's fault. */
const GONE =
  /^(no_service|no_service_id|no_team|team_disabled|channel_not_found|channel_is_archived|action_prohibited|invalid_token|no_active_hooks)/;
