import type { AlarmEvent, AlarmStateChange, NoticeEvent } from "../model/alarm-event.ts";
import type { AlertResource, Labels } from "../model/alert.ts";
import { dimensionsOfAlarm } from "./alarm-subject.ts";
import type { Knowledge, KnownAlarm } from "./knowledge.ts";
import { shorten } from "./plain-text.ts";

/** Labels every alert may have, for messages and documentation. Besides them `tag:KEY` and `dimension:NAME`. */
export const LABELS = {
  alertname: "Name of the alarm, or the source of a notice",
  source: "alarm, health, guardduty, budgets, autoscaling, rds, codepipeline, alarm-configuration or other",
  kind: "Of alarms: metric, math, anomaly, multi-series, composite, log or unknown",
  severity: "critical, warning, info or a word of yours",
  account: "Account id",
  account_name: "What the configuration calls the account",
  region: "Region",
  namespace: "Namespace of the alarm's metric",
  metric: "The alarm's metric",
  resource: "Id of the thing it is about",
  resource_name: "Its name, where it is known",
  resource_type: "Its type: ec2.instance",
  policy: "Policy of the configuration that made the alarm",
  alarm_key: "Key of the alarm in that policy: cpu-high",
} as const;

type LabelName = keyof typeof LABELS;

/** AWS's own names and tags are shorter: what is longer comes from somebody who means harm. */
const MAX_LABEL = 1024;

/** How grave an alarm is when nothing says. */
const DEFAULT_SEVERITY = "warning";

/** The labels of an event. Empty values are left out: an absent label and an empty one are the same to a matcher. */
export function labelsOf(
  event: AlarmEvent,
  resource: AlertResource | undefined,
  knowledge: Knowledge,
): Labels {
  const { account, region } = event;
  const labels: Record<string, string> = {};
  const put = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== "") labels[shorten(name, MAX_LABEL)] = shorten(value, MAX_LABEL);
  };
  const named: Partial<Record<LabelName, string | undefined>> = {
    account,
    region,
    account_name: knowledge.accountName(account),
    resource: resource?.id,
    resource_name: resource?.name,
    resource_type: resource?.type,
    ...(event.kind === "alarm" ? alarmLabels(event, knowledge) : noticeLabels(event)),
  };
  for (const name in named) put(name, named[name as LabelName]);
  const known = resource && knowledge.resource(account, region, resource.id);
  const tags = { ...known?.tags, ...(event.kind === "alarm" ? event.tags : {}) };
  for (const key of Object.keys(tags)) put(`tag:${key}`, tags[key]);
  if (event.kind === "alarm")
    for (const { name, value } of dimensionsOfAlarm(event)) put(`dimension:${name}`, value);
  return labels;
}

function alarmLabels(
  event: AlarmStateChange,
  knowledge: Knowledge,
): Partial<Record<LabelName, string | undefined>> {
  const { trigger, mark } = event;
  const stats = [
    ...(trigger?.metricName === undefined ? [] : [trigger]),
    ...(trigger?.metrics ?? []).flatMap((query) => query.metricStat ?? []),
  ];
  const single = (values: readonly (string | undefined)[]): string | undefined =>
    new Set(values).size === 1 ? values[0] : undefined;
  return {
    alertname: event.alarmName,
    source: "alarm",
    kind: event.alarmKind,
    severity: severityOf(event, mark && knowledge.alarm(mark, event.alarmActions)),
    namespace: single(stats.map(({ namespace }) => namespace)),
    metric: single(stats.map(({ metricName }) => metricName)),
    policy: mark?.policy,
    alarm_key: mark?.alarm,
  };
}

/** An alarm's tag says it loudest, then the configuration that made the alarm. */
function severityOf(event: AlarmStateChange, known: KnownAlarm | undefined): string {
  const tag = Object.entries(event.tags).find(([key]) => key.toLowerCase() === "severity");
  return tag?.[1].toLowerCase() || known?.severity || DEFAULT_SEVERITY;
}

function noticeLabels(event: NoticeEvent): Partial<Record<LabelName, string | undefined>> {
  return { alertname: event.source, source: event.source, severity: event.severity };
}

/** How grave severities are among each other; a team's own words stand between `warning` and `critical`. */
export function severityRank(severity: string): number {
  const rank = ["info", "warning", "", "critical"].indexOf(severity);
  return rank < 0 ? 2 : rank;
}
