import type { AlertPart } from "../../model/alert.ts";
import { regionName } from "../../model/region-name.ts";
import type { Notification, NotifiedAlert } from "../notification.ts";
import { shorten } from "../plain-text.ts";
import { resourceText } from "../render.ts";

/** Something to say of an alert. Plain text: channels escape. */
export interface AlertLine {
  readonly label: string;
  readonly value: string;
  /** For services that show a time in the reader's own zone: the time, ms, and what stands behind it. `value` says both, in UTC. */
  readonly time?: { readonly at: number; readonly behind: string };
  /** Long ones don't fit beside others. */
  readonly long?: true;
}

/** Where people go from here. */
export interface AlertLink {
  readonly text: string;
  readonly url: string;
}

/** Parts of an alarm that are named one by one; the others are counted. */
const MOST_PARTS = 10;

/** What to say of an alert besides its headline, the most important first, so that what is cut is the least important. */
export function linesOf(alert: NotifiedAlert): readonly AlertLine[] {
  const { text, kind } = alert;
  const resource = resourceText(text.resource);
  return [
    ...line("Value", text.measured),
    ...line("Condition", text.condition),
    ...line("Resource", resource && withType(resource, text.resource?.type)),
    ...(kind === "notice" ? [] : [sinceLine(alert)]),
    ...line("Flapped", flapsText(alert.flaps)),
    ...line("Account", accountText(text.account)),
    ...line("Region", text.region && `${text.region} · ${regionName(text.region)}`),
    ...line("Contributors", partsText(text.contributors)),
    ...line("Children", partsText(text.children)),
    ...(kind === "notice" ? line("Description", text.description, true) : []),
    ...text.facts.map(({ label, value }) => ({ label, value })),
    ...(kind === "notice" ? [] : line("Description", text.description, true)),
    ...line("Reason", text.reason, true),
  ];
}

/** One alert among several, on one line: `ALARM  cpu-high · web-3 (i-0123) · 97.4 % > 90 % · 12 min`. */
export function shortLine(alert: NotifiedAlert): string {
  const { text, lasted } = alert;
  const parts = [
    text.name,
    resourceText(text.resource),
    text.contributors[0]?.name,
    text.measured,
    lasted,
  ].filter((part): part is string => part !== undefined && part !== "");
  return `${text.state}  ${parts.join(" · ")}`;
}

/** Pages that belong to an alert. */
export function linksOf({ text }: NotifiedAlert): readonly AlertLink[] {
  return [
    ...(text.runbook === undefined ? [] : [{ text: "Runbook", url: text.runbook }]),
    ...(text.console === undefined ? [] : [{ text: "Console", url: text.console }]),
  ];
}

/** The symbol that says it before anything is read. */
export function symbolOf(notification: Notification): string {
  const [alert] = notification.alerts;
  if (notification.status === "resolved") return "✅";
  if (notification.alerts.length === 1 && alert?.text.state === "NO DATA") return "⚪";
  return { critical: "🔴", info: "🔵" }[notification.severity] ?? "🟠";
}

/** Alerts that weren't written out, in words; empty when there are none. */
export function omittedText(notification: Notification, written: number): string {
  const left = notification.alerts.length - written + notification.omitted;
  return left === 0 ? "" : `and ${left} more`;
}

/** `2026-11-20 10:04 UTC` */
export function utc(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function line(label: string, value: string | undefined, long = false): AlertLine[] {
  if (value === undefined || value === "") return [];
  return [{ label, value, ...(long ? { long: true as const } : {}) }];
}

function sinceLine({ status, startsAt, lasted }: NotifiedAlert): AlertLine {
  const behind = lasted === "" ? "" : ` · ${lasted}`;
  return {
    label: status === "firing" ? "Since" : "Began",
    value: `${utc(startsAt)}${behind}`,
    time: { at: startsAt, behind },
  };
}

function flapsText(flaps: number): string | undefined {
  if (flaps === 0) return undefined;
  return `recovered and fired again ${flaps === 1 ? "once" : `${flaps} times`} since the last message`;
}

function withType(resource: string, type: string | undefined): string {
  return type === undefined ? resource : `${resource} · ${type}`;
}

function accountText(account: NotifiedAlert["text"]["account"]): string | undefined {
  if (!account) return undefined;
  return account.name === undefined ? account.id : `${account.name} (${account.id})`;
}

function partsText(parts: readonly AlertPart[]): string | undefined {
  if (parts.length === 0) return undefined;
  const named = parts.slice(0, MOST_PARTS).map(({ name, state }) => {
    const word = state === undefined || state === "ALARM" ? "" : ` (${state === "OK" ? "OK" : "no data"})`;
    return `${shorten(name, 120)}${word}`;
  });
  const more = parts.length - named.length;
  return `${named.join(", ")}${more === 0 ? "" : ` and ${more} more`}`;
}
