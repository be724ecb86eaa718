import type { Alert, AlertGroup, Labels, NotificationLogEntry } from "../model/alert.ts";
import { formatDuration } from "../model/duration.ts";
import { labelOf } from "../model/matcher.ts";
import { sha256 } from "../support/canonical-json.ts";
import type { NotifyReason } from "./decision.ts";
import { severityRank } from "./labels.ts";
import { MAX_ALERTS, type Notification, type NotifiedAlert } from "./notification.ts";
import { oneLine } from "./plain-text.ts";

/** Everything a notification is made of. */
export interface RenderInput {
  readonly group: Pick<AlertGroup, "key" | "labels">;
  readonly channel: string;
  readonly reason: NotifyReason;
  /** At least one. */
  readonly alerts: readonly Alert[];
  /** What the channel was told last. */
  readonly entry: NotificationLogEntry | undefined;
  readonly incident: string;
  readonly now: number;
}

/** The notification for one channel: what people read, the gravest first. */
export function renderNotification(input: RenderInput): Notification {
  const { group, channel, reason, entry, incident, now } = input;
  const toldFiring = new Set(entry?.firing);
  const toldResolved = new Set(entry?.resolved);
  const sorted = [...input.alerts].sort(byImportance);
  const alerts = sorted.slice(0, MAX_ALERTS).map((alert): NotifiedAlert => {
    const told = alert.status === "firing" ? toldFiring : toldResolved;
    return { ...alert, news: !told.has(alert.fingerprint), lasted: lastedText(alert, now) };
  });
  const firing = sorted.filter(({ status }) => status === "firing");
  const counted = firing.length > 0 ? firing : sorted;
  const severity = labelOf(counted[0]?.labels ?? {}, "severity");
  return {
    version: 1,
    id: sha256([group.key, channel, incident, reason, now].join("\n")).slice(0, 32),
    channel,
    group: group.key,
    incident,
    first: entry?.incident !== incident,
    reason,
    status: firing.length > 0 ? "firing" : "resolved",
    severity,
    at: now,
    groupLabels: group.labels,
    commonLabels: commonLabels(sorted),
    title: titleOf(sorted, firing, group.labels, now),
    alerts,
    omitted: sorted.length - alerts.length,
    counts: { firing: firing.length, resolved: sorted.length - firing.length },
  };
}

/** Firing first, then the graver, then the earlier; the rest by name so that equal input reads equally. */
function byImportance(a: Alert, b: Alert): number {
  return (
    Number(a.status === "resolved") - Number(b.status === "resolved") ||
    severityRank(labelOf(b.labels, "severity")) - severityRank(labelOf(a.labels, "severity")) ||
    a.startsAt - b.startsAt ||
    (a.fingerprint < b.fingerprint ? -1 : 1)
  );
}

/** How long an alert has been firing at `now`, or fired until it recovered. */
export function lastedText({ startsAt, endsAt, kind }: Alert, now: number): string {
  return kind === "notice" ? "" : formatDuration(Math.max(0, ((endsAt ?? now) - startsAt) / 1000));
}

function commonLabels(alerts: readonly Alert[]): Labels {
  const [first, ...others] = alerts;
  if (first && others.length === 0) return first.labels;
  return Object.fromEntries(
    Object.entries(first?.labels ?? {}).filter(([name, value]) =>
      others.every(({ labels }) => Object.hasOwn(labels, name) && labels[name] === value),
    ),
  );
}

function titleOf(alerts: readonly Alert[], firing: readonly Alert[], labels: Labels, now: number): string {
  const [first] = alerts;
  if (first && alerts.length === 1) return singleTitle(first, now);
  const names = new Set((firing.length > 0 ? firing : alerts).map(({ text }) => text.name));
  const [name] = names;
  const what = names.size === 1 ? name : groupText(labels);
  const notices = firing.filter(({ kind }) => kind === "notice").length;
  const recovered = alerts.length - firing.length;
  const counts = [
    ...(firing.length - notices > 0 ? [`${firing.length - notices} ALARM`] : []),
    ...(notices > 0 ? [`${notices} NOTICE`] : []),
    ...(recovered > 0 ? [firing.length === 0 ? `OK  all ${recovered} recovered` : `${recovered} OK`] : []),
  ];
  return oneLine(`${counts.join(", ")}${what === undefined || what === "" ? "" : ` · ${what}`}`, 250);
}

/** `ALARM  cpu-high · web-3 (i-0123) · 97.4 % > 90 %` */
function singleTitle(alert: Alert, now: number): string {
  const { name, state, resource, measured, contributors } = alert.text;
  const subject = resourceText(resource);
  const [contributor] = contributors;
  const parts = [
    name,
    ...(subject === undefined || name.includes(subject) ? [] : [subject]),
    ...(contributor && resource === undefined ? [contributor.name] : []),
    ...(alert.status === "resolved"
      ? [`after ${lastedText(alert, now)}`]
      : measured === undefined
        ? []
        : [measured]),
  ];
  return `${state}  ${oneLine(parts.join(" · "), 240)}`;
}

/** A resource as people call it: `web-3 (i-0123)`, or its id alone. */
export function resourceText(resource: Alert["text"]["resource"]): string | undefined {
  if (!resource) return undefined;
  return resource.name === undefined ? resource.id : `${resource.name} (${resource.id})`;
}

function groupText(labels: Labels): string {
  return Object.values(labels).join(" · ");
}
