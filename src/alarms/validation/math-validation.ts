import type { MetricAlarmSpec, MetricDataQuery } from "../../model/alarm-spec.ts";
import { didYouMean } from "../../support/suggest.ts";
import { isBand, isInsightsQuery, type MathReading, readMath } from "../spec/math-references.ts";
import type { Problems } from "./problems.ts";

/** Limits of an alarm's `Metrics`. */
const MAX = {
  entries: 20,
  metrics: 10,
  expressions: 10,
  expression: 2048,
  id: 255,
  payload: 120 * 1024,
} as const;
const INSIGHTS_HOURS = 3;

/** Functions whose value in an alarm depends on how far CloudWatch happens to look back. */
const UNSTABLE = new Set(["RUNNING_SUM", "DATAPOINT_COUNT", "REMOVE_EMPTY"]);

/** What CloudWatch would refuse about metric math or an anomaly band in an alarm, and what works otherwise than it looks. */
export function mathProblems(
  spec: MetricAlarmSpec,
  queries: readonly MetricDataQuery[],
  problems: Problems,
): void {
  const readings = new Map<string, MathReading>();
  const ids = queries.map(({ id }) => id);
  for (const query of queries) {
    if (ids.filter((id) => id === query.id).length > 1)
      problems.error("math-id", `id "${query.id}" is used twice`);
    if (!/^[a-z]\w*$/.test(query.id) || query.id.length > MAX.id)
      problems.error(
        "math-id",
        `id "${query.id}" must begin with a lower-case letter and hold letters, digits and _ only`,
      );
    if ((query.expression === undefined) === (query.metricStat === undefined))
      problems.error("math-entry", `entry "${query.id}" must be either an expression or a metric`);
    if (query.expression !== undefined) readings.set(query.id, readMath(query.expression));
    if (query.expression !== undefined)
      expressionProblems(query.id, query.expression, ids, readings, spec, problems);
  }
  sizes(queries, problems);
  periods(spec, queries, problems);
  returned(spec, queries, readings, problems);
}

function expressionProblems(
  id: string,
  expression: string,
  ids: readonly string[],
  readings: ReadonlyMap<string, MathReading>,
  spec: MetricAlarmSpec,
  problems: Problems,
): void {
  const length = [...expression].length;
  if (length < 1 || length > MAX.expression)
    problems.error(
      "math-expression",
      `expression "${id}" has ${length} characters; CloudWatch takes 1 to ${MAX.expression}`,
    );
  const reading = readings.get(id);
  if (!reading) return;
  if (reading.problem !== undefined)
    problems.error("math-expression", `expression "${id}", ${reading.problem}`);
  for (const used of reading.ids)
    if (!ids.includes(used))
      problems.error(
        "math-reference",
        `expression "${id}" refers to "${used}", which no entry has.${didYouMean(used, ids)}`,
      );
    else if (used === id) problems.error("math-reference", `expression "${id}" refers to itself`);
  if (reading.functions.has("SEARCH"))
    problems.error(
      "math-search",
      `expression "${id}": CloudWatch allows no SEARCH in alarms; name the metrics, or use a Metrics Insights query`,
    );
  const { evaluationPeriods: n, datapointsToAlarm: m = n } = spec;
  if (reading.functions.has("FILL") && m >= n)
    problems.warning(
      "fill-sticks",
      `expression "${id}": where data come late the newest point is always FILL's value, and the alarm sticks; let datapointsToAlarm be less than evaluationPeriods (${n})`,
    );
  for (const name of reading.functions)
    if (UNSTABLE.has(name))
      problems.warning(
        "unstable-function",
        `expression "${id}": ${name} depends on how far CloudWatch looks back, which alarms don't fix`,
      );
}

function sizes(queries: readonly MetricDataQuery[], problems: Problems): void {
  const metrics = queries.filter(({ metricStat }) => metricStat).length;
  const counts = [
    ["entries", queries.length],
    ["metrics", metrics],
    ["expressions", queries.length - metrics],
  ] as const;
  for (const [what, count] of counts)
    if (count > MAX[what])
      problems.error("math-size", `${count} ${what} are more than CloudWatch's ${MAX[what]} an alarm`);
  if (JSON.stringify(queries).length > MAX.payload)
    problems.error(
      "math-size",
      `its metrics are larger than the ${MAX.payload / 1024} KB that CloudWatch takes`,
    );
}

function periods(spec: MetricAlarmSpec, queries: readonly MetricDataQuery[], problems: Problems): void {
  const found = [...new Set(queries.flatMap(({ metricStat }) => metricStat?.period ?? []))];
  if (found.length > 1)
    problems.error(
      "mixed-periods",
      `all metrics of an alarm need the same period; these have ${found.join(", ")} s`,
    );
  const insights = queries.find(({ expression = "" }) => isInsightsQuery(expression));
  if (!insights) return;
  const { period } = insights;
  if (period === undefined) problems.error("insights-period", `query "${insights.id}" needs a period`);
  else if (period < 60 || period * spec.evaluationPeriods > INSIGHTS_HOURS * 3600)
    problems.error(
      "insights-period",
      `query "${insights.id}": Metrics Insights sees ${INSIGHTS_HOURS} hours in periods of 60 s and more, not ${spec.evaluationPeriods} periods of ${period} s`,
    );
}

/** An alarm judges one series; an anomaly band also the series it is drawn around. */
function returned(
  spec: MetricAlarmSpec,
  queries: readonly MetricDataQuery[],
  readings: ReadonlyMap<string, MathReading>,
  problems: Problems,
): void {
  const shown = queries.filter(({ returnData }) => returnData ?? true).map(({ id }) => id);
  if (spec.thresholdMetricId === undefined) {
    if (shown.length !== 1)
      problems.error(
        "return-data",
        `exactly one entry must have returnData: true; ${shown.length === 0 ? "none" : shown.join(", ")} has`,
      );
  } else {
    const band = queries.find(({ id }) => id === spec.thresholdMetricId);
    if (!band || !isBand(band.expression ?? ""))
      problems.error(
        "band",
        `thresholdMetricId "${spec.thresholdMetricId}" must be an ANOMALY_DETECTION_BAND expression`,
      );
    const around = [...(readings.get(spec.thresholdMetricId)?.ids ?? [])];
    if (
      shown.length !== 2 ||
      !shown.includes(spec.thresholdMetricId) ||
      !around.some((id) => shown.includes(id))
    )
      problems.error(
        "return-data",
        "an anomaly band and the series it is drawn around must have returnData: true, nothing else",
      );
  }
  const used = new Set([...shown, ...[...readings.values()].flatMap(({ ids }) => [...ids])]);
  const byFunction = [...readings.values()].some(({ functions }) => functions.has("METRICS"));
  for (const { id } of queries)
    if (!used.has(id) && !byFunction)
      problems.warning("unused-metric", `entry "${id}" is used by nothing; it is paid for all the same`);
}
