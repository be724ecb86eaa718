// What an alarm publishes to a topic: members and their order as recorded from CloudWatch, in the form of 2026-02.
import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { consoleHost } from "../../../../model/partition.ts";
import { regionName } from "../../../../model/region-name.ts";
import type { StoredMetricAlarm } from "../alarm-record.ts";
import { given } from "../common-shapes.ts";
import { alarmTime } from "../history-data.ts";
import type { StateChange } from "../state-change.ts";

/** SNS takes subjects of at most so many characters. */
const MAX_SUBJECT = 100;
/** At most so many children that triggered a composite alarm are named. */
const MAX_CHILDREN = 10;

/** `ALARM: "cpu-high" in EU (Ireland)`; a name that makes it too long for SNS is cut. */
export function alarmSubject({ store, record, to }: StateChange): string {
  const subject = (name: string): string => `${to.value}: "${name}" in ${regionName(store.region)}`;
  const room = MAX_SUBJECT - subject("").length;
  return subject(record.name.length <= room ? record.name : `${record.name.slice(0, room - 3)}...`);
}

/** The text of an SMS. */
export function shortText(change: StateChange): string {
  return alarmSubject(change);
}

/** The text of an e-mail. */
export function longText({ store, record, to }: StateChange): string {
  const { region } = store;
  const link = `https://${consoleHost(region)}/cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(record.name)}`;
  return `The Amazon CloudWatch alarm "${record.name}" in the ${regionName(region)} region has entered the ${to.value} state, because "${to.reason}" at "${alarmTime(to.since)}".\n\nView this alarm in the AWS Management Console:\n${link}`;
}

/** The JSON that subscribers get. */
export function alarmMessage(change: StateChange): Readonly<Record<string, unknown>> {
  const { store, record, from, to } = change;
  const { alarm } = record;
  return {
    AlarmName: record.name,
    AlarmDescription: alarm.AlarmDescription ?? null,
    AWSAccountId: store.account,
    // Recorded messages of composite alarms don't have it.
    ...(record.kind === "MetricAlarm" && {
      AlarmConfigurationUpdatedTimestamp: alarmTime(alarm.AlarmConfigurationUpdatedTimestamp),
    }),
    NewStateValue: to.value,
    NewStateReason: to.reason,
    StateChangeTime: alarmTime(to.since),
    Region: regionName(store.region),
    AlarmArn: alarm.AlarmArn,
    OldStateValue: from.value,
    ActionExecutedAfterMuteWindow: false,
    OKActions: alarm.OKActions,
    AlarmActions: alarm.AlarmActions,
    InsufficientDataActions: alarm.InsufficientDataActions,
    ...(record.kind === "MetricAlarm"
      ? { Trigger: trigger(record.alarm) }
      : { AlarmRule: record.alarm.AlarmRule, TriggeringChildren: triggeringChildren(to.reasonData) }),
  };
}

function trigger(alarm: StoredMetricAlarm): unknown {
  const { Metrics, EvaluationPeriods, DatapointsToAlarm, ComparisonOperator } = alarm;
  const how = {
    Period: alarm.Period ?? Metrics?.map((query) => query.MetricStat?.Period ?? query.Period).find(Boolean),
    EvaluationPeriods,
    DatapointsToAlarm,
    ComparisonOperator,
    Threshold: alarm.Threshold,
    ThresholdMetricId: alarm.ThresholdMetricId,
    TreatMissingData: alarm.TreatMissingData ?? "missing",
    EvaluateLowSampleCountPercentile: alarm.EvaluateLowSampleCountPercentile ?? "",
  };
  if (Metrics) return given({ ...how, Metrics: Metrics.map(queryInMessage) });
  return given({
    MetricName: alarm.MetricName,
    Namespace: alarm.Namespace,
    StatisticType: alarm.ExtendedStatistic === undefined ? "Statistic" : "ExtendedStatistic",
    Statistic: alarm.ExtendedStatistic ?? STATISTICS[alarm.Statistic ?? ""] ?? alarm.Statistic,
    Unit: alarm.Unit ?? null,
    Dimensions: dimensionsInMessage(alarm.Dimensions),
    ...how,
  });
}

const STATISTICS: Readonly<Record<string, string>> = {
  SampleCount: "SAMPLE_COUNT",
  Average: "AVERAGE",
  Sum: "SUM",
  Minimum: "MINIMUM",
  Maximum: "MAXIMUM",
};

function queryInMessage({ Expression, Id, Label, MetricStat, Period, ReturnData }: MetricDataQuery): unknown {
  const { Metric, Stat, Unit } = MetricStat ?? {};
  return given({
    Expression,
    Id,
    Label,
    MetricStat:
      MetricStat &&
      given({
        Metric: {
          Dimensions: dimensionsInMessage(Metric?.Dimensions),
          MetricName: Metric?.MetricName,
          Namespace: Metric?.Namespace,
        },
        Period: MetricStat.Period,
        Stat,
        Unit,
      }),
    Period,
    ReturnData,
  });
}

function dimensionsInMessage(dimensions: StoredMetricAlarm["Dimensions"]): unknown {
  return (dimensions ?? []).map(({ Name, Value }) => ({ value: Value, name: Name }));
}

interface Trigger {
  readonly arn: string;
  readonly state: { readonly value: string; readonly timestamp: string };
}

/** Who triggered a composite alarm stands in its reason data; after SetAlarmState nobody did. */
function triggeringChildren(reasonData: string | undefined): unknown {
  let triggers: unknown;
  try {
    triggers = (JSON.parse(reasonData ?? "{}") as { triggeringAlarms?: unknown } | null)?.triggeringAlarms;
  } catch {
    // SetAlarmState takes any text for reason data.
    triggers = undefined;
  }
  if (!Array.isArray(triggers)) return [];
  return (triggers as Trigger[]).slice(0, MAX_CHILDREN).map(({ arn, state }) => ({
    Arn: arn,
    State: { Value: state.value, Timestamp: state.timestamp },
  }));
}
