// Every payload through every channel: what people read, as golden files, and nothing that matters lost on the way.
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { alertFromEvent } from "../alert-from-event.ts";
import { noKnowledge } from "../knowledge.ts";
import type { Notification } from "../notification.ts";
import { renderNotification } from "../render.ts";
import { payload } from "../test-fixtures.ts";
import { adaptiveCard } from "./adaptive-card.ts";
import { linesOf, linksOf } from "./alert-lines.ts";
import { mailMessage } from "./mail-message.ts";
import { pagerdutyEvent } from "./pagerduty.ts";
import { slackMessage } from "./slack-message.ts";
import { snsForms } from "./sns.ts";
import { telegramText } from "./telegram-text.ts";

const FOLDER = new URL("../../../test/fixtures/alarm-events/", import.meta.url);
const GOLDEN = "../../../test/golden/channels";

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** How each channel writes a notification, and how to read its text back. */
const RENDERINGS: Readonly<
  Record<string, { readonly file: string; write(of: Notification): string; read?(text: string): string }>
> = {
  slack: {
    file: "json",
    write: (of) => pretty(slackMessage(of, "@here")),
    read: (text) => unescaped(strings(text)),
  },
  telegram: { file: "html", write: (of) => `${telegramText(of).html}\n`, read: unescaped },
  teams: { file: "json", write: (of) => pretty(adaptiveCard(of)), read: strings },
  pagerduty: { file: "json", write: (of) => pretty(pagerdutyEvent(of)), read: strings },
  mail: {
    file: "txt",
    write: (of) => {
      const { subject, text } = mailMessage(of);
      return `Subject: ${subject}\n\n${text}\n`;
    },
  },
  "mail-html": { file: "html", write: (of) => `${mailMessage(of).html}\n`, read: unescaped },
  sns: { file: "txt", write: (of) => `${snsForms(of)["sms"]}\n\n${snsForms(of)["default"]}\n` },
};

function notificationOf(name: string): Notification {
  const verdict = alertFromEvent(payload(name), true, noKnowledge);
  if ("ignored" in verdict) throw new Error(verdict.ignored);
  const { alert } = verdict;
  return renderNotification({
    group: { key: "{}:{}", labels: { alertname: alert.text.name } },
    channel: "team",
    reason: "first-notification",
    alerts: [alert],
    entry: undefined,
    incident: "0123456789abcdef0123456789abcdef",
    now: alert.changedAt + 90_000,
  });
}

/** All texts in a JSON document, one under the other. */
function strings(json: string): string {
  const found: string[] = [];
  JSON.parse(json, (_, value: unknown) => {
    if (typeof value === "string") found.push(value);
    return value;
  });
  return found.join("\n");
}

function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

const names = readdirSync(FOLDER).map((file) => file.replace(".json", ""));

describe.each(Object.entries(RENDERINGS))("%s", (channel, { file, write, read = (text) => text }) => {
  it.each(names)("renders %s", async (name) => {
    await expect(write(notificationOf(name))).toMatchFileSnapshot(`${GOLDEN}/${channel}/${name}.${file}`);
  });

  it.each(names)("loses nothing of %s", (name) => {
    const notification = notificationOf(name);
    const [alert] = notification.alerts;
    if (!alert) throw new Error("no alert");
    const shown = read(write(notification));
    // Times stand in the reader's own zone in Slack.
    for (const { value, time } of linesOf(alert))
      if (!time || channel !== "slack") expect(shown).toContain(value);
    for (const { url } of linksOf(alert)) expect(shown).toContain(url);
    expect(shown).toContain(alert.text.name);
    expect(shown).toContain(alert.text.state);
  });
});
