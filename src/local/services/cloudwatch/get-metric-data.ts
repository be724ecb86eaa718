import type {
  GetMetricDataInput,
  GetMetricDataOutput,
  MetricDataQuery,
  MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import type { MathProgram } from "../../../engine/math-program.ts";
import type { StoredMetrics } from "../../metrics/stored-metrics.ts";
import type { AnomalyDetectors } from "./anomaly-detectors.ts";
import { Constraints } from "./constraints.ts";
import { invalidValue, validationError } from "./errors.ts";
import { checkQueries, constrainMetrics, returnsData } from "./metric-alarm-metrics.ts";
import { checkExpressions, computeExpressions, readMetric } from "./metric-expressions.ts";
import { labelsOf } from "./metric-labels.ts";
import { pagePosition, pageToken } from "./paging.ts";
import type { PeriodValues } from "./statistics-by-period.ts";
import { isReadPeriod, SCAN_ORDERS } from "./vocabulary.ts";

const MAX_QUERIES = 500;
const MAX_DATAPOINTS = 100_800;

/** Where the next page goes on: a result, a point in it, and the moment of the first page, so that all pages show the same. */
type Position = readonly [result: number, point: number, now: number];

/** What metrics, models and moment a request is answered from. */
export interface MetricDataSources {
  readonly metrics: StoredMetrics;
  readonly detectors: AnomalyDetectors;
  readonly now: Date;
}

/**
 * Statistics of many metrics, and expressions over them. A page holds at most MaxDatapoints points, result after result; one that goes
 * on in the next page is `PartialData`. An expression whose value is an array gives a result for each of its series.
 */
export function getMetricData(
  { metrics, detectors, now }: MetricDataSources,
  input: GetMetricDataInput,
): GetMetricDataOutput {
  const program = check(input);
  const { NextToken, ...parameters } = input;
  const position = pagePosition<Position>("GetMetricData", parameters, NextToken);
  const [first, skipped, moment] = position ?? [0, 0, now.getTime()];
  const all = input.MetricDataQueries ?? [];
  const range = {
    start: (input.StartTime as Date).getTime() / 1000,
    end: (input.EndTime as Date).getTime() / 1000,
    now: moment / 1000,
  };
  const computed = program && computeExpressions(metrics, detectors, all, program, range);
  const pending = pendingResults(all.filter(returnsData), computed);
  const descending = input.ScanBy !== "TimestampAscending";
  const results: MetricDataResult[] = [];
  let room = input.MaxDatapoints ?? MAX_DATAPOINTS;
  for (let r = first; r < pending.length; r += 1) {
    if (room === 0) return partial(results, parameters, [r, 0, moment]);
    const { query, label, series } = pending[r] as PendingResult;
    const { values, units } = series ? { values: series, units: [] } : readMetric(metrics, query, range);
    const from = r === first ? skipped : 0;
    const count = Math.min(room, values.times.length - from);
    const complete = from + count === values.times.length;
    room -= count;
    results.push({
      Id: query.Id,
      Label: label,
      ...slice(values, from, count, descending),
      StatusCode: complete ? "Complete" : "PartialData",
      ...(units.length > 1 && {
        Messages: [{ Code: "MultipleUnits", Value: `Multiple units returned: '[${units.join(", ")}]'` }],
      }),
    });
    if (!complete) return partial(results, parameters, [r, from + count, moment]);
  }
  return { MetricDataResults: results, Messages: [] };
}

/** A result to be given; `series` when it was computed already. */
interface PendingResult {
  readonly query: MetricDataQuery;
  readonly label: string | undefined;
  readonly series?: PeriodValues;
}

function pendingResults(
  queries: readonly MetricDataQuery[],
  computed: ReadonlyMap<string, readonly PeriodValues[]> | undefined,
): readonly PendingResult[] {
  const labels = labelsOf(queries);
  return queries.flatMap((query, q): readonly PendingResult[] => {
    const label = query.Label ?? labels[q];
    if (query.Expression === undefined) return [{ query, label }];
    const series = computed?.get(query.Id ?? "") ?? [];
    return series.map((each, k) => ({
      query,
      label: series.length > 1 ? `${label} ${k + 1}` : label,
      series: each,
    }));
  });
}

function partial(
  results: MetricDataResult[],
  parameters: GetMetricDataInput | Omit<GetMetricDataInput, "NextToken">,
  position: Position,
): GetMetricDataOutput {
  return {
    MetricDataResults: results,
    Messages: [],
    NextToken: pageToken("GetMetricData", parameters, position),
  };
}

function check(input: GetMetricDataInput): MathProgram | undefined {
  const constraints = new Constraints()
    .required("metricDataQueries", input.MetricDataQueries)
    .required("startTime", input.StartTime)
    .required("endTime", input.EndTime)
    .range("maxDatapoints", input.MaxDatapoints, 1, MAX_DATAPOINTS)
    .oneOf("scanBy", input.ScanBy, SCAN_ORDERS);
  constrainMetrics(constraints, input.MetricDataQueries, "metricDataQueries");
  constraints.check();
  const queries = input.MetricDataQueries ?? [];
  if (queries.length > MAX_QUERIES)
    throw invalidValue(`The collection MetricDataQueries must not have a size greater than ${MAX_QUERIES}.`);
  checkQueries(queries, "MetricDataQueries");
  const start = (input.StartTime as Date).getTime();
  const end = (input.EndTime as Date).getTime();
  if (start > end) throw validationError("The parameter EndTime must be greater than StartTime.");
  if (start === end) throw validationError("The parameter StartTime must not equal parameter EndTime.");
  for (const { Id, MetricStat, Period } of queries) {
    const period = MetricStat?.Period ?? Period;
    if (period !== undefined && (!isReadPeriod(period) || period > 86_400))
      throw validationError(
        `The period of ${Id} must be 1, 5, 10, 20, 30 or a multiple of 60 up to 86400, not ${period}.`,
      );
  }
  return checkExpressions(queries);
}

function slice(
  { times, values }: PeriodValues,
  from: number,
  count: number,
  descending: boolean,
): { Timestamps: Date[]; Values: number[] } {
  const last = times.length - 1;
  const Timestamps: Date[] = [];
  const Values: number[] = [];
  for (let i = from; i < from + count; i += 1) {
    const at = descending ? last - i : i;
    Timestamps.push(new Date((times[at] as number) * 1000));
    Values.push(values[at] as number);
  }
  return { Timestamps, Values };
}
