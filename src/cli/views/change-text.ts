import { type DescribableAlarm, describeCondition } from "../../model/describe-alarm.ts";
import { formatDuration } from "../../model/duration.ts";
import { formatValue } from "../../model/metric-value.ts";
import type { Change, FieldChange } from "../../plan/plan.ts";

/** What a change does to its alarm, topic or queue, in one line: new conditions, and fields with what was and what comes. */
export function changeText(change: Change): string {
  if (change.action === "create" && change.scope.type === "cloudwatch.alarm")
    return describeCondition(change.after as DescribableAlarm);
  if (change.action === "create") return change.reason.text;
  const written = change.action === "update" || change.action === "delete" || change.action === "mark";
  return change.fields.flatMap((field) => fieldText(field, change, written) ?? []).join(", ");
}

/**
 * A field with both its values, or with the one that stays. Where the alarm is written anyway, what people tuned is told with the value
 * that it is kept from; elsewhere the change's reason says that.
 */
function fieldText(field: FieldChange, change: Change, written: boolean): string | undefined {
  if (field.field === "managedPolicies") return policiesText(field);
  const name = words(field.field);
  const live = valueText(field.live, field, change);
  switch (field.verdict) {
    case "mark":
      return undefined;
    case "keep":
    case "conflict":
      return `${name} ${live} kept${written ? ` (configuration: ${valueText(field.desired, field, change)})` : ""}`;
    case "update":
    case "restore":
      return written ? `${name} ${live} -> ${valueText(field.desired, field, change)}` : undefined;
  }
}

/** Policies that come and go: `+ CloudWatchAgentServerPolicy`. */
function policiesText({ live, desired }: FieldChange): string {
  const [before, after] = [live, desired].map((list) => (Array.isArray(list) ? list.map(String) : []));
  const told = (sign: string, some: readonly string[] = [], others: readonly string[] = []) =>
    some.filter((arn) => !others.includes(arn)).map((arn) => `${sign} ${shortArn(arn)}`);
  return [...told("+", after, before), ...told("-", before, after)].join(", ");
}

/** The name at the end of an ARN of IAM. */
function shortArn(arn: string): string {
  return arn.replace(/^arn:[^:]*:iam::[^:]*:(?:policy|instance-profile)\//, "");
}

function valueText(value: unknown, field: FieldChange, change: Change): string {
  if (value === undefined || value === null || value === "") return "none";
  const alarm = (change.after ?? change.before) as DescribableAlarm | undefined;
  if (field.field === "threshold" && typeof value === "number")
    return formatValue(value, alarm?.metricName ?? "", alarm?.unit);
  if (field.field === "period" && typeof value === "number") return formatDuration(value);
  if (field.field === "topics" && Array.isArray(value)) return String(value.length);
  if (/[aA]ctions$/.test(field.field) && Array.isArray(value))
    return value.length === 0 ? "none" : value.map((arn) => String(arn).split(":").at(-1)).join("+");
  if (typeof value === "object") return JSON.stringify(value);
  return shortArn(String(value)).replace(/\s+/g, " ");
}

/** `datapointsToAlarm` as people write it. */
function words(field: string): string {
  return field.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
}
