import type {
  GetMetricDataInput,
  GetMetricDataOutput,
  MetricDataQuery,
  MetricDataResult,
} from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../service.ts";
import { Constraints } from "./constraints.ts";
import { invalidValue, validationError } from "./errors.ts";
import { checkQueries, constrainMetrics, returnsData } from "./metric-alarm-metrics.ts";
import { labelsOf } from "./metric-labels.ts";
import { pagePosition, pageToken } from "./paging.ts";
import { metricIdOf, type PeriodValues, readersOf, readPeriods, unitsOf } from "./statistics-by-period.ts";
import type { StoredMetrics } from "./stored-metrics.ts";
import { isReadPeriod, SCAN_ORDERS } from "./vocabulary.ts";

const MAX_QUERIES = 500;
const MAX_DATAPOINTS = 100_800;

/** Where the next page goes on: a query, a point in it, and the moment of the first page, so that all pages show the same. */
type Position = readonly [query: number, point: number, now: number];

/**
 * Statistics of many metrics. A page holds at most MaxDatapoints points, query after query; a result that goes on in the
 * next page is `PartialData`.
 */
export function getMetricData(
  metrics: StoredMetrics,
  input: GetMetricDataInput,
  now: Date,
): GetMetricDataOutput {
  check(input);
  const { NextToken, ...parameters } = input;
  const position = pagePosition<Position>("GetMetricData", parameters, NextToken);
  const [first, skipped, moment] = position ?? [0, 0, now.getTime()];
  const queries = (input.MetricDataQueries ?? []).filter(returnsData);
  const labels = labelsOf(queries);
  const descending = input.ScanBy !== "TimestampAscending";
  const results: MetricDataResult[] = [];
  let room = input.MaxDatapoints ?? MAX_DATAPOINTS;
  for (let q = first; q < queries.length; q += 1) {
    if (room === 0) return partial(results, parameters, [q, 0, moment]);
    const query = queries[q] as MetricDataQuery;
    const { values, messages } = readQuery(metrics, query, input, moment);
    const from = q === first ? skipped : 0;
    const count = Math.min(room, values.times.length - from);
    const complete = from + count === values.times.length;
    room -= count;
    results.push({
      Id: query.Id,
      Label: query.Label ?? labels[q],
      ...slice(values, from, count, descending),
      StatusCode: complete ? "Complete" : "PartialData",
      ...(messages.length > 0 && { Messages: messages }),
    });
    if (!complete) return partial(results, parameters, [q, from + count, moment]);
  }
  return { MetricDataResults: results, Messages: [] };
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

function check(input: GetMetricDataInput): void {
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
  for (const query of queries) {
    if (query.Expression !== undefined)
      throw new AwsError(
        "NotImplemented",
        `Metric math and Metrics Insights are not implemented: ${query.Id} = ${query.Expression}`,
        501,
      );
    const period = query.MetricStat?.Period as number;
    if (!isReadPeriod(period) || period > 86_400)
      throw validationError(
        `The period of ${query.Id} must be 1, 5, 10, 20, 30 or a multiple of 60 up to 86400, not ${period}.`,
      );
  }
}

function readQuery(
  metrics: StoredMetrics,
  query: MetricDataQuery,
  input: GetMetricDataInput,
  now: number,
): { readonly values: PeriodValues; readonly messages: { Code: string; Value: string }[] } {
  const { Metric, Period: period = 60, Stat = "", Unit } = query.MetricStat ?? {};
  const { Namespace = "", MetricName = "", Dimensions } = Metric ?? {};
  const readers = readersOf(metrics, metricIdOf(Namespace, MetricName, Dimensions));
  const units = Unit ? [Unit] : unitsOf(readers);
  const range = {
    start: (input.StartTime as Date).getTime() / 1000,
    end: (input.EndTime as Date).getTime() / 1000,
    period,
    now: now / 1000,
  };
  // With data of several units and none asked for, CloudWatch gives those of the first and says so.
  const [values = { times: [], values: [] }] = units[0] ? readPeriods(readers, units[0], range, [Stat]) : [];
  const messages =
    units.length > 1
      ? [{ Code: "MultipleUnits", Value: `Multiple units returned: '[${units.join(", ")}]'` }]
      : [];
  return { values, messages };
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
