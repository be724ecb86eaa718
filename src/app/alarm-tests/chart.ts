import type { ThresholdOperator } from "../../engine/alarm.ts";
import { evaluateQueries, type MetricQuery } from "../../engine/math-query.ts";
import type { AlarmState } from "../../model/alert.ts";
import { stateAt } from "./play.ts";
import type { PlayedAlarm } from "./played.ts";

/** One period of an alarm's life, as a drawing shows it. */
export interface ChartPoint {
  /** Seconds from the test's first point to the end of the period, when it can be judged. */
  readonly time: number;
  /** What the alarm watches in this period; undefined where there is none, and for composite alarms. */
  readonly value: number | undefined;
  /** Whether the value breaches; undefined without a value, or where the threshold is a band of the engine's own. */
  readonly breaching: boolean | undefined;
  readonly state: AlarmState;
}

/**
 * An alarm's life period by period, aligned with the test's first point. CloudWatch's windows slide: where points are finer than
 * the alarm's period it judges more windows than these.
 */
export function chartOf(
  played: PlayedAlarm,
  test: {
    readonly start: number;
    readonly seconds: number;
    readonly band: { lower: number; upper: number } | undefined;
  },
): readonly ChartPoint[] {
  const { alarm } = played;
  const period = alarm.kind === "metric" ? alarm.period : 60;
  const count = Math.ceil(test.seconds / period);
  const values = valuesOf(played, test.start, count);
  return Array.from({ length: count }, (_, i) => {
    const time = (i + 1) * period;
    const value = values[i];
    return { time, value, breaching: breaches(played, value, test.band), state: stateAt(played, time) };
  });
}

function breaches(
  { alarm }: PlayedAlarm,
  value: number | undefined,
  band: { readonly lower: number; readonly upper: number } | undefined,
): boolean | undefined {
  if (value === undefined || alarm.kind === "composite") return undefined;
  const { threshold, comparisonOperator } = alarm.spec;
  if (threshold === undefined) {
    if (!band) return undefined;
    const low = comparisonOperator !== "GreaterThanUpperThreshold" && value < band.lower;
    return low || (comparisonOperator !== "LessThanLowerThreshold" && value > band.upper);
  }
  return COMPARE[comparisonOperator as ThresholdOperator](value, threshold);
}

const COMPARE = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
} satisfies Record<ThresholdOperator, (value: number, threshold: number) => boolean>;

/** The watched value of every period. */
function valuesOf(
  { alarm, feed }: PlayedAlarm,
  start: number,
  count: number,
): readonly (number | undefined)[] {
  if (alarm.kind === "composite" || !feed) return [];
  const { period, spec } = alarm;
  const series = alarm.metrics.map(({ id, stat }) => {
    const points = feed.chunks[id]?.values ?? new Float64Array(0);
    const perPeriod = period / feed.step;
    const values = Array.from({ length: count }, (_, i) =>
      combine(stat, points.subarray(i * perPeriod, (i + 1) * perPeriod)),
    );
    return { id, values };
  });
  if (!spec.metrics) return series[0]?.values ?? [];
  const watched = spec.metrics.find(
    ({ id, returnData }) => returnData !== false && id !== spec.thresholdMetricId,
  )?.id;
  const { series: results } = evaluateQueries({
    // A band needs a model of its own; what it is drawn around doesn't.
    queries: spec.metrics.flatMap(({ id, expression }): MetricQuery[] => {
      if (id === spec.thresholdMetricId) return [];
      const values = series.find((each) => each.id === id)?.values;
      if (!values) return expression === undefined ? [] : [{ id, expression }];
      const known = values.flatMap((value, i) =>
        value === undefined ? [] : [{ time: start + i * period, value }],
      );
      const times = known.map(({ time }) => time);
      return [{ id, series: { period, times, values: known.map(({ value }) => value) } }];
    }),
    start,
    end: start + count * period,
    period,
  });
  const [result] = results.get(watched ?? "") ?? [];
  const byTime = new Map(result?.times.map((time, i) => [time, result.values[i]]));
  return Array.from({ length: count }, (_, i) => byTime.get(start + i * period));
}

/** Points finer than the period in one, as the alarm's statistic does; percentiles can't be, and aren't played either. */
function combine(stat: string, points: Float64Array): number | undefined {
  const known = [...points].filter((value) => !Number.isNaN(value));
  if (known.length === 0) return undefined;
  const sum = known.reduce((a, b) => a + b, 0);
  if (stat === "Sum" || stat === "SampleCount") return sum;
  if (stat === "Minimum") return Math.min(...known);
  if (stat === "Maximum") return Math.max(...known);
  return sum / known.length;
}
