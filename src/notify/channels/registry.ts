import type { ChannelKind } from "./channel-kind.ts";
import { pagerduty } from "./pagerduty.ts";
import { ses } from "./ses.ts";
import { slack } from "./slack.ts";
import { slackWebhook } from "./slack-webhook.ts";
import { smtp } from "./smtp.ts";
import { sns } from "./sns.ts";
import { teams } from "./teams.ts";
import { telegram } from "./telegram.ts";
import { webhook } from "./webhook.ts";

/** Every kind of channel, by the word it has in the configuration and in URLs. One more is one file and one line. */
export const CHANNEL_KINDS = {
  slack,
  "slack-webhook": slackWebhook,
  teams,
  telegram,
  pagerduty,
  webhook,
  smtp,
  ses,
  sns,
} as const satisfies Readonly<Record<string, Pick<ChannelKind, "title" | "options" | "url">>>;

export type ChannelKindName = keyof typeof CHANNEL_KINDS;
