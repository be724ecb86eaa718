// What EventBridge is told of alarms: changes of state and of configuration, whether actions are enabled or not.
// Members and their order as recorded; of configurations as the user guide's examples have them.
import { createHash } from "node:crypto";
import type { Dimension, MetricDataQuery, MetricStat } from "@aws-sdk/client-cloudwatch";
import { eventBusKey } from "../eventbridge/event-bus.ts";
import type { AlarmRecord, StoredCompositeAlarm, StoredMetricAlarm } from "./alarm-record.ts";
import type { AlarmEvent, AlarmStore } from "./alarm-store.ts";
import { given } from "./common-shapes.ts";
import { alarmTime } from "./history-data.ts";

type StoredAlarm = StoredMetricAlarm | StoredCompositeAlarm;

const OPERATIONS = { Create: "create", Update: "update", Delete: "delete" } as const;

/** Tells the event bus of the alarms' account and region everything that happens to them from now on. */
export function tellEventBus(store: AlarmStore): void {
  const bus = store.cloud.state(eventBusKey, store.account, store.region);
  store.listen((event) => {
    if (!bus.hasListeners) return;
    const { alarm } = event.record;
    bus.send({
      source: "aws.cloudwatch",
      "detail-type":
        event.type === "State" ? "CloudWatch Alarm State Change" : "CloudWatch Alarm Configuration Change",
      resources: [alarm.AlarmArn],
      detail: event.type === "State" ? stateChange(event) : configurationChange(event),
      time: event.now,
    });
  });
}

function stateChange({ record, previous }: Extract<AlarmEvent, { type: "State" }>): unknown {
  const { alarm } = record;
  return {
    alarmName: record.name,
    state: stateOf(alarm),
    previousState: stateOf(previous),
    configuration: isComposite(alarm)
      ? given({ description: alarm.AlarmDescription, ...ruleOf(alarm) })
      : given({ description: alarm.AlarmDescription, metrics: metricsOf(alarm) }),
  };
}

function configurationChange(event: Exclude<AlarmEvent, { type: "State" }>): unknown {
  const { record } = event;
  const { alarm } = record;
  return {
    alarmName: record.name,
    operation: OPERATIONS[event.type],
    state: { value: alarm.StateValue, timestamp: alarmTime(alarm.StateUpdatedTimestamp) },
    configuration: configurationOf(alarm),
    ...(event.type === "Update" && { previousConfiguration: configurationOf(event.previous) }),
  };
}

function stateOf(alarm: StoredAlarm): unknown {
  return given({
    value: alarm.StateValue,
    reason: alarm.StateReason,
    reasonData: alarm.StateReasonData,
    timestamp: alarmTime(alarm.StateUpdatedTimestamp),
    ...(isComposite(alarm)
      ? {
          actionsSuppressedBy: alarm.ActionsSuppressedBy,
          actionsSuppressedReason: alarm.ActionsSuppressedReason,
        }
      : { evaluationState: alarm.EvaluationState }),
  });
}

function configurationOf(alarm: StoredAlarm): unknown {
  const common = {
    alarmName: alarm.AlarmName,
    description: alarm.AlarmDescription,
    actionsEnabled: alarm.ActionsEnabled,
    timestamp: alarmTime(alarm.AlarmConfigurationUpdatedTimestamp),
    okActions: alarm.OKActions,
    alarmActions: alarm.AlarmActions,
    insufficientDataActions: alarm.InsufficientDataActions,
  };
  if (isComposite(alarm)) return given({ ...ruleOf(alarm), ...common });
  return given({
    evaluationPeriods: alarm.EvaluationPeriods,
    datapointsToAlarm: alarm.DatapointsToAlarm,
    threshold: alarm.Threshold,
    thresholdMetricId: alarm.ThresholdMetricId,
    comparisonOperator: alarm.ComparisonOperator,
    treatMissingData: alarm.TreatMissingData,
    evaluateLowSampleCountPercentile: alarm.EvaluateLowSampleCountPercentile,
    metrics: metricsOf(alarm),
    ...common,
  });
}

function ruleOf(alarm: StoredCompositeAlarm) {
  return {
    alarmRule: alarm.AlarmRule,
    actionsSuppressor: alarm.ActionsSuppressor,
    actionsSuppressorWaitPeriod: alarm.ActionsSuppressorWaitPeriod,
    actionsSuppressorExtensionPeriod: alarm.ActionsSuppressorExtensionPeriod,
  };
}

function metricsOf(alarm: StoredMetricAlarm): unknown {
  if (alarm.Metrics) return alarm.Metrics.map(queryInEvent);
  const { Namespace, MetricName, Dimensions, Period, Unit } = alarm;
  const MetricStat = {
    Metric: { Namespace, MetricName, Dimensions },
    Period,
    Stat: alarm.ExtendedStatistic ?? alarm.Statistic,
    Unit,
  };
  return [queryInEvent({ Id: metricId(alarm), MetricStat: MetricStat as MetricStat, ReturnData: true })];
}

function queryInEvent({ Id, MetricStat, Expression, Label, Period, ReturnData }: MetricDataQuery): unknown {
  const { Metric, Stat, Unit } = MetricStat ?? {};
  return given({
    id: Id,
    metricStat:
      MetricStat &&
      given({
        metric: {
          namespace: Metric?.Namespace,
          name: Metric?.MetricName,
          dimensions: dimensionsInEvent(Metric?.Dimensions),
        },
        period: MetricStat.Period,
        stat: Stat,
        unit: Unit,
      }),
    expression: Expression,
    label: Label,
    period: Period,
    returnData: ReturnData,
  });
}

function dimensionsInEvent(dimensions: readonly Dimension[] | undefined): unknown {
  return Object.fromEntries((dimensions ?? []).map(({ Name = "", Value }) => [Name, Value]));
}

/** CloudWatch gives the only metric of an alarm a UUID for an id; here the same alarm always has the same. */
function metricId({ AlarmArn }: StoredMetricAlarm): string {
  const hex = createHash("sha256").update(AlarmArn).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function isComposite(alarm: AlarmRecord["alarm"]): alarm is StoredCompositeAlarm {
  return "AlarmRule" in alarm;
}
