import type { Notification, NotifiedAlert } from "../notification.ts";
import { oneLine } from "../plain-text.ts";
import { linesOf, linksOf, omittedText, shortLine, symbolOf, utc } from "./alert-lines.ts";

/** A mail's subject and its text twice. */
export interface MailMessage {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Longer subjects are cut by those who show them. */
const SUBJECT = 150;

/** A notification as a mail; `picture` is the address of its chart. */
export function mailMessage(notification: Notification, picture?: string): MailMessage {
  const { title, alerts, at } = notification;
  const [alert] = alerts;
  const head = `${symbolOf(notification)} ${title}`;
  const single = alerts.length === 1 && alert !== undefined;
  const rest = omittedText(notification, alerts.length);
  const foot = `Watchkeeper · ${utc(at)}`;
  const text = [
    head,
    "",
    ...(single ? detailedText(alert) : alerts.flatMap(listedText)),
    ...(rest === "" ? [] : [rest]),
    "",
    foot,
  ];
  const color =
    notification.status === "resolved"
      ? "#1a7f37"
      : notification.severity === "critical"
        ? "#cf222e"
        : "#bf8700";
  const html = `<!doctype html><html><body style="margin:0;font:15px/1.5 system-ui,sans-serif;color:#1f2328">
<div style="max-width:640px;margin:0 auto;padding:16px">
<div style="border-left:6px solid ${color};padding:4px 12px;font-size:18px;font-weight:600">${escapeHtml(head)}</div>
${single ? detailedHtml(alert) : `<ul>${alerts.map(listedHtml).join("\n")}</ul>`}
${picture === undefined ? "" : `<p><img src="${escapeHtml(picture)}" width="608" style="max-width:100%;height:auto" alt="Chart of the alarm's metric"></p>\n`}${rest === "" ? "" : `<p>${escapeHtml(rest)}</p>\n`}<p style="color:#656d76;font-size:12px">${escapeHtml(foot)}</p>
</div></body></html>`;
  return { subject: oneLine(title, SUBJECT), text: text.join("\n"), html };
}

function detailedText(alert: NotifiedAlert): string[] {
  const lines = linesOf(alert).map(({ label, value, long }) =>
    long ? `\n${label}:\n${value}` : `${label}: ${value}`,
  );
  const links = linksOf(alert).map(({ text, url }) => `${text}: ${url}`);
  return [...lines, ...(links.length > 0 ? ["", ...links] : [])];
}

function listedText(alert: NotifiedAlert): string[] {
  const [link] = linksOf(alert);
  return [`${alert.news ? "*" : "-"} ${shortLine(alert)}`, ...(link ? [`  ${link.url}`] : [])];
}

function detailedHtml(alert: NotifiedAlert): string {
  const rows = linesOf(alert).map(
    ({ label, value }) =>
      `<tr><td style="color:#656d76;vertical-align:top;padding:2px 12px 2px 0">${escapeHtml(label)}</td><td style="white-space:pre-line">${escapeHtml(value)}</td></tr>`,
  );
  const links = linksOf(alert).map(({ text, url }) => anchor(url, text));
  return `<table style="margin:12px 0;border-spacing:0">${rows.join("\n")}</table>\n<p>${links.join(" · ")}</p>`;
}

function listedHtml(alert: NotifiedAlert): string {
  const line = escapeHtml(shortLine(alert));
  const links = linksOf(alert).map(({ text, url }) => anchor(url, text));
  return `<li>${[alert.news ? `<b>${line}</b>` : line, ...links].join(" · ")}</li>`;
}

function anchor(url: string, text: string): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
