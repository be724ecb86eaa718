import type { Diagnostic } from "../support/diagnostic.ts";
import type { AlarmMetric } from "./alarm.ts";
import { mathFunction } from "./math-functions.ts";
import { compileMath } from "./math-program.ts";

/** Limits of an alarm's Metrics, from the API reference. */
const MATH_ALARM_LIMITS = { metrics: 10, expressions: 10 } as const;

/**
 * What CloudWatch would refuse in an alarm's `Metrics`, as errors, and what its guide advises against, as warnings:
 * grammar and types, SEARCH, mixed periods, more than one returned series, an array as result, sizes.
 * `path` is the entry's Id, line and column point into its expression.
 */
export function mathAlarmProblems(
  metrics: readonly AlarmMetric[],
  thresholdMetricId?: string | undefined,
): Diagnostic[] {
  const problems: Diagnostic[] = [];
  const report = (severity: "error" | "warning", code: string, message: string, path?: string): void => {
    problems.push({ severity, code, message, ...(path === undefined ? {} : { path }) });
  };
  const stats = metrics.filter((metric) => metric.MetricStat);
  const expressions = metrics.filter((metric) => metric.Expression !== undefined);
  for (const metric of metrics)
    if ((metric.MetricStat === undefined) === (metric.Expression === undefined))
      report("error", "math-entry", "an entry has either a MetricStat or an Expression", metric.Id);
  if (stats.length > MATH_ALARM_LIMITS.metrics)
    report(
      "error",
      "math-metrics",
      `${stats.length} metrics; an alarm may have ${MATH_ALARM_LIMITS.metrics}`,
    );
  if (expressions.length > MATH_ALARM_LIMITS.expressions)
    report(
      "error",
      "math-expressions",
      `${expressions.length} expressions; an alarm may have ${MATH_ALARM_LIMITS.expressions}`,
    );
  const periods = [...new Set(stats.map((metric) => metric.MetricStat?.Period))];
  if (periods.length > 1)
    report(
      "error",
      "mixed-periods",
      `periods of ${periods.join(", ")} s; all metrics of an alarm have the same`,
    );
  const returned = metrics.filter((metric) => metric.ReturnData !== false && metric.Id !== thresholdMetricId);
  if (returned.length !== 1)
    report(
      "error",
      "return-data",
      `${returned.length} entries return data; set ReturnData to false on all but the one to watch${thresholdMetricId === undefined ? "" : " and the band"}`,
    );

  const { program, diagnostics } = compileMath(
    metrics.map((metric) => ({ id: metric.Id ?? "", expression: metric.Expression })),
  );
  problems.push(...diagnostics);
  if (!program) return problems;
  for (const { id, type } of program.expressions.values()) {
    if (id === thresholdMetricId && type !== "TS[]")
      report("error", "math-band", "the expression of ThresholdMetricId is no ANOMALY_DETECTION_BAND", id);
    if (returned.some((metric) => metric.Id === id) && type !== "TS")
      report(
        "error",
        "math-result",
        type === "S"
          ? "the result is a scalar; an alarm watches a time series (TIME_SERIES makes one)"
          : "the result is not one time series; pick one with FIRST, MAX or SUM",
        id,
      );
  }
  for (const expression of program.expressions.values())
    for (const { name, result, offset } of expression.calls) {
      const advice = mathFunction(name)?.inAlarms;
      const place = { path: expression.id, line: 1, column: offset + 1 };
      if (advice === "never")
        problems.push({
          severity: "error",
          code: "math-function",
          message: `${name} can't be used in an alarm; name the metrics one by one`,
          ...place,
        });
      // The reductions are advised against only where they make a scalar.
      else if (advice !== undefined && (result === "S" || !REDUCTIONS.has(name)))
        problems.push({ severity: "warning", code: "math-advice", message: `${name}: ${advice}`, ...place });
    }
  return problems;
}

const REDUCTIONS = new Set(["AVG", "SUM", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT"]);
