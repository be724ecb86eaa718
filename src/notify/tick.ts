import type { AlertGroup, Silence } from "../model/alert.ts";
import type { NotificationPolicy } from "../model/notification-policy.ts";
import { type FlushResult, flushGroup, type LogReader } from "./flush.ts";
import { type GroupReader, placeAlert } from "./grouping.ts";
import type { Inhibitor } from "./inhibition.ts";
import { routesById } from "./routing.ts";

/** What a tick looks at besides the groups. `now` in ms. */
export interface TickContext {
  readonly now: number;
  readonly policy: NotificationPolicy;
  readonly silences: readonly Silence[];
  readonly inhibitor: Inhibitor;
}

/** What a tick found to do. */
export interface TickResult {
  readonly flushed: readonly { readonly before: AlertGroup; readonly result: FlushResult }[];
  /** Groups whose route the policy has no more: their alerts go through the tree anew, see `rehomeGroup`. */
  readonly orphans: readonly AlertGroup[];
}

/** Flushes the groups that are due, earliest first. Whoever calls decides how often: there are no timers here. */
export function tick(groups: Iterable<AlertGroup>, context: TickContext, readLog: LogReader): TickResult {
  const routes = routesById(context.policy.route);
  const due = [...groups].filter(({ nextFlush }) => nextFlush <= context.now);
  const flushed: { before: AlertGroup; result: FlushResult }[] = [];
  const orphans: AlertGroup[] = [];
  for (const group of due.sort((a, b) => a.nextFlush - b.nextFlush)) {
    const route = routes.get(group.route);
    if (route) flushed.push({ before: group, result: flushGroup(group, { ...context, route }, readLog) });
    else orphans.push(group);
  }
  return { flushed, orphans };
}

/** The groups that an orphan's alerts belong to now, changed or new; the orphan itself is to be removed. */
export function rehomeGroup(
  policy: NotificationPolicy,
  orphan: AlertGroup,
  read: GroupReader,
  now: number,
): readonly AlertGroup[] {
  const changed = new Map<string, AlertGroup>();
  const readNew: GroupReader = (key) => changed.get(key) ?? read(key);
  for (const alert of orphan.alerts)
    for (const group of placeAlert(policy, alert, [], readNew, now)) changed.set(group.key, group);
  return [...changed.values()];
}
