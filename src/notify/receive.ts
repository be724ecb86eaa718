import type { AlarmEvent } from "../model/alarm-event.ts";
import type { Alert, AlertGroup, EventCursor } from "../model/alert.ts";
import type { NotificationPolicy } from "../model/notification-policy.ts";
import { alertFromEvent, fingerprintOf } from "./alert-from-event.ts";
import { type KnownGroups, placeAlert } from "./grouping.ts";
import type { Knowledge } from "./knowledge.ts";

/** What receiving one event needs; `cursor` and `known` come from the store. `now` in ms. */
export interface ReceiveInput {
  readonly event: AlarmEvent;
  readonly policy: NotificationPolicy;
  readonly knowledge: Knowledge;
  /** Of this event's fingerprint (`fingerprintOf`). */
  readonly cursor: EventCursor | undefined;
  readonly known: KnownGroups;
  readonly now: number;
}

/** What became of an event. `cursor` and `groups` are to be stored in one transaction. */
export type Received =
  | {
      readonly outcome: "placed";
      readonly alert: Alert;
      readonly groups: readonly AlertGroup[];
      readonly cursor: EventCursor;
    }
  | {
      readonly outcome: "repeated" | "outdated" | "ignored";
      readonly reason: string;
      /** Present when it is to be stored. */
      readonly cursor?: EventCursor;
    };

/**
 * Takes one event in. Deliveries are repeated and overtake each other: what isn't newer than what is known changes nothing, so a
 * late ALARM never fires again after its OK.
 */
export function receiveEvent({ event, policy, knowledge, cursor, known, now }: ReceiveInput): Received {
  if (cursor && event.kind === "notice") return { outcome: "repeated", reason: "this notice came before" };
  if (cursor && event.at === cursor.at)
    return { outcome: "repeated", reason: "this change of state came before" };
  if (cursor && event.at < cursor.at)
    return {
      outcome: "outdated",
      reason: `a later change of state came before: ${new Date(cursor.at).toISOString()}`,
    };
  const verdict = alertFromEvent(event, cursor?.firing ?? false, knowledge);
  const next: EventCursor = {
    fingerprint: "alert" in verdict ? verdict.alert.fingerprint : fingerprintOf(event),
    at: event.at,
    firing: "alert" in verdict && verdict.alert.kind === "alarm" && verdict.alert.status === "firing",
  };
  if ("ignored" in verdict) return { outcome: "ignored", reason: verdict.ignored, cursor: next };
  const { alert } = verdict;
  if (alert.status === "resolved" && known.holding(alert.fingerprint).length === 0)
    return { outcome: "ignored", reason: "it recovered, and nobody was told that it fired", cursor: next };
  return { outcome: "placed", alert, groups: placeAlert(policy, alert, known, now), cursor: next };
}
