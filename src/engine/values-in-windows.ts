import type { Diagnostic } from "../support/diagnostic.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { EvaluableAlarm } from "./alarm.ts";
import type { TrainedBand } from "./anomaly-model.ts";
import { combinationOf } from "./combine.ts";
import { COUNTS_UNKNOWN, EQUAL_WEIGHTS, MODEL_BAND } from "./fidelity.ts";
import type { RangeView } from "./judgement.ts";
import { evaluateMath } from "./math-evaluation.ts";
import { compileMath, type MathProgram, outsideFunctions } from "./math-program.ts";
import type { ResolvedOptions } from "./options.ts";
import type { CleanSeries } from "./series.ts";
import { parseStatistic, type Statistic } from "./statistic-name.ts";
import { seriesProblem, type WindowPoints, windowPoints } from "./window-points.ts";
import type { Window } from "./windows.ts";

/** A metric that an alarm reads, with its statistic. */
export interface ReadMetric {
  readonly id: string;
  readonly statistic: Statistic;
  readonly statisticName: string;
}

/** What an alarm reads and computes, checked. */
export interface AlarmPlan {
  readonly metrics: readonly ReadMetric[];
  /** Absent: the only metric's points are watched as they are. */
  readonly program: MathProgram | undefined;
  /** Id of what is compared. */
  readonly watched: string;
  readonly bandId: string | undefined;
}

/** Works out what an alarm reads, or why it can't be computed here. */
export function planAlarm(alarm: EvaluableAlarm): AlarmPlan | readonly Diagnostic[] {
  const { input, comparison } = alarm;
  const bandId = comparison.kind === "band" ? comparison.bandId : undefined;
  if (input.kind === "metric") return { metrics: [input], program: undefined, watched: input.id, bandId };
  const { program, diagnostics } = compileMath(
    input.metrics.map((metric) => ({ id: metric.Id ?? "", expression: metric.Expression })),
  );
  if (!program) return diagnostics;
  const watchedType = program.expressions.get(input.id)?.type ?? "TS";
  if (watchedType !== "TS")
    return [error("math-result", `the result of "${input.id}" is no single time series`, input.id)];
  if (bandId !== undefined && program.expressions.get(bandId)?.type !== "TS[]")
    return [error("math-band", `"${bandId}" is no ANOMALY_DETECTION_BAND`, bandId)];
  const outside = outsideFunctions(program, [input.id, ...(bandId === undefined ? [] : [bandId])]);
  if (outside.length > 0)
    return [
      error(UNSUPPORTED_FUNCTION, `${outside.join(", ")} can't be computed from given series`, input.id),
    ];
  const metrics: ReadMetric[] = [];
  for (const metric of input.metrics) {
    if (!metric.MetricStat) continue;
    const statisticName = metric.MetricStat.Stat ?? "";
    const statistic = parseStatistic(statisticName);
    if (!statistic) return [error("statistic", `"${statisticName}" is no CloudWatch statistic`, metric.Id)];
    metrics.push({ id: metric.Id ?? "", statistic, statisticName });
  }
  return { metrics, program, watched: input.id, bandId };
}

/** Code of the diagnostic for a function that asks a service. */
export const UNSUPPORTED_FUNCTION = "unsupported-function";

/** Whether `planAlarm` answered with problems. */
export function isPlanProblem(plan: AlarmPlan | readonly Diagnostic[]): plan is readonly Diagnostic[] {
  return Array.isArray(plan);
}

/** Points of an alarm in given windows, as they are judged. */
export interface WindowValues {
  readonly view: RangeView;
  readonly notes: readonly string[];
}

/** The points that an alarm compares in the given windows, out of its metrics' points. */
export function valuesInWindows(request: {
  readonly alarm: EvaluableAlarm;
  readonly plan: AlarmPlan;
  readonly windows: readonly Window[];
  readonly series: ReadonlyMap<string, CleanSeries>;
  readonly bandOf: (id: string) => TrainedBand | undefined;
  /** Points that end later can't be read yet; epoch seconds. */
  readonly visibleUntil: number;
  readonly options: ResolvedOptions;
}): WindowValues | readonly Diagnostic[] {
  const { alarm, plan, windows, series, visibleUntil } = request;
  const inputs = new Map<string, WindowPoints>();
  const notes = new Set<string>();
  for (const { id, statistic, statisticName } of plan.metrics) {
    const points = series.get(id);
    if (!points) continue;
    const how = combinationOf(statistic);
    const problem = seriesProblem(id, points, alarm.period, how, statisticName);
    if (problem) return [problem];
    if (how === "average" && points.period < alarm.period && !points.sampleCounts) notes.add(EQUAL_WEIGHTS);
    inputs.set(id, windowPoints(points, windows, how, visibleUntil));
  }
  if (alarm.ignoreLowSamples && !inputs.get(plan.watched)?.sampleCounts) notes.add(COUNTS_UNKNOWN);
  if (plan.bandId !== undefined) notes.add(MODEL_BAND);
  const times = windows.map((window) => window.start);
  const missing = new Float64Array(windows.length).fill(Number.NaN);
  if (!plan.program) {
    const points = inputs.get(plan.watched);
    const view = { times, values: points?.values ?? missing, sampleCounts: points?.sampleCounts };
    return { view, notes: [...notes] };
  }
  try {
    const ids = [plan.watched, ...(plan.bandId === undefined ? [] : [plan.bandId])];
    const [values, band] = evaluateMath(plan.program, ids, {
      length: windows.length,
      timeAt: (i) => times[i] ?? Number.NaN,
      inputs: new Map([...inputs].map(([id, points]) => [id, points.values])),
      periodOf: () => alarm.period,
      bandOf: request.bandOf,
      options: request.options,
    });
    const [first, second] = (band ?? []) as readonly Float64Array[];
    const [lower, upper] = request.options.bandOrder === "lowerFirst" ? [first, second] : [second, first];
    const sampleCounts = inputs.get(plan.watched)?.sampleCounts;
    return { view: { times, values: values as Float64Array, lower, upper, sampleCounts }, notes: [...notes] };
  } catch (failure) {
    if (!isWatchkeeperError(failure)) throw failure;
    return [error(failure.code, failure.message, plan.watched)];
  }
}

function error(code: string, message: string, path?: string): Diagnostic {
  return { severity: "error", code, message, ...(path === undefined ? {} : { path }) };
}
