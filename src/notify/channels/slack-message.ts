import type { Notification, NotifiedAlert } from "../notification.ts";
import {
  type AlertLine,
  type AlertLink,
  linesOf,
  linksOf,
  omittedText,
  shortLine,
  symbolOf,
  utc,
} from "./alert-lines.ts";
import { cutEscaped, fitting } from "./cutting.ts";

/** Slack's limits: characters of a section's text, of a field, of `text`; fields of a section, blocks of a message. */
const SECTION = 3000;
const FIELD = 2000;
const TEXT = 3900;
const FIELDS = 10;
const BLOCKS = 50;
/** A message is refused as a whole at some size; people stop reading long before. */
const WHOLE = 13_000;

type Block = Readonly<Record<string, unknown>>;

/** The parts of a message as Slack's API takes them. */
export interface SlackMessage {
  /** What notifications and screen readers say; the whole message where blocks can't be shown. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A notification as a message. `mention` comes first: it is what makes a telephone ring. */
export function slackMessage(notification: Notification, mention?: string): SlackMessage {
  const call = mention === undefined ? "" : `${mentionMarkup(mention)} `;
  const title = cutEscaped(`${symbolOf(notification)} ${notification.title}`, 2000, escapeMrkdwn);
  const [alert] = notification.alerts;
  const head = section(`${call}*${title.replaceAll("*", "∗")}*`);
  const body = notification.alerts.length === 1 && alert ? detailed(alert) : listed(notification);
  return { text: `${call}${title}`.slice(0, TEXT), blocks: [head, ...body].slice(0, BLOCKS) };
}

/** What changed, in a line for the thread. */
export function slackHistoryLine(notification: Notification, mention?: string): string {
  const call = mention === undefined ? "" : `${mentionMarkup(mention)} `;
  const news = notification.alerts.filter((alert) => alert.news);
  const lines = (news.length > 0 && news.length < 20 ? news : []).map(shortLine);
  const title = `${symbolOf(notification)} ${notification.title}`;
  const text = notification.alerts.length > 1 && lines.length > 0 ? [title, ...lines].join("\n") : title;
  return `${call}${cutEscaped(text, SECTION, escapeMrkdwn)}`;
}

function detailed(alert: NotifiedAlert): Block[] {
  const lines = linesOf(alert);
  const short = lines.filter(({ long }) => !long);
  const long = lines.filter((line) => line.long);
  const blocks: Block[] = [];
  for (let from = 0; from < short.length; from += FIELDS) {
    blocks.push({ type: "section", fields: short.slice(from, from + FIELDS).map(field) });
  }
  blocks.push(
    ...long.map(({ label, value }) =>
      section(`*${label}*\n${cutEscaped(value, SECTION - 100, escapeMrkdwn)}`),
    ),
  );
  const links = linksOf(alert);
  if (links.length > 0) blocks.push(context(links.map(linkMarkup).join(" · ")));
  return fitting(blocks, small) as Block[];
}

function listed(notification: Notification): Block[] {
  const entries = notification.alerts.map((alert) => {
    const links = linksOf(alert).map(linkMarkup);
    const text = cutEscaped(shortLine(alert), 1000, escapeMrkdwn);
    return section([alert.news ? `*${text.replaceAll("*", "∗")}*` : text, ...links].join(" · "));
  });
  const kept = fitting(entries.slice(0, BLOCKS - 2), small);
  const rest = omittedText(notification, kept.length);
  return [...kept, ...(rest === "" ? [] : [context(rest)])];
}

function small(blocks: readonly Block[]): boolean {
  return JSON.stringify(blocks).length <= WHOLE;
}

function field({ label, value, time }: AlertLine): Block {
  const text =
    time === undefined
      ? cutEscaped(value, FIELD - 100, escapeMrkdwn)
      : `<!date^${Math.floor(time.at / 1000)}^{date_short_pretty} {time}|${utc(time.at)}>${escapeMrkdwn(time.behind)}`;
  return { type: "mrkdwn", text: `*${cutEscaped(label, 80, escapeMrkdwn)}*\n${text}`, verbatim: true };
}

function section(text: string): Block {
  return { type: "section", text: { type: "mrkdwn", text, verbatim: true } };
}

function context(text: string): Block {
  return { type: "context", elements: [{ type: "mrkdwn", text, verbatim: true }] };
}

function linkMarkup({ text, url }: AlertLink): string {
  // Nothing that ends the link or begins another may stay in the address.
  const address = url.replace(/[<>|\s]/g, encodeURIComponent).replaceAll("&", "&amp;");
  return `<${address}|${escapeMrkdwn(text)}>`;
}

/** Slack's three characters with a meaning; without them no mention, no link and no date can be forged. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What a mention must look like in the configuration. */
export const MENTION = /^(@here|@channel|@everyone|[UW][A-Z0-9]{2,20}|S[A-Z0-9]{2,20})$/;

function mentionMarkup(mention: string): string {
  if (mention.startsWith("@")) return `<!${mention.slice(1)}>`;
  return mention.startsWith("S") ? `<!subteam^${mention}>` : `<@${mention}>`;
}
