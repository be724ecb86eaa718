import type { AwsSession } from "../../../aws/session.ts";
import type { Dimension } from "../../../model/alarm-spec.ts";
import type { DesiredAlarm } from "../desired-alarm.ts";
import { metricsOf, type SeriesQuery } from "./series.ts";

/** Several series of one metric, of which one is alive. */
export interface FreshnessQuestion extends SeriesQuery {
  readonly candidates: readonly (readonly Dimension[])[];
}

/** GetMetricData's limit of queries a call. 500 series of 180 points stay below its 100,800 points. */
const QUERIES_A_CALL = 500;
const LOOK_BACK_MS = 3 * 3_600_000;

/**
 * For every question the index of the candidate with the newest datapoint in the three hours before `now`, of equally new ones
 * the first; undefined when none has any. A question with one candidate isn't asked. One GetMetricData query per candidate, 500 a call: it costs money
 * ($0.01 per 1,000 candidates), so ask only where there is a choice.
 */
export async function freshest(
  session: AwsSession,
  questions: readonly FreshnessQuestion[],
  now: Date,
): Promise<(number | undefined)[]> {
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
  const winners = questions.map(({ candidates }): number | undefined =>
    candidates.length === 1 ? 0 : undefined,
  );
  const best = new Map<number, number>();
  asked.forEach(({ question, candidate }, i) => {
    const time = newest.get(i);
    if (time === undefined || time <= (best.get(question) ?? Number.NEGATIVE_INFINITY)) return;
    best.set(question, time);
    winners[question] = candidate;
  });
  return winners;
}

/** Of desired alarms with several candidates, the series that is alive, by identity; none for those where nothing is. */
export async function freshestSeries(
  session: AwsSession,
  alarms: readonly DesiredAlarm[],
  now: Date,
): Promise<ReadonlyMap<string, readonly Dimension[]>> {
  const asked = alarms.flatMap(({ identity, candidates, spec }) => {
    const [metric] = metricsOf(spec);
    return candidates && metric ? [{ identity, candidates, ...metric }] : [];
  });
  const winners = await freshest(session, asked, now);
  return new Map(
    asked.flatMap(({ identity, candidates }, i) => {
      const dimensions = candidates[winners[i] ?? -1];
      return dimensions ? [[identity, dimensions] as const] : [];
    }),
  );
}
