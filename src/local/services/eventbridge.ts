// EventBridge: rules of the default bus with event patterns and SQS targets; alarms tell it what happens to them.
import type {
  PutEventsRequestEntry,
  PutEventsResultEntry,
  PutTargetsRequest,
  Target,
} from "@aws-sdk/client-eventbridge";
import { AwsError } from "../aws-error.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";
import { type EventBus, eventBusKey, type Rule } from "./eventbridge/event-bus.ts";
import { EventPatternError, parseEventPattern } from "./eventbridge/event-pattern.ts";
import { pageByKey } from "./key-paging.ts";

/** Quotas, as published. */
const MAX_TARGETS = 5;
const MAX_RULES = 300;
const MAX_ENTRIES = 10;
const PAGE = 100;

/** Members of a target that are carried out; the others would be ignored silently. */
const TARGET_MEMBERS = ["Id", "Arn", "Input", "RetryPolicy"];

function busOf(name: string | undefined, { cloud, account, region, partition }: RequestContext): EventBus {
  const arn = `arn:${partition}:events:${region}:${account}:event-bus/default`;
  if (name !== undefined && name !== "default" && name !== arn)
    throw new AwsError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
  return cloud.state(eventBusKey, account, region);
}

function ruleOf(
  input: { readonly EventBusName?: string | undefined },
  name: string | undefined,
  context: RequestContext,
): Rule {
  const rule = busOf(input.EventBusName, context).rules.get(name ?? "");
  if (!rule)
    throw new AwsError("ResourceNotFoundException", `Rule ${name} does not exist on EventBus default.`);
  return rule;
}

function taggedRule(arn: string | undefined, context: RequestContext): Rule {
  const bus = busOf(undefined, context);
  const rule = bus.rules.get((arn ?? "").split(":rule/")[1] ?? "");
  if (!rule || rule.arn !== arn)
    throw new AwsError("ResourceNotFoundException", `Rule ${arn} does not exist on EventBus default.`);
  return rule;
}

const shown = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventPattern: rule.patternText,
  State: rule.enabled ? ("ENABLED" as const) : ("DISABLED" as const),
  ...(rule.description !== undefined && { Description: rule.description }),
  ...(rule.roleArn !== undefined && { RoleArn: rule.roleArn }),
  EventBusName: "default",
});

/** A page of a listing, in EventBridge's form. `binding`: what was asked for. Source: EventBridge API, ListRules (InvalidToken). */
function pageOf<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  {
    NextToken: token,
    Limit: size = PAGE,
  }: { readonly NextToken?: string | undefined; readonly Limit?: number | undefined },
  binding: unknown,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const { items, next } = pageByKey(
    all,
    keyOf,
    { size, token, binding },
    () => new AwsError("InvalidToken", "The pagination token isn't valid.", 400),
  );
  return next === undefined ? { items } : { items, NextToken: next };
}

function checkTarget(target: Target): void {
  const { Id = "", Arn = "" } = target;
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(Id))
    throw new AwsError(
      "ValidationException",
      `Parameter ${Id} is not valid. Reason: Provided Id is not in correct format.`,
    );
  if (!/^arn:[^:]+:[^:]+:/.test(Arn))
    throw new AwsError(
      "ValidationException",
      `Parameter ${Arn} is not valid. Reason: Provided Arn is not in correct format.`,
    );
  if (!/^arn:[^:]+:sqs:[^:]+:\d{12}:[\w-]+$/.test(Arn))
    throw new AwsError(
      "NotImplemented",
      `Targets other than standard SQS queues are not implemented: ${Arn}`,
      501,
    );
  const given = Object.entries(target).filter(([, value]) => value !== undefined);
  const other = given.map(([name]) => name).find((name) => !TARGET_MEMBERS.includes(name));
  if (other !== undefined)
    throw new AwsError("NotImplemented", `${other} of targets is not implemented by the local cloud.`, 501);
}

function checkTargets({ Targets = [] }: PutTargetsRequest, rule: Rule): void {
  if (Targets.length === 0)
    throw new AwsError(
      "ValidationException",
      "1 validation error detected: Value '[]' at 'targets' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  for (const target of Targets) checkTarget(target);
  const ids = new Set([...rule.targets.keys(), ...Targets.map(({ Id = "" }) => Id)]);
  if (ids.size > MAX_TARGETS)
    throw new AwsError(
      "LimitExceededException",
      "The requested resource exceeds the maximum number allowed.",
    );
}

function putEvent(
  bus: EventBus,
  entry: PutEventsRequestEntry,
  context: RequestContext,
): PutEventsResultEntry {
  const { Source, DetailType, Detail, Resources, Time } = entry;
  for (const [name, value] of Object.entries({ Source, DetailType, Detail }))
    if (value === undefined || value === "")
      return {
        ErrorCode: "InvalidArgument",
        ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
      };
  if (Source?.startsWith("aws."))
    return { ErrorCode: "NotAuthorizedForSourceException", ErrorMessage: "Not authorized for the source." };
  const detail = jsonObject(Detail as string);
  if (!detail) return { ErrorCode: "MalformedDetail", ErrorMessage: "Detail is malformed." };
  busOf(entry.EventBusName, context);
  const event = {
    source: Source as string,
    "detail-type": DetailType as string,
    resources: Resources ?? [],
    detail,
    time: Time ?? context.now,
  };
  return { EventId: bus.send(event) };
}

function jsonObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const handlers: Handlers<typeof import("@aws-sdk/client-eventbridge")> = {
  PutRule(input, context) {
    const bus = busOf(input.EventBusName, context);
    const name = input.Name ?? "";
    if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(name))
      throw new AwsError(
        "ValidationException",
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
      );
    if (input.ScheduleExpression)
      throw new AwsError("NotImplemented", "Schedules are not implemented by the local cloud.", 501);
    if (!input.EventPattern)
      throw new AwsError(
        "ValidationException",
        "Parameter(s) EventPattern or ScheduleExpression must be specified.",
      );
    if (input.State !== undefined && input.State !== "ENABLED" && input.State !== "DISABLED")
      throw new AwsError("NotImplemented", `Rules in the state ${input.State} are not implemented.`, 501);
    const settings = {
      description: input.Description,
      roleArn: input.RoleArn,
      patternText: input.EventPattern,
      matches: patternOf(input.EventPattern),
      enabled: input.State !== "DISABLED",
    };
    const existing = bus.rules.get(name);
    if (existing) Object.assign(existing, settings);
    else {
      if (bus.rules.size >= MAX_RULES)
        throw new AwsError(
          "LimitExceededException",
          "The requested resource exceeds the maximum number allowed.",
        );
      const tags = new Map((input.Tags ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
      bus.rules.set(name, { name, arn: bus.arnOf(name), targets: new Map(), tags, ...settings });
    }
    return { RuleArn: bus.arnOf(name) };
  },
  DescribeRule: (input, context) => shown(ruleOf(input, input.Name, context)),
  ListRules(input, context) {
    const { rules } = busOf(input.EventBusName, context);
    const wanted = [...rules.values()].filter(({ name }) => name.startsWith(input.NamePrefix ?? ""));
    const { items, ...page } = pageOf(wanted, ({ name }) => name, input, ["ListRules", input.NamePrefix]);
    return { Rules: items.map(shown), ...page };
  },
  EnableRule(input, context) {
    ruleOf(input, input.Name, context).enabled = true;
    return {};
  },
  DisableRule(input, context) {
    ruleOf(input, input.Name, context).enabled = false;
    return {};
  },
  DeleteRule(input, context) {
    const { rules } = busOf(input.EventBusName, context);
    const rule = rules.get(input.Name ?? "");
    if (rule && rule.targets.size > 0)
      throw new AwsError("ValidationException", "Rule can't be deleted since it has targets.");
    rules.delete(input.Name ?? "");
    return {};
  },
  PutTargets(input, context) {
    const rule = ruleOf(input, input.Rule, context);
    checkTargets(input, rule);
    for (const { Id = "", Arn = "", Input } of input.Targets ?? []) rule.targets.set(Id, { Id, Arn, Input });
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  RemoveTargets(input, context) {
    const rule = ruleOf(input, input.Rule, context);
    for (const id of input.Ids ?? []) rule.targets.delete(id);
    return { FailedEntryCount: 0, FailedEntries: [] };
  },
  ListTargetsByRule(input, context) {
    const targets = [...ruleOf(input, input.Rule, context).targets.values()];
    const { items, ...page } = pageOf(targets, ({ Id }) => Id, input, ["ListTargetsByRule", input.Rule]);
    return { Targets: [...items], ...page };
  },
  PutEvents(input, context) {
    const entries = input.Entries ?? [];
    if (entries.length === 0 || entries.length > MAX_ENTRIES)
      throw new AwsError(
        "ValidationException",
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length from 1 to ${MAX_ENTRIES}, not ${entries.length}`,
      );
    if (input.EndpointId !== undefined)
      throw new AwsError("NotImplemented", "Global endpoints are not implemented by the local cloud.", 501);
    const bus = busOf(undefined, context);
    const Entries = entries.map((entry) => putEvent(bus, entry, context));
    return { Entries, FailedEntryCount: Entries.filter(({ ErrorCode }) => ErrorCode !== undefined).length };
  },
  TagResource(input, context) {
    const { tags } = taggedRule(input.ResourceARN, context);
    for (const { Key = "", Value = "" } of input.Tags ?? []) tags.set(Key, Value);
    return {};
  },
  UntagResource(input, context) {
    const { tags } = taggedRule(input.ResourceARN, context);
    for (const key of input.TagKeys ?? []) tags.delete(key);
    return {};
  },
  ListTagsForResource(input, context) {
    const { tags } = taggedRule(input.ResourceARN, context);
    return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
  },
};

function patternOf(text: string): Rule["matches"] {
  try {
    return parseEventPattern(text);
  } catch (error) {
    if (error instanceof EventPatternError) throw new AwsError("InvalidEventPatternException", error.message);
    throw error;
  }
}

/** Amazon EventBridge. */
export const eventbridge: LocalService = {
  sdk: "@aws-sdk/client-eventbridge",
  signingName: "events",
  target: "AWSEvents",
  version: "2015-10-07",
  xmlNamespace: "http://events.amazonaws.com/doc/2015-10-07/",
  defaultProtocol: "awsJson1_1",
  handlers,
};
