// Notifications: routes alerts to groups, decides what each channel is told and when, and sends it. This file: what is sent.
import type { Alert, AlertStatus, Labels } from "../model/alert.ts";
import type { NotifyReason } from "./decision.ts";

/** One alert of a notification, with what only makes sense at the time of telling. */
export interface NotifiedAlert extends Alert {
  /** Whether the channel hears of it for the first time, or of its recovery, with this message. */
  readonly news: boolean;
  /** How long it has been firing, or fired: `12 min`. */
  readonly lasted: string;
}

/**
 * One message for one channel, independent of what the channel is. Plain JSON: it goes through the outbox as it is. Texts are
 * neutral plain text: each channel escapes for itself and cuts to its own limits (least important last).
 */
export interface Notification {
  readonly version: 1;
  /** Unique to this sending, the same when it is tried again: services that take an idempotency key get this one. */
  readonly id: string;
  /** Key of the channel in the configuration. */
  readonly channel: string;
  readonly group: string;
  /** Messages of one incident belong together: the first is posted, later ones edit or reply to it. Also a dedup key (at most 64 characters). */
  readonly incident: string;
  /** Whether it is the first one of its incident for this channel. */
  readonly first: boolean;
  readonly reason: NotifyReason;
  /** Firing while at least one of its alerts is. */
  readonly status: AlertStatus;
  /** The gravest severity among the firing alerts, or among all when none fires. */
  readonly severity: string;
  /** When it was decided, ms. */
  readonly at: number;
  readonly groupLabels: Labels;
  readonly commonLabels: Labels;
  /** One line: `ALARM  cpu-high · web-3 (i-0123) · 97.4 % > 90 %`. */
  readonly title: string;
  /** Firing first, gravest first, then resolved; at most `MAX_ALERTS`, the others are counted in `omitted`. */
  readonly alerts: readonly NotifiedAlert[];
  readonly omitted: number;
  readonly counts: { readonly firing: number; readonly resolved: number };
}

const texts = new WeakMap<Notification, string>();

/** A notification as JSON. The store is given it and so are services: it is made once. */
export function notificationText(notification: Notification): string {
  const known = texts.get(notification);
  if (known !== undefined) return known;
  const text = JSON.stringify(notification);
  texts.set(notification, text);
  return text;
}

/** The notification of a text of the outbox, which is its JSON; undefined when another version of this program has written it. */
export function readNotification(text: string): Notification | undefined {
  const value = JSON.parse(text) as { readonly version?: unknown } | null;
  if (typeof value !== "object" || value?.version !== 1) return undefined;
  const notification = value as Notification;
  texts.set(notification, text);
  return notification;
}

/** Alerts written out in one notification: more than a person reads, less than a service refuses. */
export const MAX_ALERTS = 50;
