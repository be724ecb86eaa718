import type { NoticeEvent } from "../model/alarm-event.ts";
import { parseArn } from "../model/arn.ts";
import { hashOf } from "../support/canonical-json.ts";
import { type Fields, fieldsOf, member, textIn, timeOf } from "./fields.ts";
import { type NoticeContext, noticeOf } from "./notice-parts.ts";

/** A message of a service that publishes JSON of its own to a topic; anything unknown is told as it is. */
export function noticeFromMessage(
  message: Fields,
  subject: string | undefined,
  context: NoticeContext,
): NoticeEvent {
  if (/^autoscaling:/.test(textIn(message, "Event") ?? "")) return autoScaling(message, context);
  if (textIn(message, "Event Message") !== undefined) return database(message, context);
  return noticeOf(context, {
    source: "other",
    key: keyOf(message, context),
    severity: "warning",
    title: subject ?? titleOf(message) ?? "Message",
    text: JSON.stringify(message, null, 1),
  });
}

/** A message that is plain text: a budget's, or anybody's. */
export function noticeFromText(
  text: string,
  subject: string | undefined,
  context: NoticeContext,
): NoticeEvent {
  const budget = /^Budget Name: *(.+)$/m.exec(text)?.[1]?.trim();
  if (budget !== undefined && /AWS Budget/i.test(text)) return budgetOf(budget, text, subject, context);
  const [line = ""] = text.trim().split(/\r?\n/, 1);
  return noticeOf(context, {
    source: "other",
    key: keyOf(text, context),
    severity: "warning",
    title: subject ?? (line || "Message"),
    text,
  });
}

/** Messages have no id in their text: the delivery's id tells two equal texts apart. */
function keyOf(content: unknown, { origin, at }: NoticeContext): string {
  return `message|${origin.messageId ?? origin.recordId ?? `${hashOf(content, 16)}|${at}`}`;
}

function titleOf(message: Fields): string | undefined {
  return textIn(message, "title", "Title", "subject", "Subject", "name", "Name", "message", "Message");
}

function autoScaling(message: Fields, context: NoticeContext): NoticeEvent {
  const event = textIn(message, "Event") ?? "";
  const group = textIn(message, "AutoScalingGroupName") ?? "?";
  const arn = parseArn(textIn(message, "AutoScalingGroupARN") ?? "");
  const instance = textIn(message, "EC2InstanceId");
  const details = fieldsOf(member(message, "Details"));
  const what = event
    .replace(/^autoscaling:(EC2_INSTANCE_)?/, "")
    .replaceAll("_", " ")
    .toLowerCase();
  return noticeOf(
    {
      ...context,
      account: textIn(message, "AccountId") ?? arn?.account ?? context.account,
      region: arn?.region || context.region,
      at: timeOf(member(message, "Time")) ?? context.at,
    },
    {
      source: "autoscaling",
      key: `autoscaling|${textIn(message, "ActivityId") ?? textIn(message, "RequestId") ?? keyOf(message, context)}|${event}`,
      severity: /ERROR$/.test(event) ? "warning" : "info",
      title: `Auto Scaling ${group}: ${what}`,
      text: textIn(message, "Description", "Cause") ?? event,
      resource: instance ?? group,
      facts: [
        ["Group", group],
        ["Instance", instance],
        ["Zone", textIn(details, "Availability Zone")],
        ["Subnet", textIn(details, "Subnet ID")],
        ["Status", textIn(message, "StatusCode")],
        ["Message", textIn(message, "StatusMessage")],
        ["Cause", textIn(message, "Cause")],
      ],
    },
  );
}

function database(message: Fields, context: NoticeContext): NoticeEvent {
  // RDS writes its keys with spaces, DMS one of them without.
  const id = textIn(message, "Source ID", "SourceId") ?? "?";
  const arn = parseArn(textIn(message, "Source ARN") ?? "");
  const code = /#?([A-Z]+-EVENT-\d+)$/.exec(textIn(message, "Event ID") ?? "")?.[1];
  const text = textIn(message, "Event Message") ?? "";
  return noticeOf(
    {
      ...context,
      account: arn?.account || context.account,
      region: arn?.region || context.region,
      at: timeOf(member(message, "Event Time")) ?? context.at,
    },
    {
      source: "rds",
      key: `rds|${textIn(message, "Source ARN") ?? id}|${code ?? text}|${textIn(message, "Event Time") ?? context.origin.messageId ?? ""}`,
      severity: /fail|error|shutdown|low|crash|exhaust|full/i.test(text) ? "warning" : "info",
      title: `${(textIn(message, "Event Source") ?? "database").replace(/^db-/, "DB ")} ${id}: ${text}`,
      text,
      resource: id,
      facts: [
        ["Source", textIn(message, "Event Source")],
        ["Event", code],
      ],
      link: textIn(message, "Identifier Link"),
    },
  );
}

function budgetOf(
  budget: string,
  text: string,
  subject: string | undefined,
  context: NoticeContext,
): NoticeEvent {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}: *(.+)$`, "m").exec(text)?.[1]?.trim();
  const type = /^\w+$/.exec(field("Alert Type") ?? "")?.[0] ?? "ACTUAL";
  const amount = field(`${type} Amount`);
  const threshold = field("Alert Threshold");
  const account = /^AWS Account (\d{12})$/m.exec(text)?.[1];
  return noticeOf(
    { ...context, account: account ?? context.account },
    {
      source: "budgets",
      key: keyOf(text, context),
      severity: "warning",
      title:
        amount === undefined
          ? (subject ?? `Budget ${budget}`)
          : `Budget ${budget}: ${type.toLowerCase()} ${amount}, alert threshold ${threshold ?? "?"}`,
      text,
      resource: budget,
      facts: [
        ["Budget", budget],
        ["Budgeted", field("Budgeted Amount")],
        ["Alert threshold", threshold],
        [type === "FORECASTED" ? "Forecast" : "Spent", amount],
      ],
      link: /https:\/\/\S*console\S*\/billing\S*/.exec(text)?.[0],
    },
  );
}
