import type { AlarmStateChange, EventOrigin } from "../model/alarm-event.ts";
import { parseArn } from "../model/arn.ts";
import {
  alarmKindOf,
  childrenOf,
  descriptionOf,
  queryOf,
  reasonOf,
  stateOf,
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
import { measuredFromData, measuredFromReason, operatorFromReason } from "./measured.ts";

/** Whether this is what an alarm's Lambda action is called with. */
export function isAlarmAction(fields: Fields): boolean {
  return textIn(fields, "alarmArn") !== undefined && fieldsOf(member(fields, "alarmData")) !== undefined;
}

/** Whether this is EventBridge's event of an alarm or contributor that changed its state. */
export function isAlarmStateChange(fields: Fields): boolean {
  return /^CloudWatch Alarm (Contributor )?State Change$/.test(textIn(fields, "detail-type") ?? "");
}

/** A Lambda alarm action or an EventBridge event. Undefined when the state is none that CloudWatch has. */
export function alarmFromEvent(
  fields: Fields,
  origin: EventOrigin,
  receivedAt: number,
): AlarmStateChange | undefined {
  const detail = fieldsOf(member(fields, "alarmData") ?? member(fields, "detail"));
  const now = fieldsOf(member(detail, "state"));
  const state = stateOf(member(now, "value"));
  if (state === undefined) return undefined;
  const alarmName = textIn(detail, "alarmName") ?? "";
  const [resource] = listOf(member(fields, "resources"));
  const alarmArn =
    textIn(fields, "alarmArn") ??
    (typeof resource === "string" ? resource : `arn:aws:cloudwatch:::alarm:${alarmName}`);
  const arn = parseArn(alarmArn);
  const configuration = fieldsOf(member(detail, "configuration"));
  const reason = reasonOf(member(now, "reason"));
  const data = fieldsIn(now, "reasonData");
  const at = timeOf(member(now, "timestamp")) ?? timeOf(member(fields, "time")) ?? receivedAt;
  const measured = measuredFromData(data) ?? measuredFromReason(reason);
  const alarmRule = textIn(configuration, "alarmRule");
  const contributor = contributorOf(fieldsOf(member(detail, "alarmContributor")));
  const queries = listOf(member(configuration, "metrics")).flatMap((entry) => queryOf(entry) ?? []);
  const trigger =
    queries.length === 0
      ? undefined
      : triggerFromQueries(
          queries,
          compact({
            // Events say neither threshold nor comparison: the reason does.
            threshold: measured?.threshold ?? numberIn(configuration, "threshold"),
            comparisonOperator: textIn(configuration, "comparisonOperator") ?? operatorFromReason(reason),
            evaluationPeriods: numberIn(configuration, "evaluationPeriods"),
            datapointsToAlarm: numberIn(configuration, "datapointsToAlarm"),
            unit: measured?.unit,
            thresholdMetricId: queries.find((query) => /ANOMALY_DETECTION_BAND/.test(query.expression ?? ""))
              ?.id,
          }),
        );
  return compact({
    kind: "alarm" as const,
    key: alarmEventKey(alarmArn, contributor?.id, at),
    origin,
    account: textIn(fields, "accountId", "account") ?? arn?.account ?? "",
    region: arn?.region || textIn(fields, "region") || "",
    at,
    alarmKind: alarmKindOf(trigger, {
      rule: alarmRule !== undefined,
      contributor: contributor !== undefined,
      type: textIn(detail, "alarmType") ?? textIn(configuration, "alarmType"),
    }),
    alarmArn,
    alarmName,
    ...descriptionOf(member(configuration, "description")),
    state,
    previousState: stateOf(member(fieldsOf(member(detail, "previousState")), "value")),
    reason,
    trigger,
    measured,
    contributor,
    alarmRule,
    children: childrenOf(member(data, "triggeringAlarms")),
    suppressed: suppressionOf(now, detail),
    afterMuteWindow: member(detail, "actionExecutedAfterMuteWindow") === true,
    tags: tagsOf(member(detail, "alarmTags") ?? member(fields, "alarmTags") ?? member(configuration, "tags")),
    alarmActions: [],
  });
}

function contributorOf(fields: Fields | undefined): AlarmStateChange["contributor"] {
  const id = textIn(fields, "id");
  return id === undefined ? undefined : { id, attributes: tagsOf(member(fields, "attributes")) };
}

/** Events are sent while a suppressor or a mute rule holds the actions back: they say so. */
function suppressionOf(
  state: Fields | undefined,
  detail: Fields | undefined,
): AlarmStateChange["suppressed"] {
  const by = textIn(state, "actionsSuppressedBy");
  if (by !== undefined) return { by, reason: textIn(state, "actionsSuppressedReason") ?? "" };
  const mute = fieldsOf(member(state, "muteDetail") ?? member(detail, "muteDetail"));
  const rule = textIn(mute, "mutedByArn");
  if (rule === undefined) return undefined;
  const until = timeOf(member(mute, "muteWindowEnd"));
  const name = parseArn(rule)?.resource.replace(/^[^:]*:/, "") ?? rule;
  return { by: "mute rule", reason: `muted by rule ${name}`, ...compact({ until }) };
}
