import type { RawCompositeAlarm, RawMetricAlarm } from "../../aws/describe-alarms.ts";
import { parseEvents } from "../../events/parse-events.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";

/** An alarm as CloudWatch describes it, of either kind. */
export type DescribedAlarm = RawMetricAlarm | RawCompositeAlarm;

/** The event that brought an alarm into the state it is in now, as CloudWatch would have published it. `at` in ms. */
export function eventOfAlarm(alarm: DescribedAlarm, account: string, at: number): readonly AlarmEvent[] {
  const common = {
    AlarmName: alarm.AlarmName,
    AlarmDescription: alarm.AlarmDescription ?? null,
    AlarmArn: alarm.AlarmArn,
    AWSAccountId: account,
    NewStateValue: alarm.StateValue,
    NewStateReason: alarm.StateReason ?? "",
    StateChangeTime: new Date(at).toISOString(),
    OKActions: alarm.OKActions ?? [],
    AlarmActions: alarm.AlarmActions ?? [],
    InsufficientDataActions: alarm.InsufficientDataActions ?? [],
  };
  if ("AlarmRule" in alarm && alarm.AlarmRule !== undefined)
    return parseEvents({ ...common, AlarmRule: alarm.AlarmRule }, at).events;
  const metric = alarm as RawMetricAlarm;
  const Trigger = {
    MetricName: metric.MetricName,
    Namespace: metric.Namespace,
    Statistic: metric.Statistic ?? metric.ExtendedStatistic,
    Unit: metric.Unit,
    Dimensions: (metric.Dimensions ?? []).map(({ Name, Value }) => ({ name: Name, value: Value })),
    Period: metric.Period,
    EvaluationPeriods: metric.EvaluationPeriods,
    DatapointsToAlarm: metric.DatapointsToAlarm,
    ComparisonOperator: metric.ComparisonOperator,
    Threshold: metric.Threshold,
    ThresholdMetricId: metric.ThresholdMetricId,
    TreatMissingData: metric.TreatMissingData,
    ...(metric.Metrics?.length ? { Metrics: metric.Metrics } : {}),
  };
  return parseEvents({ ...common, Trigger }, at).events;
}

/** When an alarm came into its state, ms: other changes of its reason don't count where CloudWatch tells. */
export function changedAt({ StateTransitionedTimestamp, StateUpdatedTimestamp }: DescribedAlarm): number {
  return (StateTransitionedTimestamp ?? StateUpdatedTimestamp)?.getTime() ?? 0;
}
