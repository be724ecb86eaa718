import type { AwsSession } from "../aws/session.ts";
import type { Dimension } from "../model/alarm-spec.ts";
import type { SeriesQuery } from "./series.ts";

/** Several series of one metric, of which one is alive. */
export interface FreshnessQuestion extends SeriesQuery {
  readonly candidates: readonly (readonly Dimension[])[];
}

/** GetMetricData's limit of queries a call. 500 series of 180 points stay below its 100,800 points. */
const QUERIES_A_CALL = 500;
const LOOK_BACK_MS = 3 * 3_600_000;

/**
 * For every question the index of the candidate with the newest datapoint in the three hours before `now`;
 * of equally new ones, and when none has any, the first. One GetMetricData query per candidate, 500 a call: it costs money
 * ($0.01 per 1,000 candidates), so ask only where there is a choice.
 */
export async function freshest(
  session: AwsSession,
  questions: readonly FreshnessQuestion[],
  now: Date,
): Promise<number[]> {
  const asked = questions.flatMap(({ candidates, namespace, metricName }, question) =>
    candidates.length < 2
      ? []
      : candidates.map((dimensions, candidate) => ({
          question,
          candidate,
          namespace,
          metricName,
          dimensions,
        })),
  );
  const newest = new Map<number, number>();
  for (let start = 0; start < asked.length; start += QUERIES_A_CALL) {
    const pages = session.pages("cloudwatch", "GetMetricData", {
      StartTime: new Date(now.getTime() - LOOK_BACK_MS),
      EndTime: now,
      ScanBy: "TimestampDescending",
      MetricDataQueries: asked.slice(start, start + QUERIES_A_CALL).map((series, i) => ({
        Id: `s${start + i}`,
        MetricStat: {
          Metric: {
            Namespace: series.namespace,
            MetricName: series.metricName,
            Dimensions: series.dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
          },
          Period: 60,
          Stat: "SampleCount",
        },
      })),
    });
    for await (const page of pages)
      for (const { Id, Timestamps = [] } of page.MetricDataResults ?? []) {
        const series = Number(Id?.slice(1));
        for (const timestamp of Timestamps)
          newest.set(series, Math.max(newest.get(series) ?? Number.NEGATIVE_INFINITY, timestamp.getTime()));
      }
  }
  const winners = questions.map(() => 0);
  const best = questions.map(() => Number.NEGATIVE_INFINITY);
  asked.forEach(({ question, candidate }, i) => {
    const time = newest.get(i) ?? Number.NEGATIVE_INFINITY;
    if (time > (best[question] ?? 0)) {
      best[question] = time;
      winners[question] = candidate;
    }
  });
  return winners;
}
