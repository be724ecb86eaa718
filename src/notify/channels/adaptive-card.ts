import type { Notification, NotifiedAlert } from "../notification.ts";
import { shorten } from "../plain-text.ts";
import { type AlertLine, linesOf, linksOf, omittedText, shortLine, symbolOf } from "./alert-lines.ts";
import { fitting } from "./cutting.ts";

/** Teams takes messages of 28 KB; some of it is Teams' own. */
const MOST_BYTES = 26 * 1024;
/** Buttons that a card shows. */
const MOST_ACTIONS = 6;

type Element = Readonly<Record<string, unknown>>;

/**
 * A notification as the message that a Teams workflow posts. Everything from outside stands in text runs, which Teams shows as
 * they are: text blocks would read Markdown, links and date functions in them.
 */
export function adaptiveCard(notification: Notification): Element {
  const [alert] = notification.alerts;
  const single = notification.alerts.length === 1 && alert !== undefined;
  const parts = single ? linesOf(alert).map(lineElement) : notification.alerts.map(listed);
  const whole = (kept: readonly Element[]): Element =>
    card(notification, [...kept, ...rest(single ? "" : omittedText(notification, kept.length))]);
  return whole(fitting(parts, (kept) => Buffer.byteLength(JSON.stringify(whole(kept))) <= MOST_BYTES));
}

function card(notification: Notification, body: readonly Element[]): Element {
  const style =
    notification.status === "resolved"
      ? "good"
      : notification.severity === "critical"
        ? "attention"
        : "warning";
  const title = `${symbolOf(notification)} ${notification.title}`;
  const actions = notification.alerts
    .slice(0, notification.alerts.length === 1 ? 1 : 0)
    .flatMap(linksOf)
    .slice(0, MOST_ACTIONS)
    .map(({ text, url }) => ({ type: "Action.OpenUrl", title: text, url }));
  return {
    type: "message",
    summary: shorten(title, 250),
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
          type: "AdaptiveCard",
          version: "1.4",
          msteams: { width: "Full" },
          body: [
            {
              type: "Container",
              style,
              bleed: true,
              items: [runs([{ text: shorten(title, 500), weight: "Bolder", size: "Medium" }])],
            },
            ...body,
          ],
          ...(actions.length > 0 ? { actions } : {}),
        },
      },
    ],
  };
}

function lineElement({ label, value, long }: AlertLine): Element {
  return runs([{ text: `${label}: `, weight: "Bolder" }, { text: shorten(value, long ? 2000 : 1000) }]);
}

function listed(alert: NotifiedAlert): Element {
  const [link] = linksOf(alert);
  return runs([
    { text: shorten(shortLine(alert), 500), ...(alert.news ? { weight: "Bolder" } : {}) },
    ...(link
      ? [{ text: "  " }, { text: link.text, selectAction: { type: "Action.OpenUrl", url: link.url } }]
      : []),
  ]);
}

function rest(text: string): Element[] {
  return text === "" ? [] : [runs([{ text, isSubtle: true }])];
}

function runs(inlines: readonly Element[]): Element {
  return { type: "RichTextBlock", inlines: inlines.map((run) => ({ type: "TextRun", ...run })) };
}
