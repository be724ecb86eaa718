import type { NoticeEvent } from "../model/alarm-event.ts";
import { hashOf } from "../support/canonical-json.ts";
import { type Fields, fieldsOf, listOf, member, numberIn, textIn } from "./fields.ts";
import { type NoticeContext, noticeOf } from "./notice-parts.ts";

/** Whether this is EventBridge's envelope around an event. */
export function isEventBridgeEvent(fields: Fields): boolean {
  return textIn(fields, "detail-type") !== undefined && fieldsOf(member(fields, "detail")) !== undefined;
}

type Reader = (detail: Fields, event: Fields, context: NoticeContext) => NoticeEvent;

/** EventBridge events with words of their own, by `detail-type`. */
const READERS: Readonly<Record<string, Reader>> = {
  "AWS Health Event": health,
  "GuardDuty Finding": guardDuty,
  "CodePipeline Pipeline Execution State Change": codePipeline,
  "CloudWatch Alarm Configuration Change": alarmConfiguration,
};

/** Any EventBridge event that isn't an alarm's change of state. */
export function noticeFromEvent(event: Fields, context: NoticeContext): NoticeEvent {
  const detail = fieldsOf(member(event, "detail")) ?? {};
  const type = textIn(event, "detail-type") ?? "";
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined;
  return read ? read(detail, event, context) : anyEvent(detail, event, context);
}

const HEALTH_SEVERITY: Readonly<Record<string, NoticeEvent["severity"]>> = {
  issue: "critical",
  investigation: "critical",
  scheduledChange: "warning",
  accountNotification: "info",
};

function health(detail: Fields, event: Fields, context: NoticeContext): NoticeEvent {
  const category = textIn(detail, "eventTypeCategory") ?? "";
  const code = textIn(detail, "eventTypeCode") ?? "AWS Health event";
  const status = textIn(detail, "statusCode");
  const closed = status === "closed";
  const descriptions = listOf(member(detail, "eventDescription")).map(fieldsOf);
  const english = descriptions.find((entry) => textIn(entry, "language")?.startsWith("en"));
  const affected = listOf(member(detail, "affectedEntities"))
    .map((entry) => textIn(fieldsOf(entry), "entityValue"))
    .filter((value) => value !== undefined);
  const service = textIn(detail, "service") ?? "AWS";
  const arn = textIn(detail, "eventArn") ?? textIn(event, "id") ?? "";
  return noticeOf(context, {
    source: "health",
    key: `health|${arn}|${hashOf([status, member(detail, "eventDescription"), affected], 16)}`,
    severity: closed
      ? "info"
      : Object.hasOwn(HEALTH_SEVERITY, category)
        ? (HEALTH_SEVERITY[category] ?? "warning")
        : "warning",
    title: `AWS Health${closed ? " (closed)" : ""}: ${code.replace(/^AWS_/, "").replaceAll("_", " ").toLowerCase()}`,
    text: textIn(english ?? descriptions[0], "latestDescription") ?? code,
    resource: affected[0],
    facts: [
      ["Service", service],
      ["Category", category],
      ["Event", code],
      ["Status", status],
      ["Starts", textIn(detail, "startTime")],
      ["Ends", textIn(detail, "endTime")],
      ["Affected", affected.join(", ")],
    ],
  });
}

function guardDuty(detail: Fields, event: Fields, context: NoticeContext): NoticeEvent {
  const severity = numberIn(detail, "severity") ?? 0;
  const service = fieldsOf(member(detail, "service"));
  const resource = fieldsOf(member(detail, "resource"));
  const id = textIn(detail, "id") ?? textIn(event, "id") ?? "";
  // GuardDuty's own bands: 7.0 and above high, 4.0 and above medium. A repeated finding comes again with a higher count.
  return noticeOf(context, {
    source: "guardduty",
    key: `guardduty|${context.region}|${id}`,
    severity: severity >= 7 ? "critical" : severity >= 4 ? "warning" : "info",
    title: `GuardDuty: ${textIn(detail, "title") ?? textIn(detail, "type") ?? "finding"}`,
    text: textIn(detail, "description") ?? "",
    resource: resourceOfFinding(resource),
    facts: [
      ["Type", textIn(detail, "type")],
      ["Severity", `${severity} of 10`],
      ["Resource", textIn(resource, "resourceType")],
      ["Seen", countText(numberIn(service, "count"))],
      ["First seen", textIn(service, "eventFirstSeen")],
      ["Last seen", textIn(service, "eventLastSeen")],
    ],
  });
}

function resourceOfFinding(resource: Fields | undefined): string | undefined {
  const instance = textIn(fieldsOf(member(resource, "instanceDetails")), "instanceId");
  const key = textIn(fieldsOf(member(resource, "accessKeyDetails")), "userName", "principalId");
  const bucket = textIn(fieldsOf(listOf(member(resource, "s3BucketDetails"))[0]), "name");
  return instance ?? bucket ?? key;
}

const countText = (count: number | undefined): string | undefined =>
  count === undefined ? undefined : count === 1 ? "once" : `${count} times`;

const PIPELINE_SEVERITY: Readonly<Record<string, NoticeEvent["severity"]>> = {
  FAILED: "warning",
  CANCELED: "info",
  STOPPED: "info",
  SUCCEEDED: "info",
};

function codePipeline(detail: Fields, event: Fields, context: NoticeContext): NoticeEvent {
  const pipeline = textIn(detail, "pipeline") ?? "?";
  const state = textIn(detail, "state") ?? "?";
  const execution = textIn(detail, "execution-id");
  return noticeOf(context, {
    source: "codepipeline",
    key: `codepipeline|${context.region}|${pipeline}|${execution ?? textIn(event, "id") ?? ""}|${state}`,
    severity: Object.hasOwn(PIPELINE_SEVERITY, state) ? (PIPELINE_SEVERITY[state] ?? "info") : "info",
    title: `Pipeline ${pipeline}: ${state.toLowerCase()}`,
    text: `Execution ${execution ?? "?"} of pipeline ${pipeline} is ${state}.`,
    resource: pipeline,
    facts: [
      ["Pipeline", pipeline],
      ["State", state],
      ["Execution", execution],
    ],
  });
}

function alarmConfiguration(detail: Fields, event: Fields, context: NoticeContext): NoticeEvent {
  const name = textIn(detail, "alarmName") ?? "?";
  const operation = textIn(detail, "operation") ?? "change";
  return noticeOf(context, {
    source: "alarm-configuration",
    key: `alarm-configuration|${textIn(event, "id") ?? `${name}|${context.at}`}`,
    severity: "info",
    title: `Alarm ${name}: ${operation.replace(/e?$/, "ed")}`,
    text: `The configuration of alarm ${name} was changed: ${operation}.`,
    resource: name,
  });
}

function anyEvent(detail: Fields, event: Fields, context: NoticeContext): NoticeEvent {
  const resources = listOf(member(event, "resources")).filter((entry) => typeof entry === "string");
  return noticeOf(context, {
    source: "other",
    key: `event|${textIn(event, "id") ?? hashOf(event, 16)}`,
    severity: "warning",
    title: textIn(event, "detail-type") ?? "Event",
    text: JSON.stringify(detail, null, 1),
    resource: resources[0],
    facts: [
      ["Source", textIn(event, "source")],
      ["Resources", resources.join(", ")],
    ],
  });
}
