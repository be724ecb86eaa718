import type { Alert, AlertGroup, Labels } from "../model/alert.ts";
import type { NotificationPolicy } from "../model/notification-policy.ts";
import { groupWaitFor, type Place, placesOf } from "./routing.ts";

/** A group that is there already, asked of what was loaded from the store. */
export type GroupReader = (key: string) => AlertGroup | undefined;

/** Keys of the groups that an alert's labels lead to. */
export function groupKeysFor(policy: NotificationPolicy, labels: Labels): readonly string[] {
  return placesOf(policy.route, labels).map(({ key }) => key);
}

/**
 * Puts an alert into its groups; answers those that changed or are new. `earlier` are keys of groups it was put into before: they
 * get its news even when its labels have changed since and lead elsewhere now.
 */
export function placeAlert(
  policy: NotificationPolicy,
  alert: Alert,
  earlier: readonly string[],
  read: GroupReader,
  now: number,
): readonly AlertGroup[] {
  const changed = new Map<string, AlertGroup>();
  const seen = new Set<string>();
  for (const place of placesOf(policy.route, alert.labels)) {
    const { key } = place;
    seen.add(key);
    const before = read(key);
    const after = insertAlert(before, alert, place, now);
    if (after !== before) changed.set(key, after);
  }
  for (const key of earlier) {
    const group = seen.has(key) ? undefined : read(key);
    const after = group && holds(group, alert.fingerprint) ? withAlert(group, alert) : group;
    if (after && after !== group) changed.set(key, after);
  }
  return [...changed.values()];
}

/**
 * Puts an alert that is over, and that nobody was told of, into the groups of those who would have heard of it had its events come in
 * time: it fired for longer than its group would have waited.
 */
export function placeLateAlert(
  policy: NotificationPolicy,
  alert: Alert,
  read: GroupReader,
  now: number,
): readonly AlertGroup[] {
  const lasted = (alert.endsAt ?? alert.startsAt) - alert.startsAt;
  return placesOf(policy.route, alert.labels).flatMap((place) => {
    if (lasted < groupWaitFor(place.route, alert) * 1000) return [];
    return [insertAlert(read(place.key), alert, place, now)];
  });
}

/** Those of the groups that hold an alert as firing since another time, with the right one; ms. */
export function firingSince(
  fingerprint: string,
  since: number,
  keys: readonly string[],
  read: GroupReader,
): readonly AlertGroup[] {
  return keys.flatMap((key) => {
    const group = read(key);
    const wrong = (alert: Alert): boolean =>
      alert.fingerprint === fingerprint && alert.status === "firing" && alert.startsAt !== since;
    if (!group?.alerts.some(wrong)) return [];
    const alerts = group.alerts.map((alert) => (wrong(alert) ? { ...alert, startsAt: since } : alert));
    return [{ ...group, alerts }];
  });
}

/** Whether a group holds an alert, firing or recovered. */
export function holds(group: AlertGroup, fingerprint: string): boolean {
  return group.alerts.some((alert) => alert.fingerprint === fingerprint);
}

/**
 * A group with one more alert, or with news of one it has. A group that was never flushed is flushed at once when the alert has
 * waited long enough already; a flushed one keeps to its group_interval.
 */
export function insertAlert(
  group: AlertGroup | undefined,
  alert: Alert,
  { route, labels, key }: Place,
  now: number,
): AlertGroup {
  const wait = groupWaitFor(route, alert) * 1000;
  const due = alert.startsAt + wait <= now ? now : now + wait;
  if (!group) return { key, route: route.id, labels, alerts: [alert], nextFlush: due, flushed: false };
  const changed = withAlert(group, alert);
  if (changed === group || group.flushed || due >= group.nextFlush) return changed;
  return { ...changed, nextFlush: due };
}

function withAlert(group: AlertGroup, alert: Alert): AlertGroup {
  const at = group.alerts.findIndex((other) => other.fingerprint === alert.fingerprint);
  const before = group.alerts[at];
  if (!before) return { ...group, alerts: [...group.alerts, alert] };
  const merged = mergeAlert(before, alert);
  return merged === before ? group : { ...group, alerts: group.alerts.with(at, merged) };
}

/**
 * News of an alert that is there: older news than what is known changes nothing. How often it flapped is kept; when it began is for the
 * news to say, which may know of a recovery between that came late.
 */
export function mergeAlert(before: Alert, news: Alert): Alert {
  if (news.changedAt < before.changedAt) return before;
  if (before.status === "firing") return { ...news, flaps: before.flaps };
  return news.status === "resolved"
    ? { ...news, startsAt: before.startsAt, flaps: before.flaps }
    : { ...news, flaps: before.flaps + 1 };
}
