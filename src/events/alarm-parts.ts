import type { AlarmKind, AlarmTrigger, MarkNames, TriggeringChild } from "../model/alarm-event.ts";
import type { Dimension, MetricDataQuery } from "../model/alarm-spec.ts";
import type { AlarmState } from "../model/alert.ts";
import { decodeMarkPart, findMark } from "../model/mark-text.ts";
import { compact, cut, type Fields, fieldsOf, listOf, member, numberIn, textIn, timeOf } from "./fields.ts";

/** AWS allows 1,024 characters; what is longer came from elsewhere and isn't worth keeping whole. */
const MAX_DESCRIPTION = 4096;
const MAX_REASON = 2048;
const STATES = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const satisfies readonly AlarmState[];

/** One of CloudWatch's three states; undefined for anything else. */
export function stateOf(value: unknown): AlarmState | undefined {
  return STATES.find((state) => state === value);
}

/** A description without our mark, and what the mark says. `null`, as CloudWatch sends for none, is nothing. */
export function descriptionOf(value: unknown): { readonly description?: string; readonly mark?: MarkNames } {
  if (typeof value !== "string") return {};
  const found = findMark(value);
  const text = cut((found?.text ?? value).trim(), MAX_DESCRIPTION);
  const [policy, alarm, resource] = (found?.body.split(" ")[0] ?? "").split("#")[0]?.split("/") ?? [];
  const mark =
    found && policy && alarm
      ? {
          configuration: decodeMarkPart(found.configuration),
          policy: decodeMarkPart(policy),
          alarm: decodeMarkPart(alarm),
          resource: decodeMarkPart(resource ?? ""),
        }
      : undefined;
  return compact({ description: text === "" ? undefined : text, mark });
}

/** A state's reason in a bearable length. */
export function reasonOf(value: unknown): string {
  return typeof value === "string" ? cut(value, MAX_REASON) : "";
}

/** Dimensions as a list (`[{ name, value }]`, in either case) or as a mapping. */
export function dimensionsOf(value: unknown): readonly Dimension[] {
  if (Array.isArray(value))
    return value.map(fieldsOf).flatMap((entry) => {
      const name = textIn(entry, "name", "Name");
      return name === undefined ? [] : [{ name, value: textIn(entry, "value", "Value") ?? "" }];
    });
  return Object.entries(fieldsOf(value) ?? {}).map(([name, text]) => ({ name, value: String(text) }));
}

/** Tags as a list (`[{ key, value }]`, in either case) or as a mapping. */
export function tagsOf(value: unknown): Readonly<Record<string, string>> {
  const entries = Array.isArray(value)
    ? value.map(fieldsOf).flatMap((entry) => {
        const key = textIn(entry, "key", "Key", "TagKey");
        return key === undefined ? [] : [[key, textIn(entry, "value", "Value", "TagValue") ?? ""] as const];
      })
    : Object.entries(fieldsOf(value) ?? {}).flatMap(([key, text]) =>
        typeof text === "string" ? [[key, text] as const] : [],
      );
  return Object.fromEntries(entries);
}

const STATISTICS: Readonly<Record<string, string>> = {
  AVERAGE: "Average",
  SUM: "Sum",
  MINIMUM: "Minimum",
  MAXIMUM: "Maximum",
  SAMPLECOUNT: "SampleCount",
  SAMPLE_COUNT: "SampleCount",
};

/** A statistic as PutMetricAlarm spells it: messages write `AVERAGE`. */
export function statisticOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : (STATISTICS[text.toUpperCase()] ?? text);
}

/** An entry of an alarm's metrics, from SNS (`MetricStat`) or EventBridge (`metricStat`). */
export function queryOf(value: unknown): MetricDataQuery | undefined {
  const entry = fieldsOf(value);
  if (!entry) return undefined;
  const stat = fieldsOf(member(entry, "MetricStat") ?? member(entry, "metricStat"));
  const metric = fieldsOf(member(stat, "Metric") ?? member(stat, "metric"));
  const returnData = member(entry, "ReturnData") ?? member(entry, "returnData");
  return compact({
    id: textIn(entry, "Id", "id") ?? "",
    expression: textIn(entry, "Expression", "expression"),
    label: textIn(entry, "Label", "label"),
    period: numberIn(entry, "Period", "period"),
    accountId: textIn(entry, "AccountId", "accountId"),
    returnData: typeof returnData === "boolean" ? returnData : undefined,
    metricStat: stat && {
      namespace: textIn(metric, "Namespace", "namespace") ?? "",
      metricName: textIn(metric, "MetricName", "metricName", "name") ?? "",
      dimensions: dimensionsOf(member(metric, "Dimensions") ?? member(metric, "dimensions")),
      period: numberIn(stat, "Period", "period") ?? 0,
      stat: textIn(stat, "Stat", "stat") ?? "",
      ...compact({ unit: textIn(stat, "Unit", "unit") }),
    },
  }) as MetricDataQuery;
}

/** What an alarm over these queries watches: one of them alone is a single metric. */
export function triggerFromQueries(queries: readonly MetricDataQuery[], rest: Fields): AlarmTrigger {
  const [only] = queries;
  const stat = queries.length === 1 ? only?.metricStat : undefined;
  if (stat)
    return {
      ...compact({ ...stat, stat: undefined, statistic: stat.stat }),
      ...rest,
      dimensions: stat.dimensions,
    };
  return { ...rest, dimensions: [], metrics: queries };
}

/** What kind of alarm watches this. */
export function alarmKindOf(
  trigger: AlarmTrigger | undefined,
  hints: { readonly rule: boolean; readonly contributor: boolean; readonly type: string | undefined },
): AlarmKind {
  if (hints.rule) return "composite";
  if (hints.type === "LogAlarm") return "log";
  const expressions = (trigger?.metrics ?? []).map((query) => query.expression ?? "");
  if (hints.contributor || expressions.some((text) => /^\s*SELECT\b.*\bGROUP\s+BY\b/is.test(text)))
    return "multi-series";
  if (
    trigger?.thresholdMetricId !== undefined ||
    expressions.some((text) => /ANOMALY_DETECTION_BAND/.test(text))
  )
    return "anomaly";
  if (trigger?.metrics !== undefined) return "math";
  return trigger?.metricName === undefined ? "unknown" : "metric";
}

/** Children that made a composite alarm fire. */
export function childrenOf(value: unknown): readonly TriggeringChild[] {
  return listOf(value)
    .map(fieldsOf)
    .flatMap((entry) => {
      const arn = textIn(entry, "Arn", "arn");
      if (arn === undefined) return [];
      const state = fieldsOf(member(entry, "State") ?? member(entry, "state"));
      return [
        {
          arn,
          ...compact({
            state: stateOf(member(state, "Value") ?? member(state, "value")),
            at: timeOf(member(state, "Timestamp") ?? member(state, "timestamp")),
          }),
        },
      ];
    });
}
