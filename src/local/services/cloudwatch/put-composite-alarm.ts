import type { PutCompositeAlarmInput } from "@aws-sdk/client-cloudwatch";
import { COMPOSITE_LIMITS, compositeRuleProblems } from "../../../engine/composite-graph.ts";
import {
  alarmNameOf,
  type CompositeRule,
  parseCompositeRule,
  referencedAlarms,
} from "../../../engine/composite-rule.ts";
import { SourceError } from "../../../engine/source-error.ts";
import { parseArn } from "../../../model/arn.ts";
import { checkActions } from "./alarm-actions.ts";
import {
  type CompositeAlarmRecord,
  initialState,
  type StatePart,
  type StoredCompositeAlarm,
  statePartOf,
} from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";
import {
  CONTROL_CHARACTERS,
  checkActionConfiguration,
  checkTags,
  constrainActionConfiguration,
  constrainTags,
  given,
} from "./common-shapes.ts";
import { Constraints } from "./constraints.ts";
import { validationError } from "./errors.ts";
import { noteConfiguration } from "./history-data.ts";
import { tagMap } from "./put-metric-alarm.ts";

/**
 * Creates or wholly overwrites a composite alarm. Its children must exist; cycles are accepted, as CloudWatch accepts them.
 * Fails with `ValidationException`; the messages about rules and children were recorded from CloudWatch.
 */
export function putCompositeAlarm(store: AlarmStore, input: PutCompositeAlarmInput, now: Date): void {
  constrain(input);
  const name = input.AlarmName as string;
  if (CONTROL_CHARACTERS.test(name))
    throw validationError("AlarmName must not contain ASCII control characters");
  const rule = parseRule(input.AlarmRule);
  const existing = store.get(name);
  if (existing?.kind === "MetricAlarm")
    throw validationError(`A metric alarm named ${name} already exists; alarm names are unique in a Region`);
  const children = referencedAlarms(rule).map((reference) => localName(reference, store));
  checkChildren(store, name, children);
  const suppressor = checkSuppressor(store, input);
  checkActionConfiguration(input.ActionConfiguration);
  checkTags(input.Tags, validationError);
  const { OKActions = [], AlarmActions = [], InsufficientDataActions = [] } = input;
  checkActions(
    { OKActions, AlarmActions, InsufficientDataActions },
    { dimensions: undefined, scales: false, composite: true },
    store,
  );
  const links = { rule, children, suppressor };
  if (existing) update(store, existing, input, links, now);
  else create(store, input, links, now);
}

/** What a composite alarm refers to. */
type CompositeLinks = Pick<CompositeAlarmRecord, "rule" | "children" | "suppressor">;

function constrain(input: PutCompositeAlarmInput): void {
  const constraints = new Constraints()
    .required("alarmName", input.AlarmName)
    .length("alarmName", input.AlarmName, 1, 255)
    .length("alarmDescription", input.AlarmDescription, 0, 1024)
    .length("alarmRule", input.AlarmRule, 1, COMPOSITE_LIMITS.characters)
    .length("oKActions", input.OKActions, 0, 5)
    .length("alarmActions", input.AlarmActions, 0, 5)
    .length("insufficientDataActions", input.InsufficientDataActions, 0, 5)
    .length("actionsSuppressor", input.ActionsSuppressor, 1, 1600);
  constrainTags(constraints, "tags", input.Tags);
  constrainActionConfiguration(constraints, input.ActionConfiguration);
  constraints.check();
}

function parseRule(text: string | undefined): CompositeRule {
  if (text === undefined || text !== text.trim())
    throw validationError("AlarmRule must not contain leading or trailing whitespace or be null");
  let rule: CompositeRule;
  try {
    rule = parseCompositeRule(text);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const token = /^(?:\w+|"[^"]*"?|\S)/.exec(text.slice(error.offset))?.[0] ?? "<EOF>";
    throw validationError(`Error in AlarmRule [Unsupported token '${token}' at char ${error.offset}]`);
  }
  const problem = compositeRuleProblems(text)[0];
  if (problem) throw validationError(`Error in AlarmRule [${problem.message}]`);
  return rule;
}

/** The name behind a reference; alarms of other accounts and Regions can't be children. */
function localName(reference: string, store: AlarmStore): string {
  const name = alarmNameOf(reference);
  const arn = name === reference ? undefined : parseArn(reference);
  if (arn && reference !== store.arnOf(name))
    throw validationError(`Alarms in an alarm rule must be of the same account and Region: ${reference}`);
  return name;
}

function checkChildren(store: AlarmStore, name: string, children: readonly string[]): void {
  const absent = children.filter((child) => child !== name && !store.get(child));
  if (absent.length > 0)
    throw validationError(
      `Could not save the composite alarm as alarms [${absent.join(", ")}] in the alarm rule do not exist`,
    );
  if (children.includes(name) && !store.get(name))
    throw validationError(
      `Could not save the composite alarm as alarms [${name}] in the alarm rule do not exist`,
    );
  for (const child of children) {
    const parents = store.parentsOf(child).filter((parent) => parent !== name);
    if (parents.length >= COMPOSITE_LIMITS.parentsOfAlarm)
      throw validationError(
        `The alarm ${child} is already in ${parents.length} composite alarms; the limit is ${COMPOSITE_LIMITS.parentsOfAlarm}`,
      );
  }
}

/** The suppressor's name, when there is one. Both of its periods are needed with it, and nothing without it. */
function checkSuppressor(store: AlarmStore, input: PutCompositeAlarmInput): string | undefined {
  const { ActionsSuppressor, ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod } = input;
  const periods = { ActionsSuppressorWaitPeriod, ActionsSuppressorExtensionPeriod };
  for (const [name, seconds] of Object.entries(periods)) {
    if (ActionsSuppressor !== undefined && seconds === undefined)
      throw validationError(`${name} must be set if ActionsSuppressor is set`);
    if (ActionsSuppressor === undefined && seconds !== undefined)
      throw validationError(`${name} should only be set if ActionsSuppressor is set`);
    if (seconds !== undefined && !(Number.isInteger(seconds) && seconds >= 0))
      throw validationError(`${name} must be a whole number of seconds, not ${seconds}`);
  }
  if (ActionsSuppressor === undefined) return undefined;
  const suppressor = localName(ActionsSuppressor, store);
  if (!store.get(suppressor))
    throw validationError(
      `Could not save the composite alarm as the ActionsSuppressor ${suppressor} does not exist`,
    );
  return suppressor;
}

function create(store: AlarmStore, input: PutCompositeAlarmInput, links: CompositeLinks, now: Date): void {
  const alarm = stored(store, input, now, initialState(now));
  const name = alarm.AlarmName;
  const record: CompositeAlarmRecord = {
    kind: "CompositeAlarm",
    name,
    alarm,
    ...links,
    tags: tagMap(input.Tags),
  };
  store.add(record);
  noteConfiguration(store, record, now, { type: "Create" });
}

function update(
  store: AlarmStore,
  record: CompositeAlarmRecord,
  input: PutCompositeAlarmInput,
  links: CompositeLinks,
  now: Date,
): void {
  const previous = record.alarm;
  store.replace(record, stored(store, input, now, statePartOf(previous)));
  store.relink(record, links);
  noteConfiguration(store, record, now, { type: "Update", previous });
}

function stored(
  store: AlarmStore,
  input: PutCompositeAlarmInput,
  now: Date,
  state: StatePart<StoredCompositeAlarm>,
): StoredCompositeAlarm {
  const { Tags: _, AlarmName: name = "", AlarmRule = "", ...settings } = input;
  return given({
    ...settings,
    ...state,
    AlarmName: name,
    AlarmRule,
    AlarmArn: store.arnOf(name),
    AlarmConfigurationUpdatedTimestamp: now,
    ActionsEnabled: input.ActionsEnabled ?? true,
    OKActions: input.OKActions ?? [],
    AlarmActions: input.AlarmActions ?? [],
    InsufficientDataActions: input.InsufficientDataActions ?? [],
  });
}
