import type { AlarmDefinition, MetricQueryDefinition } from "../../model/alarm-policy.ts";
import { BAND_OPERATORS, THRESHOLD_OPERATORS } from "../../model/alarm-spec.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { ConfigRegistries } from "../registries.ts";
import type { Path } from "../yaml-source.ts";

type Field = keyof AlarmDefinition;

const METRIC_FIELDS = [
  "namespace",
  "metricName",
  "dimensions",
  "statistic",
  "period",
  "unit",
  "band",
  "series",
] as const satisfies readonly Field[];
const JUDGING_FIELDS = [
  "evaluationPeriods",
  "datapointsToAlarm",
  "threshold",
  "comparisonOperator",
  "treatMissingData",
  "evaluateLowSampleCountPercentile",
] as const satisfies readonly Field[];
const SUPPRESSOR_FIELDS = [
  "actionsSuppressor",
  "actionsSuppressorWaitPeriod",
  "actionsSuppressorExtensionPeriod",
] as const satisfies readonly Field[];

/**
 * Whether a whole definition makes sense by itself: one kind of alarm with everything that kind needs and nothing else.
 * `path` is where it, or the override that led to it, was written. What CloudWatch refuses beyond that isn't judged here.
 */
export function checkDefinition(definition: AlarmDefinition, path: Path, reading: Reading): void {
  const alarm = `alarm "${definition.key}"`;
  const has = (field: Field): boolean => definition[field] !== undefined;
  const need = (fields: readonly Field[]): void => {
    for (const field of fields)
      if (!has(field)) reading.error("incomplete-alarm", `${alarm} needs ${field}`, path, "key");
  };
  const refuse = (fields: readonly Field[], why: string): void => {
    for (const field of fields)
      if (has(field))
        reading.error(
          "contradictory-alarm",
          `${field} doesn't go with ${why}: remove one`,
          [...path, field],
          "key",
        );
  };

  if (has("alarmRule")) {
    refuse([...METRIC_FIELDS, "metrics", ...JUDGING_FIELDS], "alarmRule (a composite alarm)");
    if (!has("actionsSuppressor")) refuse(SUPPRESSOR_FIELDS, "an alarm without actionsSuppressor");
    return;
  }
  refuse(SUPPRESSOR_FIELDS, "an alarm without alarmRule");
  if (has("metrics")) {
    refuse(METRIC_FIELDS, "metrics (metric math)");
    need(["evaluationPeriods", "comparisonOperator", "threshold"]);
    checkQueries(definition.metrics ?? [], [...path, "metrics"], reading);
  } else if (!has("namespace") && !has("metricName")) {
    reading.error(
      "incomplete-alarm",
      `${alarm} watches nothing: give it namespace and metricName, metrics (metric math), or alarmRule (composite)`,
      path,
      "key",
    );
  } else {
    need(["namespace", "metricName", "statistic", "period", "evaluationPeriods", "comparisonOperator"]);
    if (has("band")) refuse(["threshold"], "band (an anomaly band has no fixed threshold)");
    else need(["threshold"]);
  }
  checkOperator(definition, path, reading);
  checkCounts(definition, path, reading);
}

function checkOperator(definition: AlarmDefinition, path: Path, reading: Reading): void {
  const { comparisonOperator, band } = definition;
  if (comparisonOperator === undefined) return;
  const fitting: readonly string[] = band === undefined ? THRESHOLD_OPERATORS : BAND_OPERATORS;
  if (fitting.includes(comparisonOperator)) return;
  reading.error(
    "contradictory-alarm",
    `comparisonOperator ${comparisonOperator} ${band === undefined ? "needs a band" : "doesn't go with a band"}: use ${fitting.join(", ")}`,
    [...path, "comparisonOperator"],
  );
}

function checkCounts(definition: AlarmDefinition, path: Path, reading: Reading): void {
  const { datapointsToAlarm: m, evaluationPeriods: n } = definition;
  if (m !== undefined && n !== undefined && m > n) {
    const field =
      reading.raw([...path, "datapointsToAlarm"]) === undefined ? "evaluationPeriods" : "datapointsToAlarm";
    reading.error(
      "contradictory-alarm",
      `alarm "${definition.key}" asks for ${m} breaching of ${n} data points: datapointsToAlarm must be at most evaluationPeriods`,
      [...path, field],
    );
  }
  if (definition.period === 0) reading.error("bad-value", "period must be more than 0", [...path, "period"]);
}

function checkQueries(queries: readonly MetricQueryDefinition[], path: Path, reading: Reading): void {
  const ids = new Set<string>();
  for (const [index, query] of queries.entries()) {
    const place = [...path, index];
    if (ids.has(query.id))
      reading.error("duplicate-id", `two entries have the id "${query.id}": each needs its own`, [
        ...place,
        "id",
      ]);
    ids.add(query.id);
    const metricFields = ["namespace", "metricName", "statistic"] as const;
    const given = metricFields.filter((field) => query[field] !== undefined);
    if (query.expression !== undefined && given.length > 0)
      reading.error(
        "contradictory-alarm",
        `"${query.id}" has an expression and a metric: make it two entries`,
        [...place, "expression"],
        "key",
      );
    else if (
      query.expression === undefined &&
      (given.length < metricFields.length || query.period === undefined)
    )
      reading.error(
        "incomplete-alarm",
        `"${query.id}" needs an expression, or namespace, metricName, statistic and period`,
        [...place, "id"],
      );
  }
}

/** Facts in `when` must be known to every resource type the alarm applies to. */
export function checkFacts(
  definition: AlarmDefinition,
  path: Path,
  reading: Reading,
  resourceTypes: ConfigRegistries["resourceTypes"],
): void {
  for (const fact of Object.keys(definition.when)) {
    for (const type of definition.resourceTypes) {
      if (!Object.hasOwn(resourceTypes, type)) continue;
      const facts = Object.keys(resourceTypes[type]?.facts ?? {});
      if (facts.includes(fact)) continue;
      const guess = didYouMean(fact, facts) || ` Known: ${facts.join(", ")}`;
      reading.error("unknown-fact", `${type} has no fact "${fact}".${guess}`, [...path, "when", fact], "key");
      break;
    }
    if (definition.resourceTypes.length === 0) {
      reading.error(
        "contradictory-alarm",
        `when speaks of a resource's facts, but alarm "${definition.key}" belongs to no resource: give it appliesTo`,
        [...path, "when"],
        "key",
      );
      return;
    }
  }
}
