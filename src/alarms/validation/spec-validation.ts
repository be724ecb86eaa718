// Validation: what CloudWatch would refuse about an alarm, or accept and then never let work, told before it is written.
// This file: one alarm; `fleet-validation` judges those of one account and region together.
import { compositeRuleProblems } from "../../engine/composite-graph.ts";
import { parseStatistic } from "../../engine/statistic-name.ts";
import {
  type AlarmSpec,
  BAND_OPERATORS,
  type CompositeAlarmSpec,
  type Dimension,
  type MetricAlarmSpec,
  type MetricStat,
} from "../../model/alarm-spec.ts";
import { formatDuration } from "../../model/duration.ts";
import type { Resource } from "../../model/resource.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { isDimensionText, MAX_DIMENSION_VALUE } from "../spec/dimension-text.ts";
import { countsEvents, isSparse, publishedInterval } from "../spec/metric-knowledge.ts";
import { actionProblems } from "./action-validation.ts";
import { mathProblems } from "./math-validation.ts";
import { Problems } from "./problems.ts";

/** CloudWatch's limits of one alarm (user guide "Alarm limits" and the service's model). */
const MAX = { name: 255, dimensions: 30, dimensionName: 255 } as const;
const DAY = 86_400;

/**
 * What CloudWatch would refuse about an alarm, or accept and then never let work: errors. What works otherwise than it looks:
 * warnings. The description's length isn't judged: it is cut to fit. `resource`: whose metric it is, for how often it is published.
 */
export function validateAlarmSpec(spec: AlarmSpec, resource?: Resource): Diagnostic[] {
  const problems = new Problems();
  const { alarmName } = spec;
  if (alarmName === "" || [...alarmName].length > MAX.name)
    problems.error(
      "alarm-name",
      `the name has ${[...alarmName].length} characters; CloudWatch takes 1 to ${MAX.name}`,
    );
  if (/\p{Cc}/u.test(alarmName))
    problems.error("alarm-name", "the name holds control characters, which CloudWatch refuses");
  if (spec.kind === "composite") validateComposite(spec, problems);
  else validateMetric(spec, resource, problems);
  actionProblems(spec, problems);
  return problems.list;
}

function validateComposite(spec: CompositeAlarmSpec, problems: Problems): void {
  for (const { code, message } of compositeRuleProblems(spec.alarmRule))
    problems.error(code, `alarmRule: ${message}`);
  const {
    actionsSuppressor,
    actionsSuppressorWaitPeriod: wait,
    actionsSuppressorExtensionPeriod: extension,
  } = spec;
  if (actionsSuppressor === undefined) {
    if (wait !== undefined || extension !== undefined)
      problems.error(
        "suppressor",
        "actionsSuppressorWaitPeriod and actionsSuppressorExtensionPeriod need an actionsSuppressor",
      );
  } else if (wait === undefined || extension === undefined)
    problems.error(
      "suppressor",
      "an actionsSuppressor needs actionsSuppressorWaitPeriod and actionsSuppressorExtensionPeriod, 60 seconds each if in doubt",
    );
}

function validateMetric(spec: MetricAlarmSpec, resource: Resource | undefined, problems: Problems): void {
  validateWindow(spec, problems);
  validateThreshold(spec, problems);
  const stats = spec.metrics
    ? spec.metrics.flatMap(({ metricStat }) => metricStat ?? [])
    : singleStat(spec, problems);
  for (const stat of stats) validateStat(stat, spec, resource, problems);
  if (spec.metrics) mathProblems(spec, spec.metrics, problems);
  else if (spec.thresholdMetricId !== undefined)
    problems.error("band", "thresholdMetricId needs metrics with an ANOMALY_DETECTION_BAND expression");
  const percentile = stats.some(({ stat }) => /^p\d/.test(stat));
  if (spec.evaluateLowSampleCountPercentile !== undefined && !percentile)
    problems.warning(
      "low-samples",
      "evaluateLowSampleCountPercentile only matters for percentiles such as p99",
    );
  if (spec.treatMissingData === undefined && stats.some(({ namespace }) => namespace === "AWS/DynamoDB"))
    problems.warning(
      "dynamodb-missing-data",
      "alarms on AWS/DynamoDB ignore missing data unless told otherwise; say treatMissingData",
    );
}

function singleStat(spec: MetricAlarmSpec, problems: Problems): MetricStat[] {
  const { namespace, metricName, dimensions = [], period, statistic, extendedStatistic, unit } = spec;
  const missing = [
    namespace === undefined && "namespace",
    metricName === undefined && "metricName",
    period === undefined && "period",
    statistic === undefined && extendedStatistic === undefined && "statistic",
  ].filter((name) => name !== false);
  if (missing.length > 0) {
    problems.error(
      "missing-field",
      `${missing.join(", ")} must be given: it has no metrics and no alarmRule`,
    );
    return [];
  }
  if (statistic !== undefined && extendedStatistic !== undefined)
    problems.error("statistic", `either statistic ${statistic} or ${extendedStatistic}, not both`);
  const stat = statistic ?? extendedStatistic ?? "";
  return [
    {
      namespace: namespace ?? "",
      metricName: metricName ?? "",
      dimensions,
      period: period ?? 0,
      stat,
      ...(unit !== undefined && { unit }),
    },
  ];
}

/** M of N, and the longest window: a day, or a week with periods of an hour and more. */
function validateWindow(spec: MetricAlarmSpec, problems: Problems): void {
  const { evaluationPeriods: n, datapointsToAlarm: m } = spec;
  if (!Number.isInteger(n) || n < 1) {
    problems.error("evaluation-periods", `evaluationPeriods must be a whole number from 1, not ${n}`);
    return;
  }
  if (m !== undefined && (!Number.isInteger(m) || m < 1 || m > n))
    problems.error(
      "datapoints-to-alarm",
      `datapointsToAlarm ${m} must be a whole number from 1 to evaluationPeriods (${n})`,
    );
  const period = spec.period ?? Math.max(0, ...(spec.metrics ?? []).map(periodOf));
  const longest = period >= 3600 ? 7 * DAY : DAY;
  if (n * period > longest)
    problems.error(
      "window-too-long",
      `${n} periods of ${formatDuration(period)} are longer than CloudWatch's ${formatDuration(longest)}${period < 3600 ? " (7 d with periods of an hour and more)" : ""}`,
    );
}

function periodOf(query: NonNullable<MetricAlarmSpec["metrics"]>[number]): number {
  return query.metricStat?.period ?? query.period ?? 0;
}

function validateThreshold(spec: MetricAlarmSpec, problems: Problems): void {
  const { threshold, thresholdMetricId, comparisonOperator } = spec;
  const banded = BAND_OPERATORS.some((operator) => operator === comparisonOperator);
  if (thresholdMetricId === undefined) {
    if (threshold === undefined)
      problems.error("missing-threshold", "it needs a threshold, or band for an anomaly band");
    else if (!Number.isFinite(threshold))
      problems.error("missing-threshold", `threshold ${threshold} is no finite number`);
    if (banded)
      problems.error(
        "comparison-operator",
        `${comparisonOperator} is for anomaly bands; use GreaterThanThreshold or its kin`,
      );
  } else {
    if (threshold !== undefined)
      problems.error(
        "threshold-and-band",
        `an anomaly band takes the place of the threshold (${threshold}); give one of them`,
      );
    if (!banded)
      problems.error(
        "comparison-operator",
        `${comparisonOperator} is for thresholds; an anomaly band takes ${BAND_OPERATORS.join(", ")}`,
      );
  }
}

/** Periods of an alarm: 10, 20 or 30 seconds, or whole minutes. */
function validateStat(
  stat: MetricStat,
  spec: MetricAlarmSpec,
  resource: Resource | undefined,
  problems: Problems,
): void {
  const { namespace, metricName, period, unit } = stat;
  const where = `${namespace} ${metricName}`;
  if (namespace === "" || metricName === "")
    problems.error("missing-field", "a metric needs a namespace and a metricName");
  validateDimensions(stat.dimensions, problems);
  if (![10, 20, 30].includes(period) && (period <= 0 || period % 60 !== 0))
    problems.error("period", `period ${period} must be 10, 20 or 30 seconds or a multiple of 60`);
  else if (period < 60 && namespace.startsWith("AWS/"))
    problems.error(
      "sub-minute-period",
      `${where} is published once a minute at most: with a period of ${period} s the alarm would stay in INSUFFICIENT_DATA`,
    );
  else if (period < 60 && spec.thresholdMetricId !== undefined)
    problems.error("sub-minute-period", `an anomaly band needs a period of 60 s at least, not ${period} s`);
  else {
    const known = publishedInterval(namespace, metricName, resource);
    if (known && period < known.intervalSeconds)
      problems.warning(
        "period-too-short",
        `${where} comes every ${formatDuration(known.intervalSeconds)}${known.because ? ` (${known.because})` : ""}: with a period of ${formatDuration(period)} most datapoints are missing`,
      );
  }
  validateStatistic(stat, problems);
  if (unit !== undefined)
    problems.warning(
      "unit",
      `with unit ${unit} the alarm sees only data published in it, and otherwise stays in INSUFFICIENT_DATA`,
    );
  if (
    isSparse(namespace, metricName) &&
    spec.treatMissingData !== "notBreaching" &&
    spec.treatMissingData !== "ignore"
  )
    problems.warning(
      "sparse-metric",
      `${where} is published only when something happened; treatMissingData: notBreaching takes silence for health`,
    );
}

function validateStatistic({ namespace, metricName, stat }: MetricStat, problems: Problems): void {
  const statistic = parseStatistic(stat);
  if (!statistic) {
    problems.error(
      "statistic",
      `"${stat}" is no statistic; Average, Sum, Minimum, Maximum, SampleCount, p99, TM(10%:90%) are`,
    );
    return;
  }
  if (countsEvents(namespace, metricName) && stat !== "Sum" && stat !== "SampleCount")
    problems.warning(
      "counter-statistic",
      `every datapoint of ${namespace} ${metricName} is one event, so ${stat} is always 1; use Sum`,
    );
}

function validateDimensions(dimensions: readonly Dimension[], problems: Problems): void {
  if (dimensions.length > MAX.dimensions)
    problems.error(
      "dimensions",
      `${dimensions.length} dimensions are more than CloudWatch's ${MAX.dimensions}`,
    );
  const names = new Set<string>();
  for (const { name, value } of dimensions) {
    if (names.has(name)) problems.error("dimensions", `dimension ${name} is given twice`);
    names.add(name);
    if (!isDimensionText(name, MAX.dimensionName) || name.startsWith(":"))
      problems.error(
        "dimensions",
        `"${name}" can't name a dimension: 1 to ${MAX.dimensionName} ASCII characters, not beginning with a colon`,
      );
    if (!isDimensionText(value))
      problems.error(
        "dimensions",
        `dimension ${name} needs a value of 1 to ${MAX_DIMENSION_VALUE} ASCII characters`,
      );
  }
}
