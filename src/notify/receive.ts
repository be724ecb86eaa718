import type { AlarmEvent, AlarmStateChange } from "../model/alarm-event.ts";
import type { Alert, AlertGroup, EventCursor, KnownChange } from "../model/alert.ts";
import type { NotificationPolicy } from "../model/notification-policy.ts";
import { alertFromEvent, fingerprintOf, lateAlert } from "./alert-from-event.ts";
import {
  firingSince,
  type GroupReader,
  groupKeysFor,
  holds,
  placeAlert,
  placeLateAlert,
} from "./grouping.ts";
import { changesOf, type FiringPeriod, isForgotten, periodsOf, toldAt, withChange } from "./history.ts";
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
  /** The alarm as it stands now; or, where an event that came late changes nothing of that, the first of `late`. */
  readonly alert: Alert;
  /** Firings that nobody was told of and that are over, as it turns out now; oldest first. */
  readonly late?: readonly Alert[];
  /** Since when the alarm in its groups has been firing, as it turns out now; ms. */
  readonly since?: number;
  readonly groups: readonly string[];
  /** To be stored; made of the alert when left out. */
  readonly cursor?: EventCursor;
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
 * Judges one event. Deliveries are repeated and overtake each other: what is known changes nothing, a late event never makes an
 * alarm fire that has recovered since, and a firing of which the end is known before its beginning is told as over.
 */
export function admitEvent(input: AdmitInput): Admitted | Dismissed {
  const { event, policy, knowledge, cursor } = input;
  if (event.kind === "alarm") return admitChange({ ...input, event });
  if (cursor) return { outcome: "repeated", reason: "this notice came before" };
  const verdict = alertFromEvent(event, false, knowledge);
  if ("ignored" in verdict) return { outcome: "ignored", reason: verdict.ignored };
  return { outcome: "admitted", alert: verdict.alert, groups: groupKeysFor(policy, verdict.alert.labels) };
}

/** Admits news of an alert that is in `groups` already, from elsewhere than an event. */
export function admitAlert(
  alert: Alert,
  groups: readonly string[],
  policy: NotificationPolicy,
  cursor: EventCursor | undefined,
): Admitted {
  const { changedAt: at, status, fingerprint } = alert;
  const keys = withKeys(groupKeysFor(policy, alert.labels), groups);
  const change: KnownChange = { at, means: status === "firing" ? "fires" : "recovers", told: true };
  const changes = withChange(
    changesOf(cursor).filter((known) => known.at !== at),
    change,
  );
  return {
    outcome: "admitted",
    alert,
    groups: keys,
    cursor: { fingerprint, at: changes.at(-1)?.at ?? at, firing: isFiring(changes), groups: keys, changes },
  };
}

/** Keys and those of earlier groups, each once. */
function withKeys(keys: readonly string[], earlier: readonly string[]): readonly string[] {
  return earlier.length === 0 ? keys : [...new Set([...keys, ...earlier])];
}

function isFiring(changes: readonly KnownChange[]): boolean {
  const last = periodsOf(changes).at(-1);
  return last !== undefined && last.endsAt === undefined;
}

interface ChangeInput extends AdmitInput {
  readonly event: AlarmStateChange;
}

function admitChange(input: ChangeInput): Admitted | Dismissed {
  const { event, cursor } = input;
  const known = changesOf(cursor);
  if (known.some(({ at }) => at === event.at))
    return { outcome: "repeated", reason: "this change of state came before" };
  if (isForgotten(event.at, cursor))
    return {
      outcome: "outdated",
      reason: `later changes of state came before: ${timeText(cursor?.at ?? event.at)}`,
    };
  const changes = withChange(known, { at: event.at, means: meaningOf(event) });
  return !cursor || cursor.at < event.at
    ? admitNewest(input, changes)
    : admitLate({ ...input, cursor }, changes);
}

function admitNewest(
  { event, policy, knowledge, cursor }: ChangeInput,
  changes: readonly KnownChange[],
): Admitted | Dismissed {
  const {
    fingerprint,
    firing: fired,
    groups,
  } = cursor ?? {
    fingerprint: fingerprintOf(event),
    firing: false,
    groups: [],
  };
  const verdict = alertFromEvent(event, fired, knowledge);
  if ("ignored" in verdict)
    return {
      outcome: "ignored",
      reason: verdict.ignored,
      cursor: { fingerprint, at: event.at, firing: false, groups, changes },
    };
  const firing = verdict.alert.status === "firing";
  const period = periodsOf(changes).find(({ endsAt }) => endsAt === (firing ? undefined : event.at));
  const alert = period ? { ...verdict.alert, startsAt: period.startsAt } : verdict.alert;
  const keys = withKeys(groupKeysFor(policy, alert.labels), groups);
  // One that goes on is no news: should it turn out to be two, the second is told of by itself.
  const known = firing && fired ? changes : told(changes, period);
  return {
    outcome: "admitted",
    alert,
    groups: keys,
    cursor: { fingerprint, at: event.at, firing, groups: keys, changes: known },
  };
}

/** An event that others of its alarm overtook. */
function admitLate(
  { event, policy, knowledge, cursor }: ChangeInput & { readonly cursor: EventCursor },
  changes: readonly KnownChange[],
): Admitted | Dismissed {
  const { fingerprint, at: latest, groups, firing: fired } = cursor;
  const periods = periodsOf(changes);
  const last = periods.at(-1);
  const firing = last !== undefined && last.endsAt === undefined;
  // The firing that it begins or ends as the alarm stands now.
  const current = firing === fired ? undefined : last;
  const untold = periods.filter(
    (period) => period !== current && period.endsAt !== undefined && !period.told,
  );
  const cursorNow = {
    fingerprint,
    at: latest,
    firing,
    groups,
    changes: told(changes, current, ...untold),
  };
  const since = firing && fired ? { since: last.startsAt } : {};
  // What it means for what came before it: data that went missing then may say less than it does now.
  const verdict = alertFromEvent(event, true, knowledge);
  const shown = "alert" in verdict ? verdict.alert : undefined;
  const late = shown ? untold.map((period) => lateAlert(shown, period)) : [];
  const changed = shown && current ? stateAt(shown, current, latest) : undefined;
  const alert = changed ?? late[0];
  if (!alert)
    return {
      outcome: "outdated",
      reason: `a later change of state came before: ${timeText(latest)}`,
      cursor: cursorNow,
    };
  const keys = withKeys(groupKeysFor(policy, alert.labels), groups);
  return {
    outcome: "admitted",
    alert,
    late,
    ...since,
    groups: keys,
    cursor: { ...cursorNow, groups: changed ? keys : groups },
  };
}

/** The alarm in the state that a late event brought it into: of the time of the latest event, so that it counts as the newest. */
function stateAt(alert: Alert, { startsAt, endsAt }: FiringPeriod, latest: number): Alert {
  const { endsAt: _, ...rest } = alert;
  return { ...rest, startsAt, changedAt: latest, ...(endsAt === undefined ? {} : { endsAt }) };
}

function told(changes: readonly KnownChange[], ...periods: readonly (FiringPeriod | undefined)[]) {
  const times = new Set(periods.flatMap((period) => (period && !period.told ? [period.startsAt] : [])));
  return times.size === 0 ? changes : toldAt(changes, times);
}

function meaningOf({ state, tellsNoData }: AlarmStateChange): KnownChange["means"] {
  if (state === "OK") return "recovers";
  return state === "ALARM" || tellsNoData === true ? "fires" : "keeps";
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}

/** Puts an admitted alert into its groups. `read` answers from those that `admitEvent` named; `now` in ms. */
export function receiveAlert(
  admitted: Admitted,
  policy: NotificationPolicy,
  read: GroupReader,
  now: number,
): Received {
  const { alert, late = [], since, groups: keys } = admitted;
  const { fingerprint, changedAt: at, kind, status } = alert;
  const cursor: EventCursor = admitted.cursor ?? {
    fingerprint,
    at,
    firing: kind === "alarm" && status === "firing",
    groups: keys,
  };
  const changed = new Map<string, AlertGroup>();
  const readNow: GroupReader = (key) => changed.get(key) ?? read(key);
  const put = (groups: readonly AlertGroup[]): void => {
    for (const group of groups) changed.set(group.key, group);
  };
  if (since !== undefined) put(firingSince(cursor.fingerprint, since, keys, readNow));
  for (const one of late) put(placeLateAlert(policy, one, readNow, now));
  // A recovery is news for those alone who heard that it fired.
  const holdsIt = (key: string): boolean => {
    const group = readNow(key);
    return group !== undefined && holds(group, fingerprint);
  };
  if (!alert.late && (status === "firing" || keys.some(holdsIt)))
    put(placeAlert(policy, alert, keys, readNow, now));
  else if (changed.size === 0)
    return alert.late
      ? { outcome: "ignored", reason: "it recovered before its group would have been told", cursor }
      : {
          outcome: "ignored",
          reason: "it recovered, and nobody was told that it fired",
          cursor: { ...cursor, groups: [] },
        };
  return { outcome: "placed", alert, groups: [...changed.values()], cursor };
}
