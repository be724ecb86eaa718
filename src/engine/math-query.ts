import type { Diagnostic } from "../support/diagnostic.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { TrainedBand } from "./anomaly-model.ts";
import { evaluateMath } from "./math-evaluation.ts";
import { compileMath } from "./math-program.ts";
import type { Series } from "./math-values.ts";
import { type EngineOptions, resolveOptions } from "./options.ts";
import {
  type CleanSeries,
  cleanSeries,
  type MetricSeries,
  requireSeconds,
  seriesDiagnostics,
} from "./series.ts";

/** One entry of a request for data: a metric with its points, or an expression over the others. */
export interface MetricQuery {
  readonly id: string;
  readonly expression?: string;
  /** Points of a metric, at the period asked for. */
  readonly series?: MetricSeries;
}

export interface MetricQueryRequest {
  readonly queries: readonly MetricQuery[];
  /** [start, end) of the answer, epoch seconds. */
  readonly start: number;
  readonly end: number;
  /** Seconds between points when no query is a metric. Default 300. */
  readonly period?: number;
  /** Trained bands by id, for ANOMALY_DETECTION_BAND. */
  readonly bands?: Readonly<Record<string, TrainedBand>>;
  readonly options?: EngineOptions;
}

/** Points of one series, oldest first. Times in epoch seconds. */
export interface ResultSeries {
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export interface MetricQueryResult {
  /** By id: one series, or those of an array in order; scalars and failed queries have none. */
  readonly series: ReadonlyMap<string, readonly ResultSeries[]>;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Computes the expressions of a request for data (GetMetricData) over the points given. Metrics of different periods meet where
 * their points have the same time, as CloudWatch's graphs show it; it isn't documented, so a warning says so.
 * @throws RangeError for times in milliseconds.
 */
export function evaluateQueries(request: MetricQueryRequest): MetricQueryResult {
  requireSeconds(request.start, "start");
  requireSeconds(request.end, "end");
  const { program, diagnostics: problems } = compileMath(request.queries);
  const diagnostics: Diagnostic[] = [...problems];
  const results = new Map<string, readonly ResultSeries[]>();
  if (!program) return { series: results, diagnostics };

  const inputs = new Map<string, CleanSeries>();
  for (const { id, series } of request.queries) {
    if (!series) continue;
    const clean = cleanSeries(series);
    inputs.set(id, clean);
    diagnostics.push(...seriesDiagnostics(id, clean.problems));
  }
  const periods = [...new Set([...inputs.values()].map((series) => series.period))];
  if (periods.length > 1)
    diagnostics.push({
      severity: "warning",
      code: "mixed-periods",
      message: `periods of ${periods.sort((a, b) => a - b).join(", ")} s are combined where points have the same time; CloudWatch doesn't document how it does this`,
    });
  const step = periods.length > 0 ? periods.reduce(greatestCommonDivisor) : (request.period ?? 300);
  const anchor = ([...inputs.values()].find((series) => series.times.length > 0)?.anchor ?? 0) % step;
  const first = Math.ceil((request.start - anchor) / step) * step + anchor;
  const length = Math.max(0, Math.ceil((request.end - first) / step));
  const columns = new Map([...inputs].map(([id, series]) => [id, onGrid(series, first, step, length)]));
  const frame = {
    length,
    timeAt: (i: number) => first + i * step,
    inputs: columns,
    periodOf: (id: string) => inputs.get(id)?.period ?? step,
    bandOf: (id: string) => request.bands?.[id],
    options: resolveOptions(request.options),
  };
  for (const { id } of request.queries) {
    try {
      const [value] = evaluateMath(program, [id], frame);
      const list = value instanceof Float64Array ? [value] : Array.isArray(value) ? value : [];
      const found = list.filter((each): each is Series => each instanceof Float64Array);
      results.set(
        id,
        found.map((series) => points(series, first, step)),
      );
    } catch (error) {
      if (!isWatchkeeperError(error)) throw error;
      diagnostics.push({ severity: "error", code: error.code, message: error.message, path: id });
    }
  }
  return { series: results, diagnostics };
}

function onGrid(series: CleanSeries, first: number, step: number, length: number): Series {
  const column = new Float64Array(length).fill(Number.NaN);
  series.times.forEach((time, i) => {
    const at = (time - first) / step;
    if (at >= 0 && at < length && Number.isInteger(at)) column[at] = series.values[i] as number;
  });
  return column;
}

function points(series: Series, first: number, step: number): ResultSeries {
  const times: number[] = [];
  const values: number[] = [];
  series.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    times.push(first + i * step);
    values.push(value);
  });
  return { times, values };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
