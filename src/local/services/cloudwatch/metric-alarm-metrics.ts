import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { mathAlarmProblems } from "../../../engine/math-alarm.ts";
import { constrainDimensions, duplicateDimension } from "./common-shapes.ts";
import type { Constraints } from "./constraints.ts";
import { validationError } from "./errors.ts";
import { isStatistic, QUERY_ID, UNITS } from "./vocabulary.ts";

/** Lengths and sets of a list of queries, for alarms, detectors and GetMetricData. `path` names the member in messages. */
export function constrainMetrics(
  constraints: Constraints,
  queries: readonly MetricDataQuery[] | undefined,
  path = "metrics",
): void {
  queries?.forEach((query, i) => {
    const member = `${path}.${i + 1}.member`;
    constraints
      .required(`${member}.id`, query.Id)
      .length(`${member}.id`, query.Id, 1, 255)
      .length(`${member}.expression`, query.Expression, 1, 2048)
      .range(`${member}.period`, query.Period, 1)
      .length(`${member}.accountId`, query.AccountId, 1, 255);
    const stat = query.MetricStat;
    if (!stat) return;
    constraints
      .required(`${member}.metricStat.metric`, stat.Metric)
      .length(`${member}.metricStat.metric.namespace`, stat.Metric?.Namespace, 1, 255)
      .length(`${member}.metricStat.metric.metricName`, stat.Metric?.MetricName, 1, 255)
      .required(`${member}.metricStat.period`, stat.Period)
      .range(`${member}.metricStat.period`, stat.Period, 1)
      .required(`${member}.metricStat.stat`, stat.Stat)
      .oneOf(`${member}.metricStat.unit`, stat.Unit, UNITS);
    constrainDimensions(constraints, `${member}.metricStat.metric.dimensions`, stat.Metric?.Dimensions);
  });
}

/**
 * Refuses a list of queries that no operation takes: bad or repeated ids, neither or both of MetricStat and Expression,
 * unknown statistics, incomplete metrics. `list`: its name in messages.
 */
export function checkQueries(queries: readonly MetricDataQuery[], list: string): void {
  const ids = new Set<string>();
  queries.forEach((query, i) => {
    const { Id = "", Expression, MetricStat } = query;
    const member = `${list}.member.${i + 1}`;
    if (!QUERY_ID.test(Id))
      throw validationError(
        `The value ${Id} is not matching the expected pattern ${QUERY_ID.source} for parameter ${member}.Id.`,
      );
    if (ids.has(Id)) throw validationError(`The values for parameter id in ${list} are not unique.`);
    ids.add(Id);
    if (Expression !== undefined && MetricStat !== undefined)
      throw validationError(
        `The parameters ${member}.Expression and ${member}.MetricStat are mutually exclusive and you have specified both.`,
      );
    // CloudWatch's own message ends with a line break.
    if (Expression === undefined && MetricStat === undefined)
      throw validationError(`The parameter ${member}.MetricStat is required.\n`);
    if (!MetricStat) return;
    const { Metric, Stat = "" } = MetricStat;
    for (const name of ["Namespace", "MetricName"] as const)
      if (Metric?.[name] === undefined)
        throw validationError(`The parameter ${member}.MetricStat.Metric.${name} is required.\n`);
    if (!isStatistic(Stat))
      throw validationError(`The value ${Stat} for parameter ${member}.MetricStat.Stat is not supported.`);
    const twice = duplicateDimension(Metric?.Dimensions);
    if (twice !== undefined) throw validationError(`The dimension ${twice} is given more than once`);
  });
}

/** Refuses a Metrics list that no alarm can have. Messages about what returns data were recorded from CloudWatch. */
export function checkMetrics(
  queries: readonly MetricDataQuery[],
  thresholdMetricId: string | undefined,
): void {
  if (queries.length === 0) throw validationError("Metrics list must not be empty");
  checkQueries(queries, "Metrics");
  const metrics = queries.filter(({ MetricStat }) => MetricStat !== undefined);
  const expressions = queries.filter(({ Expression }) => Expression !== undefined);
  for (const [what, list] of [
    ["MetricStat", metrics],
    ["Expression", expressions],
  ] as const)
    if (list.length > 10)
      throw validationError(
        `Metrics list must not contain more than 10 elements with ${what}, it has ${list.length}`,
      );
  checkReturned(queries, thresholdMetricId);
  for (const { Expression = "" } of expressions)
    if (/\bSEARCH\s*\(/.test(Expression)) throw validationError("SEARCH is not supported on Metric Alarms.");
  checkExpressions(queries, thresholdMetricId);
  const periods = new Set(metrics.map(({ MetricStat }) => MetricStat?.Period));
  if (periods.size > 1)
    throw validationError(
      `All metrics of an alarm must have the same Period, these have ${[...periods].join(", ")}`,
    );
}

/** Grammar, references and types of metric math; Metrics Insights queries are another language, taken as they are. */
function checkExpressions(queries: readonly MetricDataQuery[], thresholdMetricId: string | undefined): void {
  if (queries.some(({ Expression = "" }) => /^\s*SELECT\b/i.test(Expression))) return;
  const problem = mathAlarmProblems(queries, thresholdMetricId).find(
    ({ severity, path }) => severity === "error" && path !== undefined,
  );
  if (problem) throw validationError(`Error in expression '${problem.path}' [${problem.message}]`);
}

function checkReturned(queries: readonly MetricDataQuery[], thresholdMetricId: string | undefined): void {
  const returned = queries.filter(returnsData);
  if (thresholdMetricId === undefined) {
    if (returned.length !== 1)
      throw validationError("Exactly one element of the metrics list should return data.");
    return;
  }
  if (!returned.some(({ Id }) => Id === thresholdMetricId))
    throw validationError(
      "Metrics list must contain exactly one metric matching the ThresholdMetricId parameter",
    );
  if (returned.length !== 2)
    throw validationError("Exactly two elements of the metrics list should return data.");
}

/** ReturnData is true unless said otherwise. */
export function returnsData(query: MetricDataQuery): boolean {
  return query.ReturnData !== false;
}
