import type { Alert, AlertGroup, NotificationLogEntry } from "../model/alert.ts";
import type { ChannelConfig } from "../model/notification-policy.ts";
import { sha256 } from "../support/canonical-json.ts";
import type { DedupDecision, HeldAlert } from "./decision.ts";
import { dedup, type Tellable } from "./dedup.ts";
import type { Notification } from "./notification.ts";
import { renderNotification } from "./render.ts";
import { passStages, type StageContext } from "./stages.ts";

/** What a channel was last told about a group. */
export type LogReader = (group: string, channel: string) => NotificationLogEntry | undefined;

/** What became of one group. Everything in it is to be stored in one transaction, the notifications in the outbox. */
export interface FlushResult {
  readonly notifications: readonly Notification[];
  /** Entries that changed. */
  readonly log: readonly NotificationLogEntry[];
  /** The group as it goes on; undefined when nothing is left of it. */
  readonly group: AlertGroup | undefined;
  readonly held: readonly HeldAlert[];
  /** What was decided for each channel. */
  readonly decisions: Readonly<Record<string, DedupDecision>>;
}

/**
 * Tells a group's channels what they need to know now. Recovered alerts and notices leave the group. A recovery that is held back
 * stays when somebody was told of the alarm: he will hear of it when nothing holds it back any more.
 */
export function flushGroup(group: AlertGroup, context: StageContext, readLog: LogReader): FlushResult {
  const { now, policy, route } = context;
  const { passed, held } = passStages(group.alerts, context);
  const tellable: Tellable = {
    firing: fingerprints(passed, "firing"),
    resolved: fingerprints(passed, "resolved"),
    notices: passed.filter((alert) => alert.kind === "notice").length,
    late: passed.filter((alert) => alert.late).length,
  };
  const notifications: Notification[] = [];
  const log: NotificationLogEntry[] = [];
  const decisions: Record<string, DedupDecision> = {};
  const entries: NotificationLogEntry[] = [];
  for (const name of route.channels) {
    const channel = policy.channels[name];
    if (!channel) continue;
    const entry = readLog(group.key, name);
    const decision: DedupDecision =
      passed.length === 0
        ? { tell: false, reason: "all-muted" }
        : dedup(entry, tellable, {
            repeatInterval: route.repeatInterval,
            sendResolved: channel.sendResolved,
            now,
          });
    decisions[name] = decision;
    const changes = decision.tell || decision.reason === "resolved-not-wanted";
    const next = changes ? nextEntry(group, channel, entry, tellable, now) : entry;
    if (next !== undefined) entries.push(next);
    if (changes && next !== undefined) log.push(next);
    if (decision.tell && next !== undefined)
      notifications.push(
        renderNotification({
          group,
          channel: name,
          reason: decision.reason,
          alerts: channel.sendResolved
            ? passed
            : passed.filter(({ status, late }) => status === "firing" || late),
          entry,
          incident: next.incident,
          now,
        }),
      );
  }
  return {
    notifications,
    log,
    group: remaining(group, held, entries, now + route.groupInterval * 1000),
    held,
    decisions,
  };
}

function fingerprints(alerts: readonly Alert[], status: Alert["status"]): string[] {
  return alerts
    .filter((alert) => alert.kind === "alarm" && alert.status === status)
    .map((alert) => alert.fingerprint)
    .sort();
}

function nextEntry(
  group: AlertGroup,
  channel: ChannelConfig,
  entry: NotificationLogEntry | undefined,
  { firing, resolved }: Tellable,
  now: number,
): NotificationLogEntry {
  return {
    group: group.key,
    channel: channel.name,
    at: now,
    firing,
    resolved,
    incident: entry?.open ? entry.incident : sha256(`${group.key}\n${channel.name}\n${now}`).slice(0, 32),
    open: firing.length > 0,
  };
}

function remaining(
  group: AlertGroup,
  held: readonly HeldAlert[],
  entries: readonly NotificationLogEntry[],
  nextFlush: number,
): AlertGroup | undefined {
  const holds = new Map(held.map(({ fingerprint, hold }) => [fingerprint, hold.by]));
  const alerts = group.alerts.filter((alert) => {
    if (alert.kind === "alarm" && alert.status === "firing") return true;
    const by = holds.get(alert.fingerprint);
    if (by === undefined) return false;
    // A notice of the night is told in the morning; a silenced one was not wanted.
    if (alert.kind === "notice") return by === "mute-time" || by === "inactive-time";
    return entries.some((entry) => entry.firing.includes(alert.fingerprint));
  });
  return alerts.length === 0 ? undefined : { ...group, alerts, nextFlush, flushed: true };
}
