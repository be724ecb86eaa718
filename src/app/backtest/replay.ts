import { metricLimits, whyNoPoints } from "../../alarms/history/metric-limits.ts";
import type { DenseSeries } from "../../alarms/history/series-grid.ts";
import type { AlarmState } from "../../engine/alarm-state.ts";
import type { TrainingSeries } from "../../engine/anomaly-model.ts";
import { type Backtest, backtest } from "../../engine/backtest.ts";
import { scoreLabels, type TimeSpan } from "../../engine/backtest-labels.ts";
import { evaluationInterval } from "../../engine/evaluation-range.ts";
import type { OpenedAlarm } from "../../engine/not-evaluated.ts";
import { resolveOptions } from "../../engine/options.ts";
import type { TimelineChunk } from "../../engine/timeline-grid.ts";
import { messageOf } from "../../support/errors.ts";
import type { Score, TestedResult } from "./backtest-result.ts";
import { type AlarmChart, bandColumns, chartColumns, deviationsOf } from "./chart.ts";
import { judgedValues } from "./judged-values.ts";
import { PrecedingModel } from "./preceding-model.ts";
import type { TestedMetricAlarm } from "./tested-alarm.ts";
import { verdictOf } from "./verdict.ts";

/** One alarm with its history. */
export interface ReplayRequest {
  readonly subject: TestedMetricAlarm;
  readonly opened: OpenedAlarm;
  /** By metric id. */
  readonly series: ReadonlyMap<string, DenseSeries>;
  /** Points from before, for its band. */
  readonly preceding?: TrainingSeries | undefined;
  readonly incidents?: readonly TimeSpan[] | undefined;
  /** Seconds between the end of a period and its point being readable. */
  readonly delay: number;
  readonly chart: boolean;
}

/** What a replay gives. */
export interface Replay {
  readonly tested: TestedResult | undefined;
  readonly untested: { readonly code: string; readonly reason: string } | undefined;
  readonly chart: AlarmChart | undefined;
  /** Changes of state, in order: composite alarms are made of them. */
  readonly changes: StateChanges;
}

/** When an alarm went into which state. Before the first it had no data. */
export interface StateChanges {
  readonly times: readonly number[];
  readonly states: readonly AlarmState[];
}

export const NO_CHANGES: StateChanges = { times: [], states: [] };

/** A replay that could not be made, and why. */
export function notReplayed(code: string, reason: string): Replay {
  return { tested: undefined, untested: { code, reason }, chart: undefined, changes: NO_CHANGES };
}

/** Replays one alarm on its history. Alarms and points that don't fit together are told as untested, never guessed. */
export function replay(request: ReplayRequest): Replay {
  const { subject, opened } = request;
  const aligned = alignedSeries(request);
  if (typeof aligned === "string") return notReplayed("series-mismatch", aligned);
  const { chunks, start, step, length } = aligned;
  const model = new PrecedingModel(request.preceding);
  const [reference] = subject.metrics.values();
  const limits = opened.plan.program || !reference ? undefined : metricLimits(reference);
  const engineOptions = { anomalyModel: model, delay: request.delay };
  let result: Backtest | Exclude<ReturnType<typeof backtest>, Backtest>;
  try {
    result = backtest({
      alarm: subject.alarm,
      series: chunks,
      start,
      step,
      options: engineOptions,
      ...(limits ? { limits } : {}),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return notReplayed("points-do-not-fit", messageOf(error));
  }
  if (result.status !== "tested") return notReplayed(result.code, result.reason);

  const end = start + length * step;
  const options = resolveOptions(engineOptions);
  let judged: ReturnType<typeof judgedValues> | undefined;
  const values = () => {
    judged ??= judgedValues(opened, chunks, { start, step }, options);
    return judged;
  };
  const score = request.incidents && scoreWithin(result.alarms, request.incidents, start, end);
  const firstAlarm = result.transitions.find(({ to }) => to === "ALARM");
  const tested: TestedResult = {
    start,
    end,
    fired: result.fired,
    secondsInAlarm: result.secondsInAlarm,
    flaps: result.flaps,
    secondsInsufficientData: result.secondsInsufficientData,
    first: result.first,
    last: result.last,
    firstReason: firstAlarm?.reason,
    rangeDelay: result.rangeDelay,
    verdict: verdictOf(result, opened, end - start, values, {
      name: reference?.metricName ?? "",
      unit: reference?.unit,
      whyNoPoints: reference && whyNoPoints(reference),
    }),
    alarms: result.alarms,
    evaluations: result.evaluations,
    points: result.points,
    missing: result.missing,
    fidelity: result.fidelity,
    score,
  };
  const changes = {
    times: result.transitions.map(({ time }) => time),
    states: result.transitions.map(({ to }) => to),
  };
  if (!request.chart) return { tested, untested: undefined, chart: undefined, changes };
  const span = { start, end };
  const columns = chartColumns(values(), span);
  const { comparison } = opened.alarm;
  return {
    tested,
    untested: undefined,
    changes,
    chart: {
      ...span,
      ...columns,
      threshold: comparison.kind === "threshold" ? comparison.threshold : undefined,
      band:
        comparison.kind === "band"
          ? bandColumns(model.trainings, deviationsOf(opened), columns.low.length, span)
          : undefined,
      alarms: result.alarms,
      insufficient: spansIn("INSUFFICIENT_DATA", changes, start, end),
      incidents: score?.incidents ?? [],
    },
  };
}

/** Scores on the incidents that overlap the time of the replay; the others say nothing about it. */
export function scoreWithin(
  alarms: readonly TimeSpan[],
  incidents: readonly TimeSpan[],
  start: number,
  end: number,
): Score {
  const within = incidents.filter((incident) => incident.start < end && incident.end > start);
  return { ...scoreLabels(alarms, within), incidents: within };
}

/** When an alarm was in a state; before its first change it had no data. */
export function spansIn(
  state: AlarmState,
  changes: StateChanges,
  start: number,
  end: number,
): readonly TimeSpan[] {
  const { times, states } = changes;
  const spans: TimeSpan[] = [];
  if (state === "INSUFFICIENT_DATA" && (times[0] ?? end) > start) spans.push({ start, end: times[0] ?? end });
  states.forEach((each, i) => {
    if (each === state) spans.push({ start: times[i] as number, end: times[i + 1] ?? end });
  });
  return spans;
}

/** All series over the same time, beginning where the alarm's evaluations can begin; or why they can't be brought together. */
function alignedSeries({ opened, series }: ReplayRequest) {
  const [first] = series.values();
  if (!first) return "none of its metrics has a history";
  const { step } = first;
  const interval = evaluationInterval(opened.alarm);
  const unit = step <= interval ? commonDivisor(interval, opened.alarm.period) : step;
  let start = Number.POSITIVE_INFINITY;
  let end = Number.NEGATIVE_INFINITY;
  for (const each of series.values()) {
    if (each.step !== step)
      return `its metrics come at different periods, ${step} s and ${each.step} s; give all of them at one`;
    if ((each.start - first.start) % step !== 0)
      return "its metrics' points are not stamped alike, so their times never meet";
    start = Math.min(start, each.start);
    end = Math.max(end, each.start + each.chunk.values.length * step);
  }
  if (step <= interval) start = Math.floor(start / unit) * unit;
  const length = Math.round((end - start) / step);
  const chunks: Record<string, TimelineChunk> = {};
  for (const [id, each] of series) chunks[id] = placed(each, Math.round((each.start - start) / step), length);
  return { chunks, start, step, length };
}

function placed({ chunk }: DenseSeries, offset: number, length: number): TimelineChunk {
  if (offset === 0 && chunk.values.length === length) return chunk;
  const move = (column: Float64Array): Float64Array => {
    const moved = new Float64Array(length).fill(Number.NaN);
    moved.set(column, offset);
    return moved;
  };
  return {
    values: move(chunk.values),
    ...(chunk.sampleCounts ? { sampleCounts: move(chunk.sampleCounts) } : {}),
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
