import type { Alert, AlertGroup } from "../model/alert.ts";
import type { NotificationPolicy, RouteConfig } from "../model/notification-policy.ts";
import { groupKeyOf, groupLabelsOf, groupWaitFor, routesFor } from "./routing.ts";

/** What is there already, asked of the store. */
export interface KnownGroups {
  byKey(key: string): AlertGroup | undefined;
  /** Groups that hold an alert with this fingerprint. */
  holding(fingerprint: string): readonly AlertGroup[];
}

/**
 * Puts an alert into its groups; answers those that changed or are new. A group that holds the alert already gets its news even
 * when its labels have changed since and lead elsewhere now: what was told as firing must be told as recovered.
 */
export function placeAlert(
  policy: NotificationPolicy,
  alert: Alert,
  known: KnownGroups,
  now: number,
): readonly AlertGroup[] {
  const changed = new Map<string, AlertGroup>();
  for (const route of routesFor(policy.route, alert.labels)) {
    const key = groupKeyOf(route, groupLabelsOf(route, alert.labels));
    const before = known.byKey(key);
    const after = insertAlert(before, alert, route, now);
    if (after !== before) changed.set(key, after);
  }
  for (const group of known.holding(alert.fingerprint)) {
    if (changed.has(group.key)) continue;
    const after = withAlert(group, alert);
    if (after !== group) changed.set(group.key, after);
  }
  return [...changed.values()];
}

/**
 * A group with one more alert, or with news of one it has. A group that was never flushed is flushed at once when the alert has
 * waited long enough already; a flushed one keeps to its group_interval.
 */
export function insertAlert(
  group: AlertGroup | undefined,
  alert: Alert,
  route: RouteConfig,
  now: number,
): AlertGroup {
  const wait = groupWaitFor(route, alert) * 1000;
  const due = alert.startsAt + wait <= now ? now : now + wait;
  if (!group) {
    const labels = groupLabelsOf(route, alert.labels);
    const key = groupKeyOf(route, labels);
    return { key, route: route.id, labels, alerts: [alert], nextFlush: due, flushed: false };
  }
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

/** News of an alert that is there: older news than what is known changes nothing. Since when and how often it flapped is kept. */
export function mergeAlert(before: Alert, news: Alert): Alert {
  if (news.changedAt <= before.changedAt) return before;
  if (news.status === "resolved" || before.status === "firing")
    return { ...news, startsAt: before.startsAt, flaps: before.flaps };
  return { ...news, flaps: before.flaps + 1 };
}
