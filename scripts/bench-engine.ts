// How fast the engine is: points per second of a plain threshold, and what metric math costs beside it.
import { performance } from "node:perf_hooks";
import type { MetricAlarm } from "../src/engine/alarm.ts";
import { seasonalBand } from "../src/engine/anomaly-band.ts";
import { evaluateAlarm } from "../src/engine/evaluate-alarm.ts";
import { startTimeline, type TimelineRequest } from "../src/engine/timeline.ts";
import type { TimelineChunk } from "../src/engine/timeline-grid.ts";

const START = Date.UTC(2026, 0, 5) / 1000;
const ALARMS = 3000;
const POINTS = 14 * 288;

/** Load with a daily pattern, noise, a few gaps and an incident every few days; a different one for every seed. */
function series(length: number, seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    const noise = (state >>> 8) / 2 ** 24;
    if (noise < 0.005) return Number.NaN;
    const incident = (i + seed * 131) % 1000 < 9 ? 40 : 0;
    return 45 + 20 * Math.sin((2 * Math.PI * i) / 288) + 10 * noise + incident;
  });
}

const plain: MetricAlarm = {
  Statistic: "Average",
  Period: 300,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 80,
  ComparisonOperator: "GreaterThanThreshold",
};

function math(expression: string): MetricAlarm {
  const metrics = ["a", "b", "c", "d", "e"].map((id) => ({
    Id: id,
    MetricStat: { Period: 300, Stat: "Average" },
    ReturnData: false,
  }));
  return { ...plain, Metrics: [...metrics, { Id: "result", Expression: expression }] };
}

interface Measured {
  readonly seconds: number;
  readonly transitions: number;
}

/** CPU seconds of running `alarms` timelines. */
function run(
  alarm: MetricAlarm,
  chunks: readonly Record<string, TimelineChunk>[],
  alarms: number,
  request: Partial<TimelineRequest> = {},
): Measured {
  let transitions = 0;
  const before = process.cpuUsage();
  for (let i = 0; i < alarms; i += 1) {
    const timeline = startTimeline({ alarm, start: START, step: 300, ...request });
    if (timeline.status !== "running") throw new Error(timeline.reason);
    transitions += timeline.push(chunks[i % chunks.length] as Record<string, TimelineChunk>).length;
  }
  const used = process.cpuUsage(before);
  return { seconds: (used.user + used.system) / 1e6, transitions };
}

const pool = Array.from({ length: 50 }, (_, seed) => ({ values: series(POINTS, seed + 1) }));
const one = pool.map((chunk) => ({ m1: chunk }));
const five = pool.map((_, i) =>
  Object.fromEntries(
    ["a", "b", "c", "d", "e"].map((id, k) => [id, pool[(i + k * 7) % pool.length] as TimelineChunk]),
  ),
);

function report(what: string, points: number, { seconds, transitions }: Measured, base?: number): void {
  const ratio = base === undefined ? "" : `, ${(seconds / base).toFixed(2)} x a plain threshold`;
  const rate = `${(points / seconds / 1e6).toFixed(1)} M points/s`;
  console.log(
    `${what.padEnd(48)} ${seconds.toFixed(2)} s CPU, ${rate}${ratio}  (${transitions} transitions)`,
  );
}

run(plain, one, 200);
run(math("(a + b + c + d + e) / 5"), five, 200);
const total = ALARMS * POINTS;
const threshold = run(plain, one, ALARMS);
report(`${ALARMS} alarms x 14 days x 5 min, threshold`, total, threshold);
for (const expression of [
  "(a + b + c + d + e) / 5",
  "IF(a > 50, b + c, d * e)",
  "MAX([a, b, c, d, e])",
  // These depend on the range that an evaluation reads: first on its edge only, then on all of it.
  "RATE(a + b + c + d + e)",
  "FILL(a + b + c + d + e, REPEAT)",
  "RUNNING_SUM(a + b + c + d + e)",
  "a + b + c + d - AVG(e)",
])
  report(`the same, ${expression}`, total, run(math(expression), five, ALARMS), threshold.seconds);
for (const expression of ["FIRST(SORT([a, b, c, d, e], MAX, ASC))", "SUM(REMOVE_EMPTY([a, b, c, d, e]))"]) {
  const measured = run(math(expression), five, ALARMS / 10);
  report(`a tenth, ${expression}`, total / 10, measured, threshold.seconds / 10);
}

const minutes = [{ m1: { values: series(14 * 1440, 7) } }];
report(
  "300 alarms x 14 days x 1 min, 5-min windows",
  300 * 14 * 1440,
  run(plain, minutes, 300, { step: 60 }),
);

const band: MetricAlarm = {
  ...plain,
  Metrics: [
    { Id: "m1", MetricStat: { Period: 300, Stat: "Average" } },
    { Id: "band", Expression: "ANOMALY_DETECTION_BAND(m1, 2)" },
  ],
  ThresholdMetricId: "band",
  ComparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
};
report(
  "30 alarms x 14 days x 5 min, trained daily",
  30 * POINTS,
  run(band, one, 30, { options: { anomalyModel: seasonalBand } }),
);

const recent = {
  period: 300,
  times: Array.from({ length: 5 }, (_, i) => START + i * 300),
  values: [1, 2, 3, 99, 99],
};
const started = performance.now();
const single = 100_000;
for (let i = 0; i < single; i += 1)
  evaluateAlarm({ alarm: plain, datapoints: recent, now: START + 1500, state: "OK" });
const micros = ((performance.now() - started) * 1000) / single;
console.log(`${"evaluateAlarm with reason and data".padEnd(48)} ${micros.toFixed(1)} us each`);
