import type { Diagnostic } from "../support/diagnostic.ts";
import type { EvaluableAlarm, MetricAlarm } from "./alarm.ts";
import type { AlarmState } from "./alarm-state.ts";
import type { AnomalyConfiguration, TrainedBand } from "./anomaly-model.ts";
import { trainBand } from "./band-training.ts";
import { evaluationInterval } from "./evaluation-range.ts";
import type { Fidelity } from "./fidelity.ts";
import { type EvaluatedDatapoint, judgeRange, stateAfter } from "./judgement.ts";
import { VERDICT } from "./missing-data.ts";
import { type NotEvaluated, openAlarm, refusedBy } from "./not-evaluated.ts";
import { type EngineOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { stateReason } from "./reason.ts";
import { stateReasonData } from "./reason-data.ts";
import {
  type CleanSeries,
  cleanSeries,
  type MetricSeries,
  requireSeconds,
  seriesDiagnostics,
} from "./series.ts";
import { type AlarmPlan, valuesInWindows } from "./values-in-windows.ts";
import {
  evaluationWindows,
  slidingWindows,
  type Window,
  wallClockPointsProblem,
  windowEnd,
} from "./windows.ts";

/** Points by metric id, or those of the only metric. */
export type AlarmDatapoints = MetricSeries | Readonly<Record<string, MetricSeries>>;

export interface EvaluateAlarmRequest {
  /** As DescribeAlarms returns it or PutMetricAlarm takes it. */
  readonly alarm: MetricAlarm;
  /** Points of the alarm's statistic, of its period or finer; the id of a plain alarm's metric is `m1`. */
  readonly datapoints: AlarmDatapoints;
  /** The moment of the evaluation, epoch seconds with its fraction. */
  readonly now: number;
  /** The state before. */
  readonly state: AlarmState;
  /** When the alarm was created, epoch seconds; only a warm-up period needs it. */
  readonly createdAt?: number;
  /** Trained bands by metric id, instead of training the model of the options on the points given. */
  readonly bands?: Readonly<Record<string, TrainedBand>>;
  /** How to train bands. */
  readonly anomaly?: AnomalyConfiguration;
  readonly options?: EngineOptions;
}

/** An evaluation that took place. */
export interface AlarmEvaluation {
  readonly status: "evaluated";
  readonly state: AlarmState;
  readonly changed: boolean;
  /** StateReason for `state`; undefined when the evaluation keeps whatever state there was. */
  readonly reason: string | undefined;
  /** StateReasonData, one line of JSON. */
  readonly reasonData: string | undefined;
  /** Why the state was kept, if it was. */
  readonly kept?: "missingData" | "lowSamples" | "warmUp";
  /** The periods the judgement rests on, newest first; missing ones have no value. */
  readonly evaluatedDatapoints: readonly EvaluatedDatapoint[];
  readonly fidelity: Fidelity;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Evaluates a metric alarm once, as CloudWatch does: reads the evaluation range that ends at `now`, treats missing data,
 * judges M of N, and words the state's reason. Composite alarms: `evaluateCompositeRule`.
 * @throws RangeError for times in milliseconds, or times and values that differ in number.
 */
export function evaluateAlarm(request: EvaluateAlarmRequest): AlarmEvaluation | NotEvaluated {
  const { now, state } = request;
  requireSeconds(now, "now");
  const options = resolveOptions(request.options);
  const opened = openAlarm(request.alarm, state, options);
  if (opened.status !== "open") return opened;
  const { alarm, plan } = opened;
  const { series, diagnostics } = readSeries(plan, request.datapoints, now);
  const { windows, step } = alignedWindows(alarm, series, now, options);
  const problem = clockProblem(alarm, series, windows);
  if (problem) return refusedBy([problem], state, alarm, diagnostics);
  const visibleUntil = now - options.delay;
  const found = valuesInWindows({
    alarm,
    plan,
    windows,
    series,
    visibleUntil,
    options,
    bandOf: (id) =>
      request.bands?.[id] ??
      trainBand({
        id,
        alarm,
        plan,
        series,
        before: now,
        options,
        ...(request.anomaly && { configuration: request.anomaly }),
      }),
  });
  if (!("view" in found)) return refusedBy(found, state, alarm, diagnostics);

  const interval = evaluationInterval(alarm);
  const fidelity: Fidelity = { windows: step <= interval ? "exact" : "aligned", step, notes: found.notes };
  if (isWarmingUp(alarm, request.createdAt, series, windows, found.view.values, now))
    return {
      status: "evaluated",
      state: "INSUFFICIENT_DATA",
      changed: state !== "INSUFFICIENT_DATA",
      reason: undefined,
      reasonData: undefined,
      kept: "warmUp",
      evaluatedDatapoints: [],
      fidelity,
      diagnostics,
    };
  const judgement = judgeRange(alarm, found.view, options);
  const after = stateAfter(judgement.verdict, state);
  const kept = judgement.verdict === VERDICT.KEEP;
  return {
    status: "evaluated",
    state: after,
    changed: after !== state,
    reason: kept ? undefined : stateReason(alarm, judgement, after),
    reasonData: kept ? undefined : stateReasonData(alarm, judgement, now),
    ...(kept ? { kept: judgement.tooFewSamples ? "lowSamples" : "missingData" } : {}),
    evaluatedDatapoints: judgement.looked,
    fidelity,
    diagnostics,
  };
}

function readSeries(
  plan: AlarmPlan,
  datapoints: AlarmDatapoints,
  now: number,
): { readonly series: ReadonlyMap<string, CleanSeries>; readonly diagnostics: readonly Diagnostic[] } {
  const given: Readonly<Record<string, MetricSeries>> = isSeries(datapoints)
    ? { [plan.metrics[0]?.id ?? ""]: datapoints }
    : datapoints;
  const series = new Map<string, CleanSeries>();
  const diagnostics: Diagnostic[] = [];
  for (const [id, points] of Object.entries(given)) {
    if (!plan.metrics.some((metric) => metric.id === id)) {
      diagnostics.push({
        severity: "warning",
        code: "unknown-metric",
        message: `points are given for "${id}", which the alarm doesn't read; it reads ${plan.metrics.map((metric) => metric.id).join(", ")}`,
      });
      continue;
    }
    const clean = cleanSeries(points, now);
    series.set(id, clean);
    diagnostics.push(...seriesDiagnostics(id, clean.problems));
  }
  return { series, diagnostics };
}

function isSeries(datapoints: AlarmDatapoints): datapoints is MetricSeries {
  return "times" in datapoints && "values" in datapoints && typeof datapoints["period"] === "number";
}

/**
 * The windows of the evaluation, moved back to the points' own grid when the points are too coarse for the evaluation's.
 * `step`: seconds between windows that exist.
 */
function alignedWindows(
  alarm: EvaluableAlarm,
  series: ReadonlyMap<string, CleanSeries>,
  now: number,
  options: ResolvedOptions,
): { readonly windows: readonly Window[]; readonly step: number } {
  const interval = evaluationInterval(alarm);
  const windows = evaluationWindows(alarm, now, options.surplus);
  if (alarm.window.kind === "wallClock") return { windows, step: interval };
  const end = windowEnd(alarm, now);
  const coarsest = [...series.values()]
    .filter((points) => points.times.length > 0)
    .reduce<CleanSeries | undefined>(
      (best, each) => (best && best.period >= each.period ? best : each),
      undefined,
    );
  if (!coarsest || coarsest.period <= interval) return { windows, step: interval };
  const shift = modulo(end - coarsest.anchor, coarsest.period);
  // Points of the period that lie exactly in the windows are those that CloudWatch would look at.
  if (shift === 0) return { windows, step: interval };
  return { windows: slidingWindows(alarm.period, end - shift, windows.length), step: coarsest.period };
}

/** Points that lie across the clock's boundaries can't be told apart by them. */
function clockProblem(
  alarm: EvaluableAlarm,
  series: ReadonlyMap<string, CleanSeries>,
  windows: readonly Window[],
): Diagnostic | undefined {
  if (alarm.window.kind !== "wallClock") return undefined;
  for (const points of series.values())
    if (
      points.times.length > 0 &&
      windows.some(({ end }) => modulo(end - points.anchor, points.period) !== 0)
    )
      return wallClockPointsProblem(points.period, alarm.window.timeZone);
  return undefined;
}

function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}

/**
 * Whether a new alarm still waits: for its whole warm-up period, or until its points span the evaluation periods and the
 * newest period has one.
 */
function isWarmingUp(
  alarm: EvaluableAlarm,
  createdAt: number | undefined,
  series: ReadonlyMap<string, CleanSeries>,
  windows: readonly Window[],
  values: ArrayLike<number>,
  now: number,
): boolean {
  if (!alarm.warmUp || createdAt === undefined || now >= createdAt + alarm.warmUp.seconds) return false;
  if (alarm.warmUp.wholePeriod) return true;
  const oldest = windows[windows.length - alarm.evaluationPeriods];
  const first = Math.min(
    ...[...series.values()].map((points) => points.times[0] ?? Number.POSITIVE_INFINITY),
  );
  return Number.isNaN(values[values.length - 1]) || oldest === undefined || first > oldest.start;
}
