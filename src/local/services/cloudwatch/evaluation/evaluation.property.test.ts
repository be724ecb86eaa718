import type { PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { evaluateAlarm } from "../../../../engine/evaluate-alarm.ts";
import type { MetricSeries } from "../../../../engine/series.ts";
import { VirtualClock } from "../../../clock.ts";
import { Cloud } from "../../../cloud.ts";
import { mix } from "../../../metrics/generators.ts";
import type { GeneratedSeries } from "../../../metrics/metric-store.ts";
import { metricStoreKey } from "../../../metrics/metric-store-key.ts";
import { putMetricAlarm } from "../put-metric-alarm.ts";
import { alarmsOf } from "./evaluated-alarms.ts";
import { phaseOf } from "./rounds.ts";

const RUNS = process.env["WATCHKEEPER_SOAK"] ? 4000 : 60;
const START = Date.UTC(2026, 10, 20, 10, 0, 0);
const ACCOUNT = "111122223333";
const REGION = "eu-central-1";

/** Values with gaps, on and around the threshold 5. */
function generated(interval: number, seed: number, gaps: number): GeneratedSeries {
  return {
    unit: "Count",
    interval,
    start: START / 1000 - 86_400,
    end: () => undefined,
    *samples(from, to) {
      for (let time = Math.ceil(from / interval) * interval; time < to; time += interval) {
        const roll = mix(time, seed);
        // Stretches of an hour with their own level, so that states last.
        const level = mix(Math.floor(time / 3600), seed) % 3;
        if (roll % 10 < gaps) continue;
        yield { time, value: 4 + level * 0.7 + ((roll >>> 8) % 5) * 0.2 };
      }
    },
  };
}

/** Samples put by clients, some late: minute of arrival, minutes of age, value in tenths. */
const puts = fc.array(
  fc.record({
    at: fc.integer({ min: 0, max: 100 }),
    age: fc.integer({ min: -2, max: 6 }),
    value: fc.integer({ min: 40, max: 60 }),
  }),
  { maxLength: 12 },
);

const METRICS = ["a", "b"] as const;

const settings = fc
  .record({
    period: fc.constantFrom(10, 30, 60, 120, 300),
    evaluationPeriods: fc.integer({ min: 1, max: 5 }),
    most: fc.integer({ min: 0, max: 4 }),
    statistic: fc.constantFrom("Average", "Sum", "Minimum", "Maximum", "SampleCount", "p90"),
    treatment: fc.constantFrom(undefined, "missing", "ignore", "breaching", "notBreaching"),
    operator: fc.constantFrom(
      "GreaterThanThreshold",
      "GreaterThanOrEqualToThreshold",
      "LessThanThreshold",
      "LessThanOrEqualToThreshold",
    ),
    threshold: fc.constantFrom(5, 5.2, 25, 1),
    math: fc.constantFrom(
      undefined,
      "a+b",
      "IF(a>b, a, b)",
      "MAX([a,b])",
      "FILL(a, REPEAT)+b",
      // Fillers have values where nothing came, or not yet.
      "FILL(a, 0)",
      "IF(FILL(a, 5)>=b, FILL(b, 6))",
      "a*0+MINUTE(b)",
      "TIME_SERIES(SUM(a))",
    ),
  })
  .map(
    ({
      period,
      evaluationPeriods,
      most,
      statistic,
      treatment,
      operator,
      threshold,
      math,
    }): PutMetricAlarmInput => {
      const how = {
        AlarmName: "x",
        EvaluationPeriods: evaluationPeriods,
        DatapointsToAlarm: Math.max(1, evaluationPeriods - most),
        ComparisonOperator: operator,
        Threshold: threshold,
        ...(treatment !== undefined && { TreatMissingData: treatment }),
      };
      if (math === undefined)
        return {
          ...how,
          Namespace: "App",
          MetricName: "a",
          Period: period,
          ...(statistic === "p90" ? { ExtendedStatistic: "p90" } : { Statistic: statistic as "Average" }),
        };
      const queries = METRICS.map((id) => ({
        Id: id,
        MetricStat: { Metric: { Namespace: "App", MetricName: id }, Period: period, Stat: statistic },
        ReturnData: false,
      }));
      return { ...how, Metrics: [...queries, { Id: "result", Expression: math }] };
    },
  );

describe("evaluation on the clock", () => {
  it("changes states exactly when the engine does, evaluating the same data anew every time", async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(
        settings,
        fc.constantFrom(10, 60, 300),
        fc.nat(1000),
        fc.integer({ min: 0, max: 7 }),
        puts,
        async (alarm, interval, seed, gaps, arrivals) => {
          const clock = new VirtualClock({ start: new Date(START), host: () => 0 });
          const cloud = new Cloud({ clock });
          const metrics = cloud.state(metricStoreKey, ACCOUNT, REGION);
          METRICS.forEach((metricName, i) => {
            const id = { namespace: "App", metricName, dimensions: {} };
            metrics.attach(id, generated(interval, seed + i, gaps));
          });
          const a = { namespace: "App", metricName: "a", dimensions: {} };
          const stored: { readonly arrived: number; readonly time: number; readonly value: number }[] = [];
          for (const { at, age, value } of arrivals)
            clock.at(START + at * 60_000 + 20_000, (now) => {
              const time = Math.floor(now.getTime() / 60_000) * 60 - age * 60;
              stored.push({ arrived: now.getTime(), time, value: value / 10 });
              metrics.put(a, "Count", [
                { time, count: 1, sum: value / 10, min: value / 10, max: value / 10 },
              ]);
            });
          const store = alarmsOf(cloud, ACCOUNT, REGION);
          putMetricAlarm(store, alarm, clock.now());
          const seen: string[] = [];
          store.listen(({ type, record, now }) => {
            if (type === "State")
              seen.push(`${now.toISOString()} ${record.alarm.StateValue} ${record.alarm.StateReason}`);
          });
          const length = 110 * 60_000;
          await clock.advance(length);

          const period = alarm.Period ?? alarm.Metrics?.[0]?.MetricStat?.Period ?? 60;
          const cycle = period < 60 ? 10_000 : 60_000;
          const expected: string[] = [];
          let state: "OK" | "ALARM" | "INSUFFICIENT_DATA" = "INSUFFICIENT_DATA";
          const phase = phaseOf(store.arnOf("x"), cycle);
          for (let now = START + phase; now <= START + length; now += cycle) {
            if (now <= START) continue;
            const datapoints = Object.fromEntries(
              METRICS.map((name, i) => [
                name,
                plainSeries(
                  alarm,
                  generated(interval, seed + i, gaps),
                  name === "a" ? stored : [],
                  now,
                  cycle,
                ),
              ]),
            );
            const result = evaluateAlarm({
              alarm,
              datapoints: alarm.Metrics ? datapoints : (datapoints["a"] as MetricSeries),
              now: now / 1000,
              state,
            });
            if (result.status !== "evaluated") throw new Error(result.reason);
            if (!result.changed) continue;
            state = result.state;
            expected.push(`${new Date(now).toISOString()} ${state} ${result.reason}`);
          }
          expect(seen).toEqual(expected);
          changes += seen.length;
        },
      ),
      { numRuns: RUNS },
    );
    expect(changes).toBeGreaterThan(RUNS);
  });
});

/** Points of an alarm's statistic at its period in the windows of one evaluation, worked out in the simplest way. */
function plainSeries(
  alarm: PutMetricAlarmInput,
  series: GeneratedSeries,
  stored: readonly { readonly arrived: number; readonly time: number; readonly value: number }[],
  now: number,
  cycle: number,
): MetricSeries {
  const query = alarm.Metrics?.[0]?.MetricStat;
  const period = alarm.Period ?? query?.Period ?? 60;
  const statistic = alarm.Statistic ?? alarm.ExtendedStatistic ?? query?.Stat;
  const end = (Math.floor(now / cycle) * cycle) / 1000;
  const count = (alarm.EvaluationPeriods ?? 1) + 2;
  const times: number[] = [];
  const values: number[] = [];
  const sampleCounts: number[] = [];
  for (let i = count; i >= 1; i -= 1) {
    const from = end - i * period;
    const to = from + period;
    const put = stored.filter(({ arrived, time }) => arrived <= now && time >= from && time < to);
    const samples = [...put.sort((x, y) => x.time - y.time), ...series.samples(from, to)].map(
      ({ value }) => value,
    );
    if (samples.length === 0) continue;
    times.push(from);
    values.push(valueFrom(statistic ?? "", samples));
    sampleCounts.push(samples.length);
  }
  return { period, times, values, sampleCounts };
}

function valueFrom(statistic: string, samples: readonly number[]): number {
  const sum = samples.reduce((total, value) => total + value, 0);
  switch (statistic) {
    case "Sum":
      return sum;
    case "Minimum":
      return Math.min(...samples);
    case "Maximum":
      return Math.max(...samples);
    case "SampleCount":
      return samples.length;
    case "p90": {
      const sorted = [...samples].sort((x, y) => x - y);
      const rank = 0.9 * (sorted.length - 1);
      const low = sorted[Math.floor(rank)] as number;
      return low + ((sorted[Math.ceil(rank)] as number) - low) * (rank - Math.floor(rank));
    }
    default:
      return sum / samples.length;
  }
}
