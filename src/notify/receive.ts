import type { AlarmEvent } from "../model/alarm-event.ts";
import type { Alert, AlertGroup, EventCursor } from "../model/alert.ts";
import type { NotificationPolicy } from "../model/notification-policy.ts";
import { alertFromEvent, fingerprintOf } from "./alert-from-event.ts";
import { type GroupReader, groupKeysFor, holds, placeAlert } from "./grouping.ts";
import type { Knowledge } from "./knowledge.ts";

/** What judging one event needs; `cursor` is the store's for this event's fingerprint (`fingerprintOf`). */
export interface AdmitInput {
  readonly event: AlarmEvent;
  readonly policy: NotificationPolicy;
  readonly knowledge: Knowledge;
  readonly cursor: EventCursor | undefined;
}

/** An event that changes nothing, and why. */
export interface Dismissed {
  readonly outcome: "repeated" | "outdated" | "ignored";
  readonly reason: string;
  /** Present when it is to be stored. */
  readonly cursor?: EventCursor;
}

/** An event that is news. `groups` are the keys of all groups that are to be loaded before `receiveAlert`. */
export interface Admitted {
  readonly outcome: "admitted";
  readonly alert: Alert;
  readonly groups: readonly string[];
}

/** What became of an event. `cursor` and `groups` are to be stored in one commit. */
export type Received =
  | Dismissed
  | {
      readonly outcome: "placed";
      readonly alert: Alert;
      readonly groups: readonly AlertGroup[];
      readonly cursor: EventCursor;
    };

/**
 * Judges one event. Deliveries are repeated and overtake each other: what isn't newer than what is known changes nothing, so a
 * late ALARM never fires again after its OK.
 */
export function admitEvent({ event, policy, knowledge, cursor }: AdmitInput): Admitted | Dismissed {
  if (cursor && event.kind === "notice") return { outcome: "repeated", reason: "this notice came before" };
  if (cursor && event.at === cursor.at)
    return { outcome: "repeated", reason: "this change of state came before" };
  if (cursor && event.at < cursor.at)
    return {
      outcome: "outdated",
      reason: `a later change of state came before: ${new Date(cursor.at).toISOString()}`,
    };
  const verdict = alertFromEvent(event, cursor?.firing ?? false, knowledge);
  if ("ignored" in verdict) {
    const next = {
      fingerprint: fingerprintOf(event),
      at: event.at,
      firing: false,
      groups: cursor?.groups ?? [],
    };
    return { outcome: "ignored", reason: verdict.ignored, cursor: next };
  }
  const { alert } = verdict;
  const groups = new Set([...groupKeysFor(policy, alert.labels), ...(cursor?.groups ?? [])]);
  return { outcome: "admitted", alert, groups: [...groups] };
}

/** Puts an admitted alert into its groups. `read` answers from those that `admitEvent` named; `now` in ms. */
export function receiveAlert(
  { alert, groups: keys }: Admitted,
  policy: NotificationPolicy,
  read: GroupReader,
  now: number,
): Received {
  const { fingerprint, changedAt: at, kind, status } = alert;
  const cursor: EventCursor = {
    fingerprint,
    at,
    firing: kind === "alarm" && status === "firing",
    groups: keys,
  };
  const isKnown = keys.some((key) => {
    const group = read(key);
    return group !== undefined && holds(group, fingerprint);
  });
  if (status === "resolved" && !isKnown)
    return {
      outcome: "ignored",
      reason: "it recovered, and nobody was told that it fired",
      cursor: { ...cursor, groups: [] },
    };
  return { outcome: "placed", alert, groups: placeAlert(policy, alert, keys, read, now), cursor };
}
