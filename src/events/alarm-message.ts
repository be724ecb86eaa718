import type { AlarmStateChange, AlarmTrigger, EventOrigin } from "../model/alarm-event.ts";
import { formatArn, parseArn } from "../model/arn.ts";
import { partitionOf } from "../model/partition.ts";
import {
  alarmKindOf,
  childrenOf,
  descriptionOf,
  dimensionsOf,
  queryOf,
  reasonOf,
  stateOf,
  statisticOf,
  tagsOf,
  triggerFromQueries,
} from "./alarm-parts.ts";
import { alarmEventKey } from "./event-key.ts";
import {
  compact,
  type Fields,
  fieldsIn,
  fieldsOf,
  listOf,
  member,
  numberIn,
  textIn,
  timeOf,
} from "./fields.ts";
import { measuredFromReason } from "./measured.ts";

/** Whether this is the JSON that CloudWatch publishes to SNS topics. */
export function isAlarmMessage(fields: Fields): boolean {
  return textIn(fields, "AlarmName") !== undefined && member(fields, "NewStateValue") !== undefined;
}

/** What SNS topics get from an alarm. Undefined when the state is none that CloudWatch has. */
export function alarmFromMessage(
  fields: Fields,
  origin: EventOrigin,
  receivedAt: number,
): AlarmStateChange | undefined {
  const state = stateOf(member(fields, "NewStateValue"));
  if (state === undefined) return undefined;
  const alarmName = textIn(fields, "AlarmName") ?? "";
  const alarmArn = textIn(fields, "AlarmArn") ?? arnFor(alarmName, fields, origin);
  const arn = parseArn(alarmArn);
  const reason = reasonOf(member(fields, "NewStateReason"));
  const at = timeOf(member(fields, "StateChangeTime")) ?? receivedAt;
  const trigger = triggerOf(fieldsIn(fields, "Trigger"));
  const contributorId = textIn(fields, "AlarmContributorId");
  const alarmRule = textIn(fields, "AlarmRule");
  const suppressedBy = textIn(fields, "ActionsSuppressedBy");
  const noData = member(fields, "InsufficientDataActions");
  return compact({
    kind: "alarm" as const,
    key: alarmEventKey(alarmArn, contributorId, at),
    origin,
    account: textIn(fields, "AWSAccountId") ?? arn?.account ?? "",
    // The message's own Region is a display name: "EU (Ireland)".
    region: arn?.region ?? "",
    at,
    alarmKind: alarmKindOf(trigger, {
      rule: alarmRule !== undefined,
      contributor: contributorId !== undefined,
      type: textIn(fields, "AlarmType"),
    }),
    alarmArn,
    alarmName,
    ...descriptionOf(member(fields, "AlarmDescription")),
    state,
    previousState: stateOf(member(fields, "OldStateValue")),
    reason,
    trigger,
    measured: measuredFromReason(reason),
    contributor:
      contributorId === undefined
        ? undefined
        : { id: contributorId, attributes: tagsOf(member(fields, "AlarmContributorAttributes")) },
    alarmRule,
    children: childrenOf(member(fields, "TriggeringChildren")),
    suppressed:
      suppressedBy === undefined
        ? undefined
        : { by: suppressedBy, reason: textIn(fields, "ActionsSuppressedReason") ?? "" },
    afterMuteWindow: member(fields, "ActionExecutedAfterMuteWindow") === true,
    tags: tagsOf(member(fields, "AlarmTags") ?? member(fields, "alarmTags") ?? member(fields, "Tags")),
    tellsNoData: Array.isArray(noData) ? noData.length > 0 : undefined,
    alarmActions: listOf(member(fields, "AlarmActions")).filter((item) => typeof item === "string"),
  });
}

/** Messages of old had no AlarmArn: an alarm and the topic it publishes to are in one region. */
function arnFor(name: string, fields: Fields, origin: EventOrigin): string {
  const topic = parseArn(origin.topicArn ?? "");
  const region = topic?.region ?? "";
  return formatArn({
    partition: topic?.partition ?? partitionOf(region),
    service: "cloudwatch",
    region,
    account: textIn(fields, "AWSAccountId") ?? topic?.account ?? "",
    resource: `alarm:${name}`,
  });
}

function triggerOf(fields: Fields | undefined): AlarmTrigger | undefined {
  if (!fields) return undefined;
  const rest = {
    period: numberIn(fields, "Period"),
    evaluationPeriods: numberIn(fields, "EvaluationPeriods"),
    datapointsToAlarm: numberIn(fields, "DatapointsToAlarm"),
    comparisonOperator: textIn(fields, "ComparisonOperator"),
    threshold: numberIn(fields, "Threshold"),
    thresholdMetricId: textIn(fields, "ThresholdMetricId"),
    // Older messages: "- TreatMissingData:    missing".
    treatMissingData: textIn(fields, "TreatMissingData")?.replace(/^- TreatMissingData:\s*/, ""),
  };
  const queries = listOf(member(fields, "Metrics")).flatMap((entry) => queryOf(fieldsOf(entry)) ?? []);
  if (queries.length > 0) return triggerFromQueries(queries, compact(rest));
  return compact({
    namespace: textIn(fields, "Namespace"),
    metricName: textIn(fields, "MetricName"),
    statistic: statisticOf(textIn(fields, "Statistic", "ExtendedStatistic")),
    unit: textIn(fields, "Unit"),
    ...rest,
    dimensions: dimensionsOf(member(fields, "Dimensions")),
  });
}
