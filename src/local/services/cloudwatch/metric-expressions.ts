import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import { seasonalBand } from "../../../engine/anomaly-band.ts";
import type { TrainedBand } from "../../../engine/anomaly-model.ts";
import { TRAINING_SECONDS } from "../../../engine/band-training.ts";
import { compileMath, type MathProgram, outsideFunctions } from "../../../engine/math-program.ts";
import { evaluateQueries, type ResultSeries } from "../../../engine/math-query.ts";
import { AwsError } from "../../aws-error.ts";
import type { StoredMetrics } from "../../metrics/stored-metrics.ts";
import type { AnomalyDetectors } from "./anomaly-detectors.ts";
import { detectorState, trainingConfiguration } from "./anomaly-training.ts";
import { validationError } from "./errors.ts";
import { returnsData } from "./metric-alarm-metrics.ts";
import {
  metricIdOf,
  type PeriodValues,
  readersOf,
  readPeriods,
  roundedStart,
  unitsOf,
} from "./statistics-by-period.ts";

/** Seconds; periods of expressions that no metric gives one. */
const DEFAULT_PERIOD = 300;

/** What expressions are computed over: epoch seconds. */
export interface ExpressionRange {
  readonly start: number;
  readonly end: number;
  readonly now: number;
}

/** One metric's values with the units that were published. */
export interface MetricRead {
  readonly values: PeriodValues;
  readonly units: readonly string[];
}

/** Reads the metric of a query. With data of several units and none asked for, those of the first, as CloudWatch does. */
export function readMetric(
  metrics: StoredMetrics,
  query: MetricDataQuery,
  range: ExpressionRange,
): MetricRead {
  const { Metric, Period: period = 60, Stat = "", Unit } = query.MetricStat ?? {};
  const { Namespace = "", MetricName = "", Dimensions } = Metric ?? {};
  const readers = readersOf(metrics, metricIdOf(Namespace, MetricName, Dimensions));
  const units = Unit ? [Unit] : unitsOf(readers);
  const [values = { times: [], values: [] }] = units[0]
    ? readPeriods(readers, units[0], { ...range, period }, [Stat])
    : [];
  return { values, units };
}

/**
 * Refuses expressions that CloudWatch refuses, and those that need more than stored metrics, which aren't implemented.
 * Undefined when there are none.
 */
export function checkExpressions(queries: readonly MetricDataQuery[]): MathProgram | undefined {
  const expressions = queries.filter(({ Expression }) => Expression !== undefined);
  if (expressions.length === 0) return undefined;
  const insights = expressions.find(({ Expression = "" }) => /^\s*SELECT\b/i.test(Expression));
  if (insights) throw notImplemented(`Metrics Insights: ${insights.Id} = ${insights.Expression}`);
  const { program, diagnostics } = compileMath(
    queries.map(({ Id = "", Expression }) => ({ id: Id, expression: Expression })),
  );
  const [problem] = diagnostics;
  if (!program) throw validationError(`Error in expression '${problem?.path}' [${problem?.message}]`);
  const [outside] = outsideFunctions(program, program.expressions.keys());
  if (outside !== undefined) throw notImplemented(`The function ${outside}`);
  for (const { Id = "" } of expressions.filter(returnsData)) {
    const type = program.expressions.get(Id)?.type;
    if (type !== "TS" && type !== "TS[]")
      throw validationError(`Error in expression '${Id}' [The result is a scalar, not a time series]`);
  }
  return program;
}

/** The series of every expression by its id: one, or those of an array in order. */
export function computeExpressions(
  metrics: StoredMetrics,
  detectors: AnomalyDetectors,
  queries: readonly MetricDataQuery[],
  program: MathProgram,
  range: ExpressionRange,
): ReadonlyMap<string, readonly ResultSeries[]> {
  const bands = trainBands(metrics, detectors, queries, program, range);
  const { series, diagnostics } = compute(metrics, queries, range, bands);
  const failed = diagnostics.find(({ severity }) => severity === "error");
  if (failed) throw validationError(`Error in expression '${failed.path}' [${failed.message}]`);
  return series;
}

function compute(
  metrics: StoredMetrics,
  queries: readonly MetricDataQuery[],
  range: ExpressionRange,
  bands: Readonly<Record<string, TrainedBand>>,
) {
  const withPeriod = queries.find(({ MetricStat, Period }) => !MetricStat && Period !== undefined);
  return evaluateQueries({
    queries: queries.map((query) => ({
      id: query.Id ?? "",
      ...(query.Expression !== undefined && { expression: query.Expression }),
      ...(query.MetricStat && {
        series: {
          period: query.MetricStat.Period ?? DEFAULT_PERIOD,
          ...readMetric(metrics, query, range).values,
        },
      }),
    })),
    start: Math.min(...queries.map((query) => roundedStart(range.start, periodOf(query), range.now))),
    end: range.end,
    period: withPeriod?.Period ?? DEFAULT_PERIOD,
    bands,
  });
}

function periodOf({ MetricStat, Period }: MetricDataQuery): number {
  return MetricStat?.Period ?? Period ?? DEFAULT_PERIOD;
}

/** Bands for every ANOMALY_DETECTION_BAND, trained on the two weeks before now; missing detectors are made. */
function trainBands(
  metrics: StoredMetrics,
  detectors: AnomalyDetectors,
  queries: readonly MetricDataQuery[],
  program: MathProgram,
  { now }: ExpressionRange,
): Readonly<Record<string, TrainedBand>> {
  const subjects = new Set(
    [...program.expressions.values()].flatMap(({ calls }) =>
      calls.flatMap(({ name, args: [first] }) =>
        name === "ANOMALY_DETECTION_BAND" && first?.kind === "reference" ? [first.id] : [],
      ),
    ),
  );
  if (subjects.size === 0) return {};
  const past = { start: Math.floor(now / 60) * 60 - TRAINING_SECONDS, end: now, now };
  const silent = Object.fromEntries([...subjects].map((id) => [id, { bandAt: () => undefined }]));
  const { series } = compute(metrics, queries, past, silent);
  return Object.fromEntries(
    [...subjects].map((id): [string, TrainedBand] => {
      const query = queries.find(({ Id }) => Id === id);
      const stat = query?.MetricStat;
      const single = stat && { ...stat.Metric, Stat: stat.Stat };
      const detector = single && detectors.obtain(single);
      const [points = { times: [], values: [] }] = series.get(id) ?? [];
      const unit =
        query && stat ? readMetric(metrics, query, { start: now, end: now, now }).units[0] : undefined;
      const band = seasonalBand.train(
        { period: stat?.Period ?? DEFAULT_PERIOD, ...points },
        trainingConfiguration(stat, unit, detector?.Configuration),
      );
      if (single) detectors.setState(single, detectorState(band, now, points.times.length));
      return [id, band];
    }),
  );
}

function notImplemented(what: string): AwsError {
  return new AwsError("NotImplemented", `${what} is not implemented by the local cloud.`, 501);
}
