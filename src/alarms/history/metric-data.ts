import { epochSecondsOf } from "../../aws/alarm-decoding.ts";
import type { AwsSession, InputOf } from "../../aws/session.ts";
import { PointGrid } from "../../engine/point-grid.ts";
import { type MetricReference, referenceLabel } from "./metric-reference.ts";

/** One series to read: a statistic of a metric by period over [start, end). Seconds; both ends multiples of the period or of a minute. */
export interface SeriesRequest {
  readonly key: string;
  readonly metric: MetricReference;
  readonly period: number;
  readonly start: number;
  readonly end: number;
}

/** What came of one request. */
export interface ReadSeries {
  readonly request: SeriesRequest;
  /** One slot a period, NaN where CloudWatch has no point; undefined when the call failed. */
  readonly grid: PointGrid | undefined;
  /** CloudWatch's own words about it: several units, no permission ... */
  readonly messages: readonly string[];
  /** It could not be read whole. */
  readonly failed: boolean;
}

/** Limits of one GetMetricData call. Source: CloudWatch quotas. */
const QUERIES_A_CALL = 500;
const POINTS_A_CALL = 100_800;
/** US dollars for each metric asked for in a call, no free tier. Source: CloudWatch pricing. */
const PRICE_A_METRIC = 0.01 / 1000;

/** What reading costs. */
export interface ReadingCost {
  readonly metrics: number;
  readonly calls: number;
  readonly dollars: number;
}

/** Requests shared out over calls, each within CloudWatch's limits, in their order as far as their times allow. */
export function callsFor(requests: readonly SeriesRequest[]): readonly (readonly SeriesRequest[])[] {
  const calls: SeriesRequest[][] = [];
  const open = new Map<string, { readonly call: SeriesRequest[]; points: number }>();
  for (const request of requests) {
    const span = `${request.start}-${request.end}`;
    const points = Math.ceil((request.end - request.start) / request.period) + 1;
    const current = open.get(span);
    if (current && current.call.length < QUERIES_A_CALL && current.points + points <= POINTS_A_CALL) {
      current.call.push(request);
      current.points += points;
      continue;
    }
    const call = [request];
    calls.push(call);
    open.set(span, { call, points });
  }
  return calls;
}

/** What some calls cost. */
export function costOf(calls: readonly (readonly SeriesRequest[])[]): ReadingCost {
  const metrics = calls.reduce((sum, call) => sum + call.length, 0);
  return { metrics, calls: calls.length, dollars: metrics * PRICE_A_METRIC };
}

/**
 * Reads the series of one call, with further pages should CloudWatch split its answer. A series that CloudWatch answers with an
 * error is `failed`; a failing call rejects.
 */
export async function readMetricData(
  session: AwsSession,
  requests: readonly SeriesRequest[],
): Promise<readonly ReadSeries[]> {
  const [first] = requests;
  if (!first) return [];
  const found = requests.map((request) => ({
    request,
    grid: new PointGrid({ start: request.start, end: request.end, step: request.period }),
    messages: new Set<string>(),
    failed: false,
  }));
  const input = {
    StartTime: new Date(first.start * 1000),
    EndTime: new Date(first.end * 1000),
    ScanBy: "TimestampAscending",
    MaxDatapoints: POINTS_A_CALL,
    MetricDataQueries: requests.map(queryOf),
  } satisfies InputOf<"cloudwatch", "GetMetricData">;
  for await (const page of session.pages("cloudwatch", "GetMetricData", input)) {
    for (const result of page.MetricDataResults ?? []) {
      const { Id, Values = [], StatusCode, Messages = [] } = result;
      const series = found[Number(Id?.slice(1))];
      if (!series) continue;
      const { grid, messages } = series;
      const times = epochSecondsOf(result);
      for (let i = 0; i < times.length; i += 1) grid.add(times[i] as number, Values[i] as number);
      for (const { Code, Value } of Messages) messages.add(`${Code}: ${Value}`);
      if (StatusCode === "Forbidden" || StatusCode === "InternalError") {
        series.failed = true;
        messages.add(`${referenceLabel(series.request.metric)} could not be read: ${StatusCode}`);
      }
    }
  }
  return found.map(({ messages, ...series }) => ({ ...series, messages: [...messages] }));
}

function queryOf({ metric, period }: SeriesRequest, index: number) {
  const { namespace, metricName, dimensions, stat, unit, accountId } = metric;
  return {
    Id: `s${index}`,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metricName,
        Dimensions: dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
      },
      Period: period,
      Stat: stat,
      // The words of units come from a checked configuration or from AWS itself.
      ...(unit === undefined ? {} : { Unit: unit as never }),
    },
    ...(accountId === undefined ? {} : { AccountId: accountId }),
  };
}
