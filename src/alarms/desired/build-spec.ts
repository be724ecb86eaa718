import { type CompositeRule, formatCompositeRule } from "../../engine/composite-rule.ts";
import type { AlarmDefinition, MetricQueryDefinition } from "../../model/alarm-policy.ts";
import type {
  AlarmCommon,
  AlarmSpec,
  CompositeAlarmSpec,
  Dimension,
  MetricAlarmSpec,
  MetricDataQuery,
  MetricStat,
} from "../../model/alarm-spec.ts";
import type { Resource } from "../../model/resource.ts";
import { isBand } from "../spec/math-references.ts";
import { type AlarmBlueprint, siblingKey } from "./alarm-blueprint.ts";
import { type Combination, dimensionsOf } from "./series/dimension-plan.ts";
import { renderTemplate } from "./template.ts";

/** The alarms behind each `$key`, for one resource. */
export type Siblings = ReadonlyMap<string, readonly { readonly name: string; readonly identity: string }[]>;

/** One alarm in CloudWatch's vocabulary. The description is the text for people, without our mark. */
export function buildSpec(
  blueprint: AlarmBlueprint,
  name: string,
  combination: Combination,
  resource: Resource | undefined,
  siblings: Siblings | undefined,
): AlarmSpec {
  const { definition, actions } = blueprint;
  const description = describe(definition, resource);
  const common = {
    alarmName: name,
    ...(description !== "" && { alarmDescription: description }),
    actionsEnabled: true,
    okActions: actions.okActions,
    alarmActions: actions.alarmActions,
    insufficientDataActions: actions.insufficientDataActions,
  };
  if (blueprint.rule) return composite(common, definition, blueprint.rule, siblings ?? new Map());
  return metric(common, blueprint, combination, resource);
}

/** The text for people: the definition's own, else its intent; then the runbook. */
function describe(definition: AlarmDefinition, resource: Resource | undefined): string {
  const { description, about } = definition;
  const rendered = renderTemplate(description ?? about.intent ?? "", resource);
  const text = "text" in rendered ? rendered.text : (about.intent ?? "");
  return about.runbook === undefined ? text : `${text}${text === "" ? "" : "\n"}Runbook: ${about.runbook}`;
}

function metric(
  common: AlarmCommon,
  blueprint: AlarmBlueprint,
  combination: Combination,
  resource: Resource | undefined,
): MetricAlarmSpec {
  const { definition, dimensions: plan } = blueprint;
  const { evaluationPeriods = 1, datapointsToAlarm, threshold, treatMissingData } = definition;
  const dimensions = combination.candidates?.[0] ?? dimensionsOf(plan, 0, combination, resource);
  const watched = definition.metrics
    ? { metrics: mathQueries(blueprint, definition.metrics, combination, resource) }
    : definition.band === undefined
      ? single(definition, dimensions)
      : { metrics: bandQueries(definition, definition.band, dimensions) };
  const band = "metrics" in watched ? bandId(watched.metrics) : undefined;
  const operator =
    definition.comparisonOperator ??
    (band === undefined ? "GreaterThanOrEqualToThreshold" : "LessThanLowerOrGreaterThanUpperThreshold");
  return {
    kind: "metric",
    ...common,
    ...watched,
    ...(band !== undefined && { thresholdMetricId: band }),
    evaluationPeriods,
    ...(datapointsToAlarm !== undefined && { datapointsToAlarm }),
    ...(threshold !== undefined && { threshold }),
    comparisonOperator: operator,
    ...(treatMissingData !== undefined && { treatMissingData }),
    ...(definition.evaluateLowSampleCountPercentile !== undefined && {
      evaluateLowSampleCountPercentile: definition.evaluateLowSampleCountPercentile,
    }),
  };
}

/** Statistics that PutMetricAlarm takes as `Statistic`; all others are `ExtendedStatistic`. */
const SIMPLE_STATISTIC = /^(SampleCount|Average|Sum|Minimum|Maximum)$/;

function single(definition: AlarmDefinition, dimensions: readonly Dimension[]): Partial<MetricAlarmSpec> {
  const { namespace, metricName, statistic, period, unit } = definition;
  return {
    ...(namespace !== undefined && { namespace }),
    ...(metricName !== undefined && { metricName }),
    dimensions,
    ...(statistic !== undefined &&
      (SIMPLE_STATISTIC.test(statistic) ? { statistic } : { extendedStatistic: statistic })),
    ...(period !== undefined && { period }),
    ...(unit !== undefined && { unit }),
  };
}

function bandQueries(
  definition: AlarmDefinition,
  width: number,
  dimensions: readonly Dimension[],
): readonly MetricDataQuery[] {
  const expression = `ANOMALY_DETECTION_BAND(m1, ${width})`;
  return [
    { id: "m1", metricStat: metricStat(definition, dimensions), returnData: true },
    { id: "ad1", expression, label: `${definition.metricName ?? ""} (expected)`, returnData: true },
  ];
}

function mathQueries(
  { dimensions: plan, returned }: AlarmBlueprint,
  queries: readonly MetricQueryDefinition[],
  combination: Combination,
  resource: Resource | undefined,
): readonly MetricDataQuery[] {
  let metricIndex = 0;
  return queries.map((query) => {
    const { id, expression, label } = query;
    const shared = { id, ...(label !== undefined && { label }), returnData: returned.has(id) };
    if (expression !== undefined) {
      const { period } = query;
      return { ...shared, expression, ...(period !== undefined && { period }) };
    }
    const dimensions = dimensionsOf(plan, metricIndex, combination, resource);
    metricIndex += 1;
    return { ...shared, metricStat: metricStat(query, dimensions) };
  });
}

/** A metric as a definition of one metric or an entry of `metrics` says it; what is missing is found by validation. */
function metricStat(
  { namespace = "", metricName = "", period = 0, statistic = "", unit }: Partial<MetricQueryDefinition>,
  dimensions: readonly Dimension[],
): MetricStat {
  return { namespace, metricName, dimensions, period, stat: statistic, ...(unit !== undefined && { unit }) };
}

function bandId(queries: readonly MetricDataQuery[] | undefined): string | undefined {
  return queries?.find(({ expression = "" }) => isBand(expression))?.id;
}

function composite(
  common: AlarmCommon,
  definition: AlarmDefinition,
  rule: CompositeRule,
  siblings: Siblings,
): CompositeAlarmSpec {
  const { actionsSuppressorWaitPeriod: wait, actionsSuppressorExtensionPeriod: extension } = definition;
  const suppressor =
    definition.actionsSuppressor === undefined
      ? undefined
      : (namesOf(definition.actionsSuppressor, siblings)[0] ?? definition.actionsSuppressor);
  return {
    kind: "composite",
    ...common,
    alarmRule: formatCompositeRule(withNames(rule, siblings)),
    ...(suppressor !== undefined && { actionsSuppressor: suppressor }),
    ...(wait !== undefined && { actionsSuppressorWaitPeriod: wait }),
    ...(extension !== undefined && { actionsSuppressorExtensionPeriod: extension }),
  };
}

/**
 * The rule with every `$key` replaced by names. Where a key has several alarms (one a file system), `ALARM($key)` means any of
 * them, `OK($key)` all of them, and a list of AT_LEAST holds each.
 */
function withNames(rule: CompositeRule, siblings: Siblings): CompositeRule {
  switch (rule.kind) {
    case "constant":
      return rule;
    case "not":
      return { kind: "not", operand: withNames(rule.operand, siblings) };
    case "and":
    case "or":
      return { kind: rule.kind, operands: rule.operands.map((operand) => withNames(operand, siblings)) };
    case "atLeast":
      return { ...rule, alarms: rule.alarms.flatMap((alarm) => namesOf(alarm, siblings)) };
    case "state": {
      const operands = namesOf(rule.alarm, siblings).map((alarm) => ({ ...rule, alarm }));
      const [only] = operands;
      if (only && operands.length === 1) return only;
      return { kind: rule.state === "OK" ? "and" : "or", operands };
    }
  }
}

function namesOf(reference: string, siblings: Siblings): readonly string[] {
  const key = siblingKey(reference);
  return key === undefined ? [reference] : (siblings.get(key) ?? []).map(({ name }) => name);
}
