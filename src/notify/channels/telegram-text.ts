import type { Notification, NotifiedAlert } from "../notification.ts";
import { shorten } from "../plain-text.ts";
import { linesOf, linksOf, omittedText, shortLine, symbolOf } from "./alert-lines.ts";
import { cutEscaped, fitting } from "./cutting.ts";

/** Telegram's limit for a text. It counts what is shown; we keep markup within it too. */
const MOST = 4096;

/** The same text twice: with the few HTML tags that Telegram knows, and plain, for the case that it doesn't like them. */
export function telegramText(notification: Notification): { readonly html: string; readonly plain: string } {
  const [alert] = notification.alerts;
  const title = `${symbolOf(notification)} ${notification.title}`;
  const single = notification.alerts.length === 1 && alert !== undefined;
  const parts = single ? detailed(alert) : notification.alerts.map(listed);
  const whole = (kept: readonly string[]): string =>
    [
      `<b>${cutEscaped(title, 1000, shown)}</b>`,
      ...kept,
      ...rest(single ? "" : omittedText(notification, kept.length)),
    ].join("\n");
  const html = whole(fitting(parts, (kept) => whole(kept).length <= MOST));
  const plain = shorten(
    withoutMentions(
      [
        title,
        ...(single
          ? linesOf(alert).map(({ label, value }) => `${label}: ${value}`)
          : notification.alerts.map(shortLine)),
      ].join("\n"),
    ),
    MOST,
  );
  return { html, plain };
}

function detailed(alert: NotifiedAlert): string[] {
  const lines = linesOf(alert).map(
    ({ label, value, long }) =>
      `<b>${shown(label)}</b>:${long ? "\n" : " "}${cutEscaped(value, 1200, shown)}`,
  );
  const links = linksOf(alert).map(({ text, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`);
  // Links are short and worth more than the end of a long reason.
  return [lines.slice(0, 1), links.length > 0 ? [links.join(" · ")] : [], lines.slice(1)].flat();
}

function listed(alert: NotifiedAlert): string {
  const line = cutEscaped(shortLine(alert), 500, shown);
  return alert.news ? `• <b>${line}</b>` : `• ${line}`;
}

function rest(text: string): string[] {
  return text === "" ? [] : [text];
}

/** The characters with a meaning in Telegram's HTML, and names that would be called. */
function shown(text: string): string {
  return escapeHtml(withoutMentions(text));
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** `@name` with something invisible inside, so that nobody is called by the text of an alarm; addresses stay whole. */
function withoutMentions(text: string): string {
  return text.replace(/(^|\W)@(?=\w)/g, "$1@\u2060");
}
