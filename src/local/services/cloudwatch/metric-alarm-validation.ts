import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { BASIC_STATISTICS, parseStatistic } from "../../../engine/statistic-name.ts";
import { BAND_OPERATORS, THRESHOLD_OPERATORS } from "../../../model/alarm-spec.ts";
import { AwsError } from "../../aws-error.ts";
import {
  CONTROL_CHARACTERS,
  checkActionConfiguration,
  checkTags,
  constrainActionConfiguration,
  constrainDimensions,
  constrainTags,
  duplicateDimension,
} from "./common-shapes.ts";
import { Constraints } from "./constraints.ts";
import { invalidValue, validationError } from "./errors.ts";
import { checkEvaluationWindow } from "./evaluation-window.ts";
import { checkMetrics, constrainMetrics } from "./metric-alarm-metrics.ts";
import { isAlarmPeriod, UNITS } from "./vocabulary.ts";

const DAY = 86_400;
const WEEK = 604_800;
/** PutMetricAlarm takes at most 120 KB. */
const MAX_PAYLOAD = 120 * 1024;

/**
 * Refuses what CloudWatch's PutMetricAlarm refuses, with its messages where they were recorded (the ones of the form
 * "X must not be null", "X should not be set ...", "Exactly one element ...").
 */
export function checkMetricAlarm(input: PutMetricAlarmInput): void {
  constrain(input);
  if (CONTROL_CHARACTERS.test(input.AlarmName ?? ""))
    throw validationError("AlarmName must not contain ASCII control characters");
  if (JSON.stringify(input).length > MAX_PAYLOAD)
    throw validationError(`The request is larger than ${MAX_PAYLOAD} bytes`);
  if (input.EvaluationCriteria !== undefined)
    throw new AwsError(
      "NotImplemented",
      "Alarms on PromQL queries (EvaluationCriteria) are not implemented.",
      501,
    );
  if (input.EvaluationInterval !== undefined)
    throw validationError("EvaluationInterval should only be set if EvaluationCriteria is set");
  if (input.Metrics) {
    checkNoSingleMetric(input);
    checkMetrics(input.Metrics, input.ThresholdMetricId);
  } else checkSingleMetric(input);
  checkComparison(input);
  checkPeriods(input);
  checkOptions(input);
  checkEvaluationWindow(input.EvaluationWindow, periodsOf(input));
  checkActionConfiguration(input.ActionConfiguration);
  checkTags(input.Tags, validationError);
}

/** Periods of everything an alarm reads, in seconds. */
function periodsOf(input: {
  readonly Period?: number | undefined;
  readonly Metrics?: readonly MetricDataQuery[] | undefined;
}): readonly number[] {
  const periods = input.Metrics?.flatMap((query) => query.MetricStat?.Period ?? query.Period ?? []);
  return periods ?? (input.Period === undefined ? [] : [input.Period]);
}

function constrain(input: PutMetricAlarmInput): void {
  const constraints = new Constraints()
    .required("alarmName", input.AlarmName)
    .length("alarmName", input.AlarmName, 1, 255)
    .length("alarmDescription", input.AlarmDescription, 0, 1024)
    .length("oKActions", input.OKActions, 0, 5)
    .length("alarmActions", input.AlarmActions, 0, 5)
    .length("insufficientDataActions", input.InsufficientDataActions, 0, 5)
    .length("metricName", input.MetricName, 1, 255)
    .length("namespace", input.Namespace, 1, 255)
    .oneOf("statistic", input.Statistic, BASIC_STATISTICS)
    .range("period", input.Period, 1)
    .oneOf("unit", input.Unit, UNITS)
    .range("evaluationPeriods", input.EvaluationPeriods, 1)
    .range("datapointsToAlarm", input.DatapointsToAlarm, 1)
    .oneOf("comparisonOperator", input.ComparisonOperator, [...THRESHOLD_OPERATORS, ...BAND_OPERATORS])
    .length("treatMissingData", input.TreatMissingData, 1, 255)
    .length("evaluateLowSampleCountPercentile", input.EvaluateLowSampleCountPercentile, 1, 255)
    .length("thresholdMetricId", input.ThresholdMetricId, 1, 255);
  const warmUp = input.WarmUpConfiguration;
  if (warmUp) {
    const path = "warmUpConfiguration.warmUpPeriodDurationInMinutes";
    const minutes = warmUp.WarmUpPeriodDurationInMinutes;
    constraints.required(path, minutes).range(path, minutes, 1, 2880);
  }
  for (const list of ["OKActions", "AlarmActions", "InsufficientDataActions"] as const)
    input[list]?.forEach((action, i) => {
      constraints.length(`${lowerFirst(list)}.${i + 1}.member`, action, 1, 1024);
    });
  constrainDimensions(constraints, "dimensions", input.Dimensions);
  constrainMetrics(constraints, input.Metrics);
  constrainTags(constraints, "tags", input.Tags);
  constrainActionConfiguration(constraints, input.ActionConfiguration);
  constraints.check();
}

function checkNoSingleMetric(input: PutMetricAlarmInput): void {
  for (const name of ["MetricName", "Namespace", "Period", "Unit", "Statistic", "ExtendedStatistic"] as const)
    if (input[name] !== undefined)
      throw validationError(`${name} should not be set if list of Metrics is set.`);
  if (input.Dimensions && input.Dimensions.length > 0)
    throw validationError("Dimensions should not be set if list of Metrics is set.");
}

function checkSingleMetric(input: PutMetricAlarmInput): void {
  for (const name of ["MetricName", "Namespace", "Period"] as const)
    if (input[name] === undefined) throw validationError(`${name} must not be null`);
  const { Statistic, ExtendedStatistic } = input;
  if (Statistic === undefined && ExtendedStatistic === undefined)
    throw validationError("Statistic must not be null");
  if (Statistic !== undefined && ExtendedStatistic !== undefined)
    throw validationError("Statistic and ExtendedStatistic cannot both be set");
  if (ExtendedStatistic !== undefined) checkExtendedStatistic(ExtendedStatistic);
  const twice = duplicateDimension(input.Dimensions);
  if (twice !== undefined) throw validationError(`The dimension ${twice} is given more than once`);
}

/** Percentages of TC, TM, TS and WM lie between 10 and 90 in an alarm on one metric. */
function checkExtendedStatistic(stat: string): void {
  const parsed = parseStatistic(stat);
  const extended = parsed !== undefined && parsed.kind !== "basic";
  const range = /^(?:TC|TM|TS|WM)\((.*%.*)\)$/.exec(stat)?.[1];
  const outside = range
    ?.split(":")
    .filter((bound) => bound !== "")
    .map(Number.parseFloat)
    .some((percent) => percent < 10 || percent > 90);
  if (!extended || outside)
    throw invalidValue(`The value ${stat} for parameter ExtendedStatistic is not supported.`);
}

function checkComparison(input: PutMetricAlarmInput): void {
  const { ComparisonOperator, Threshold, ThresholdMetricId } = input;
  if (ComparisonOperator === undefined) throw validationError("ComparisonOperator must not be null");
  if (Threshold !== undefined && ThresholdMetricId !== undefined)
    throw validationError("Threshold and ThresholdMetricId cannot both be set");
  const band = (BAND_OPERATORS as readonly string[]).includes(ComparisonOperator);
  if (band && ThresholdMetricId === undefined)
    throw validationError("ComparisonOperators for ranges require ThresholdMetricId to be set");
  if (!band && ThresholdMetricId !== undefined)
    throw validationError(`ComparisonOperator ${ComparisonOperator} cannot be used with ThresholdMetricId`);
  if (ThresholdMetricId !== undefined && !input.Metrics)
    throw validationError(
      "Metrics list must contain exactly one metric matching the ThresholdMetricId parameter",
    );
  if (!band && (Threshold === undefined || Number.isNaN(Threshold)))
    throw validationError("Threshold must not be null");
}

function checkPeriods(input: PutMetricAlarmInput): void {
  const { EvaluationPeriods: n, DatapointsToAlarm: m } = input;
  if (n === undefined) throw validationError("EvaluationPeriods must not be null");
  if (m !== undefined && m > n)
    throw validationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods");
  for (const period of periodsOf(input)) {
    if (!isAlarmPeriod(period)) throw validationError("Period must be 10, 20, 30 or a multiple of 60");
    if (input.ThresholdMetricId !== undefined && period < 60)
      throw validationError("Period must be a multiple of 60 for alarms based on anomaly detection models");
    const [limit, name] = period < 3600 ? [DAY, "day"] : [WEEK, "week"];
    if (n * period > limit)
      throw validationError(
        `Metrics cannot be checked across more than a ${name} (EvaluationPeriods * Period must be <= ${limit}).`,
      );
  }
}

function checkOptions(input: PutMetricAlarmInput): void {
  for (const [name, value, options] of [
    ["TreatMissingData", input.TreatMissingData, ["breaching", "notBreaching", "ignore", "missing"]],
    ["EvaluateLowSampleCountPercentile", input.EvaluateLowSampleCountPercentile, ["evaluate", "ignore"]],
  ] as const)
    if (value !== undefined && !(options as readonly string[]).includes(value))
      throw validationError(
        `Option ${value} is not supported. Supported options for parameter ${name} are ${options.slice(0, -1).join(", ")} and ${options.at(-1)}.`,
      );
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
