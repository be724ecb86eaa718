import {
  type AlarmInput,
  type AlarmProblem,
  BAND_OPERATORS,
  type BandOperator,
  type Comparison,
  type EvaluableAlarm,
  type MetricAlarm,
  MISSING_TREATMENTS,
  SINGLE_METRIC_ID,
  THRESHOLD_OPERATORS,
  type ThresholdOperator,
} from "./alarm.ts";
import { type ResolvedOptions, resolveOptions } from "./options.ts";
import { parseStatistic } from "./statistic-name.ts";

/** Reads an alarm, or says why it can't be evaluated. Limits that don't matter to evaluation are not checked. */
export function readAlarm(
  alarm: MetricAlarm,
  options: Pick<ResolvedOptions, "dynamoDbIgnores"> = resolveOptions(),
): EvaluableAlarm | AlarmProblem {
  const name = alarm.AlarmName ?? "the alarm";
  const invalid = (code: string, problem: string): AlarmProblem => ({
    kind: "invalid",
    code,
    message: `${name}: ${problem}`,
  });
  const unsupported = (code: string, what: string): AlarmProblem => ({
    kind: "unsupported",
    code,
    message: `${name}: ${what} can't be evaluated offline`,
  });
  if (alarm.EvaluationCriteria !== undefined) return unsupported("promql", "a PromQL alarm");
  if (alarm.ScheduledQueryConfiguration !== undefined) return unsupported("log-alarm", "a log alarm");

  const input = readInput(alarm, invalid, unsupported);
  if (!("period" in input)) return input;
  const { period } = input;
  if (!isPeriod(period))
    return invalid("period", `a period of ${period} s; CloudWatch allows 10, 20, 30 and multiples of 60`);

  const evaluationPeriods = alarm.EvaluationPeriods ?? Number.NaN;
  if (!isCount(evaluationPeriods))
    return invalid("evaluation-periods", `EvaluationPeriods is ${alarm.EvaluationPeriods}; give 1 or more`);
  const datapointsToAlarm = alarm.DatapointsToAlarm ?? evaluationPeriods;
  if (!isCount(datapointsToAlarm) || datapointsToAlarm > evaluationPeriods)
    return invalid(
      "datapoints-to-alarm",
      `DatapointsToAlarm is ${datapointsToAlarm}; give 1 to EvaluationPeriods (${evaluationPeriods})`,
    );
  const ignores = isDynamoDb(alarm);
  const treatMissingData =
    ignores && (alarm.TreatMissingData === undefined || options.dynamoDbIgnores === "always")
      ? "ignore"
      : alarm.TreatMissingData === undefined
        ? "missing"
        : MISSING_TREATMENTS.find((each) => each === alarm.TreatMissingData);
  if (!treatMissingData)
    return invalid(
      "treat-missing-data",
      `TreatMissingData is "${alarm.TreatMissingData}"; it is one of ${MISSING_TREATMENTS.join(", ")}`,
    );
  const comparison = readComparison(alarm);
  if (typeof comparison === "string") return invalid("comparison", comparison);

  const wallClock = alarm.EvaluationWindow?.WallClockWindow;
  const warmUp = alarm.WarmUpConfiguration;
  return {
    name,
    namespace: alarm.Namespace,
    input: input.input,
    period,
    evaluationPeriods,
    datapointsToAlarm,
    datapointsGiven: alarm.DatapointsToAlarm !== undefined,
    comparison,
    treatMissingData,
    ignoreLowSamples: alarm.EvaluateLowSampleCountPercentile === "ignore",
    window: wallClock ? { kind: "wallClock", timeZone: wallClock.Timezone ?? "UTC" } : { kind: "sliding" },
    warmUp:
      warmUp?.WarmUpPeriodDurationInMinutes === undefined
        ? undefined
        : {
            seconds: warmUp.WarmUpPeriodDurationInMinutes * 60,
            wholePeriod: warmUp.OnlyStartEvaluatingAfterWarmUpPeriodEnds ?? false,
          },
    unit: input.unit,
  };
}

/** Whether the answer of `readAlarm` is a problem. */
export function isAlarmProblem(alarm: EvaluableAlarm | AlarmProblem): alarm is AlarmProblem {
  return "kind" in alarm;
}

/**
 * DynamoDB's metrics ignore missing data unless the alarm says otherwise. (The guide of 2026 calls `ignore` the default there;
 * older texts say it always applies.)
 */
function isDynamoDb(alarm: MetricAlarm): boolean {
  const inMath = (alarm.Metrics ?? []).map((each) => each.MetricStat?.Metric?.Namespace);
  return [alarm.Namespace, ...inMath].includes("AWS/DynamoDB");
}

interface ReadInput {
  readonly input: AlarmInput;
  readonly period: number;
  readonly unit: string | undefined;
}

type Refuse = (code: string, problem: string) => AlarmProblem;

function readInput(alarm: MetricAlarm, invalid: Refuse, unsupported: Refuse): ReadInput | AlarmProblem {
  const metrics = alarm.Metrics ?? [];
  if (metrics.length === 0) {
    const name = alarm.ExtendedStatistic ?? alarm.Statistic;
    return readMetric(SINGLE_METRIC_ID, name, alarm.Period, alarm.Unit, invalid);
  }
  const sql = metrics.find((each) => /^\s*SELECT\s/i.test(each.Expression ?? ""));
  if (sql) return unsupported("metrics-insights", `the Metrics Insights query of "${sql.Id}"`);
  const returned = metrics.filter((each) => each.ReturnData !== false && each.Id !== alarm.ThresholdMetricId);
  const [only] = returned;
  // CloudWatch takes ReturnData for true when absent, but an alarm needs exactly one returned series beside its band.
  if (!only || returned.length > 1)
    return invalid(
      "return-data",
      `${returned.length} of its metrics return data; set ReturnData to false on all but the one to watch`,
    );
  if (metrics.length === 1 && only.MetricStat)
    return readMetric(
      only.Id ?? SINGLE_METRIC_ID,
      only.MetricStat.Stat,
      only.MetricStat.Period,
      only.MetricStat.Unit,
      invalid,
    );
  const periods = new Set(metrics.flatMap((each) => (each.MetricStat ? [each.MetricStat.Period] : [])));
  if (periods.size > 1)
    return invalid("mixed-periods", `its metrics have different periods (${[...periods].join(", ")} s)`);
  const [period] = [...periods];
  return {
    input: { kind: "math", id: only.Id ?? SINGLE_METRIC_ID, metrics },
    period: period ?? only.Period ?? Number.NaN,
    unit: undefined,
  };
}

function readMetric(
  id: string,
  name: string | undefined,
  period: number | undefined,
  unit: string | undefined,
  invalid: Refuse,
): ReadInput | AlarmProblem {
  if (name === undefined) return invalid("statistic", "it has neither Statistic nor ExtendedStatistic");
  const statistic = parseStatistic(name);
  if (!statistic) return invalid("statistic", `"${name}" is no CloudWatch statistic`);
  return {
    input: { kind: "metric", id, statistic, statisticName: name },
    period: period ?? Number.NaN,
    unit,
  };
}

function readComparison(alarm: MetricAlarm): Comparison | string {
  const name = alarm.ComparisonOperator;
  const operators = [...Object.keys(THRESHOLD_OPERATORS), ...Object.keys(BAND_OPERATORS)];
  if (name !== undefined && name in THRESHOLD_OPERATORS) {
    if (alarm.Threshold === undefined || !Number.isFinite(alarm.Threshold))
      return `${name} needs a Threshold, a finite number, not ${alarm.Threshold}`;
    return { kind: "threshold", operator: name as ThresholdOperator, threshold: alarm.Threshold };
  }
  if (name !== undefined && name in BAND_OPERATORS) {
    if (alarm.ThresholdMetricId === undefined)
      return `${name} needs a ThresholdMetricId, the Id of its ANOMALY_DETECTION_BAND`;
    if (!alarm.Metrics?.some((each) => each.Id === alarm.ThresholdMetricId))
      return `ThresholdMetricId "${alarm.ThresholdMetricId}" is not among its metrics`;
    return { kind: "band", operator: name as BandOperator, bandId: alarm.ThresholdMetricId };
  }
  return `ComparisonOperator is "${name}"; it is one of ${operators.join(", ")}`;
}

function isPeriod(period: number): boolean {
  return period === 10 || period === 20 || period === 30 || (period >= 60 && period % 60 === 0);
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1;
}
