import type { AlarmTest, TestSeries } from "../../config/alarm-tests/alarm-test-file.ts";
import type { TimelineChunk } from "../../engine/timeline-grid.ts";
import type { MetricStat } from "../../model/alarm-spec.ts";
import { type ReadyAlarm, type ReadyMetricAlarm, TestNotRunnable, type TestProblem } from "./tested-alarm.ts";

/** The points that one alarm is played over. */
export interface AlarmFeed {
  /** Seconds between points. */
  readonly step: number;
  /** By the id the engine knows a metric by. */
  readonly chunks: Readonly<Record<string, TimelineChunk>>;
}

type Metric = ReadyMetricAlarm["metrics"][number];

/**
 * Brings a test's series to the alarms that read them. Every metric needs exactly one series and every series a reader:
 * a test that forgot one would show nothing. Throws `TestNotRunnable`.
 */
export function feedAlarms(
  test: AlarmTest,
  alarms: readonly ReadyAlarm[],
  seconds: number,
): ReadonlyMap<string, AlarmFeed> {
  const problems: TestProblem[] = [];
  const used = new Set<TestSeries>();
  const metricAlarms = alarms.filter((alarm) => alarm.kind === "metric");
  const feeds = new Map<string, AlarmFeed>();
  for (const alarm of metricAlarms) {
    const chosen = alarm.metrics.flatMap((metric) => {
      const fitting = test.series.filter((series) => fits(series, metric, alarm));
      for (const series of fitting) used.add(series);
      if (fitting.length !== 1) problems.push(wrongCount(alarm, metric, fitting));
      return fitting.map((series) => ({ metric, series }));
    });
    const step = [alarm.period, ...chosen.map(({ series }) => series.period)].reduce(greatestCommonDivisor);
    const length = Math.ceil(seconds / step);
    feeds.set(alarm.key, {
      step,
      chunks: Object.fromEntries(
        chosen.map(({ metric, series }) => [metric.id, chunkOf(series, step, length)]),
      ),
    });
  }
  for (const series of test.series) if (!used.has(series)) problems.push(unread(series, metricAlarms));
  if (problems.length > 0) throw new TestNotRunnable(problems);
  return feeds;
}

/** Seconds from the first point to the end of the last one. */
export function lengthOf(series: readonly TestSeries[]): number {
  return Math.max(0, ...series.map(({ values, period }) => values.length * period));
}

function fits(series: TestSeries, metric: Metric, alarm: ReadyMetricAlarm): boolean {
  const { namespace, statistic, dimensions = {} } = series;
  const called =
    series.metric === metric.metricName ||
    (alarm.spec.metrics !== undefined && series.metric === metric.id) ||
    series.metric === `${alarm.key}.${metric.id}`;
  return (
    called &&
    (namespace === undefined || namespace === metric.namespace) &&
    (statistic === undefined || statistic === metric.stat) &&
    Object.entries(dimensions).every(([name, value]) =>
      metric.dimensions.some((dimension) => dimension.name === name && dimension.value === value),
    )
  );
}

/** Points that come more rarely than the step leave gaps, as they do in CloudWatch. */
function chunkOf({ values, samples, period }: TestSeries, step: number, length: number): TimelineChunk {
  const apart = period / step;
  const spread = (numbers: readonly number[]): Float64Array => {
    const grid = new Float64Array(length).fill(Number.NaN);
    numbers.forEach((value, i) => {
      if (i * apart < length) grid[i * apart] = value;
    });
    return grid;
  };
  return { values: spread(values), ...(samples ? { sampleCounts: spread(samples) } : {}) };
}

function wrongCount(alarm: ReadyMetricAlarm, metric: Metric, fitting: readonly TestSeries[]): TestProblem {
  const names = fitting.map(({ key }) => `"${key}"`).join(" and ");
  const message =
    fitting.length === 0
      ? `alarm "${alarm.key}" reads ${shown(metric)}, and the test gives no series for it (_ is one without points)`
      : `alarm "${alarm.key}" reads ${shown(metric)}, and series ${names} both fit: tell them apart by dimensions`;
  return { message, position: fitting[1]?.position ?? alarm.position };
}

function unread(series: TestSeries, alarms: readonly ReadyMetricAlarm[]): TestProblem {
  const read = [...new Set(alarms.flatMap(({ metrics }) => metrics.map(shown)))];
  return {
    message: `no alarm of this test reads series "${series.key}"; they read ${read.join(", ") || "none"}`,
    position: series.position,
  };
}

function shown({ namespace, metricName, dimensions, stat }: MetricStat): string {
  const set = dimensions.map(({ name, value }) => `${name}=${value}`).join(", ");
  return `${namespace} ${metricName}${set === "" ? "" : ` {${set}}`} ${stat}`;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
