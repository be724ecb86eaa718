import type { RawMetricAlarm } from "../../aws/describe-alarms.ts";
import { checkDefinition } from "../../config/alarms/alarm-checks.ts";
import { definitionFrom } from "../../config/alarms/alarm-definition.ts";
import { alarmSchema } from "../../config/alarms/alarm-schema.ts";
import { readingOf } from "../../config/reading.ts";
import { reporterFor, reportIssues, schemaWording } from "../../config/schema-issues.ts";
import { type Path, readYaml } from "../../config/yaml-source.ts";
import type { AlarmDefinition, DimensionValue, MetricQueryDefinition } from "../../model/alarm-policy.ts";
import type { MetricAlarmSpec, MetricDataQuery, MetricStat } from "../../model/alarm-spec.ts";
import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";
import { canonicalAlarm } from "../spec/canonical-alarm.ts";
import { putMetricAlarm } from "../spec/cloudwatch-alarm.ts";
import { sorted } from "./metric-reference.ts";

/** Statistics that PutMetricAlarm takes as `Statistic`. */
const SIMPLE_STATISTIC = /^(SampleCount|Average|Sum|Minimum|Maximum)$/;
const OPERATOR = "GreaterThanOrEqualToThreshold";

/**
 * Alarms written in a file: one alarm in the words of a policy's `alarms:`, several under `alarms:` by key, or in CloudWatch's own
 * fields (one, a list, or what `aws cloudwatch describe-alarms` prints). Only metric alarms. Namespace and metric name may be left out for
 * histories that come out of files.
 */
export function readAlarmFile(
  content: string | Uint8Array,
  file: string,
): { readonly alarms: readonly RawMetricAlarm[]; readonly diagnostics: readonly Diagnostic[] } {
  const source = readYaml(content, file);
  const reporter = reporterFor(source);
  if (hasErrors(reporter.diagnostics)) return { alarms: [], diagnostics: reporter.diagnostics };
  const { value } = source;
  const live = liveAlarms(value);
  if (live) {
    if (live.length === 0) reporter.error("no-alarms", "holds no metric alarm", []);
    return { alarms: live, diagnostics: reporter.diagnostics };
  }
  const reading = readingOf(reporter);
  const keys = reading.keys(["alarms"]);
  const places: readonly (readonly [string, Path])[] =
    keys.length > 0 ? keys.map((key) => [key, ["alarms", key]]) : [[stem(file), []]];
  const alarms = places.flatMap(([key, path]) => {
    const form = alarmSchema.safeParse(reading.raw(path), { error: schemaWording });
    if (form.error) {
      reportIssues(form.error.issues, reporter, path);
      return [];
    }
    const definition = withDefaults(definitionFrom(key, form.data, path, reading, []));
    checkDefinition(definition, path, reading);
    if (definition.alarmRule !== undefined) {
      reporter.error(
        "composite-in-file",
        "composite alarms are replayed from a configuration or live ones",
        path,
      );
      return [];
    }
    if (hasErrors(reporter.diagnostics)) return [];
    return [putMetricAlarm(canonicalAlarm(specOf(definition, path, reading.text))) as RawMetricAlarm];
  });
  return { alarms: hasErrors(reporter.diagnostics) ? [] : alarms, diagnostics: reporter.diagnostics };
}

/** Alarms in CloudWatch's own fields; undefined when the file isn't written so. */
function liveAlarms(value: unknown): readonly RawMetricAlarm[] | undefined {
  const members = (value ?? {}) as Readonly<Record<string, unknown>>;
  const listed = Array.isArray(value) ? value : members["MetricAlarms"];
  if (Array.isArray(listed)) return listed.filter(isLive);
  return isLive(value) ? [value] : undefined;
}

function isLive(value: unknown): value is RawMetricAlarm {
  return (
    typeof value === "object" &&
    value !== null &&
    "ComparisonOperator" in value &&
    "EvaluationPeriods" in value
  );
}

function stem(file: string): string {
  return (file.split(/[\\/]/).at(-1) ?? file).replace(/\.[^.]+$/, "");
}

function withDefaults(definition: AlarmDefinition): AlarmDefinition {
  if (definition.metrics !== undefined || definition.alarmRule !== undefined) return definition;
  return {
    ...definition,
    namespace: definition.namespace ?? "Files",
    metricName: definition.metricName ?? "value",
  };
}

function specOf(definition: AlarmDefinition, path: Path, textAt: (path: Path) => string): MetricAlarmSpec {
  const {
    evaluationPeriods = 1,
    datapointsToAlarm,
    threshold,
    treatMissingData,
    comparisonOperator,
  } = definition;
  const written = definition.name ?? definition.key;
  const common = {
    kind: "metric" as const,
    alarmName: written.includes("$") ? definition.key : written,
    actionsEnabled: true,
    okActions: [],
    alarmActions: [],
    insufficientDataActions: [],
    evaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { datapointsToAlarm }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(treatMissingData === undefined ? {} : { treatMissingData }),
    ...(definition.evaluateLowSampleCountPercentile === undefined
      ? {}
      : { evaluateLowSampleCountPercentile: definition.evaluateLowSampleCountPercentile }),
    comparisonOperator: comparisonOperator ?? OPERATOR,
  };
  const stat = (from: AlarmDefinition | MetricQueryDefinition, place: Path): MetricStat => ({
    namespace: from.namespace ?? "",
    metricName: from.metricName ?? "",
    dimensions: sorted(dimensionsOf(from.dimensions, place, textAt)),
    period: from.period ?? 60,
    stat: from.statistic ?? "Average",
    ...(from.unit === undefined ? {} : { unit: from.unit }),
  });
  if (definition.metrics)
    return {
      ...common,
      metrics: definition.metrics.map((query, i) => queryOf(query, stat(query, [...path, "metrics", i]))),
    };
  const own = stat(definition, path);
  if (definition.band !== undefined)
    return {
      ...common,
      thresholdMetricId: "ad1",
      metrics: [
        { id: "m1", metricStat: own, returnData: true },
        { id: "ad1", expression: `ANOMALY_DETECTION_BAND(m1, ${definition.band})`, returnData: true },
      ],
    };
  const { stat: statistic, ...rest } = own;
  return {
    ...common,
    ...rest,
    ...(SIMPLE_STATISTIC.test(statistic) ? { statistic } : { extendedStatistic: statistic }),
  };
}

function queryOf(query: MetricQueryDefinition, metricStat: MetricStat): MetricDataQuery {
  const { id, expression, label, returnData, period } = query;
  return {
    id,
    ...(expression === undefined ? { metricStat } : { expression }),
    ...(label === undefined ? {} : { label }),
    ...(returnData === undefined ? {} : { returnData }),
    ...(period === undefined || expression === undefined ? {} : { period }),
  };
}

/** Dimensions of one series: texts. What a policy would find from resources has to be written out here. */
function dimensionsOf(
  dimensions: Readonly<Record<string, DimensionValue>> | undefined,
  path: Path,
  textAt: (path: Path) => string,
) {
  return Object.entries(dimensions ?? {}).map(([name, value]) => ({
    name,
    value: typeof value === "string" ? value : textAt([...path, "dimensions", name]),
  }));
}
