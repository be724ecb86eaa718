import type { EvaluableAlarm } from "./alarm.ts";
import type { AnomalyConfiguration, TrainedBand } from "./anomaly-model.ts";
import { combinationOf } from "./combine.ts";
import { evaluateMath } from "./math-evaluation.ts";
import type { ResolvedOptions } from "./options.ts";
import type { CleanSeries } from "./series.ts";
import type { AlarmPlan } from "./values-in-windows.ts";
import { windowPoints } from "./window-points.ts";
import { slidingWindows } from "./windows.ts";

/** CloudWatch trains on up to two weeks. */
export const TRAINING_SECONDS = 14 * 86_400;

/**
 * Trains the options' model on what is known of a metric or expression in the two weeks before a moment (epoch seconds).
 * Undefined without a model or a single point.
 */
export function trainBand(request: {
  readonly id: string;
  readonly alarm: EvaluableAlarm;
  readonly plan: AlarmPlan;
  readonly series: ReadonlyMap<string, CleanSeries>;
  readonly before: number;
  readonly options: ResolvedOptions;
  readonly configuration?: AnomalyConfiguration;
}): TrainedBand | undefined {
  const { id, alarm, plan, series, options } = request;
  const { anomalyModel } = options;
  const [any] = [...series.values()].filter((points) => points.times.length > 0);
  if (!anomalyModel || !plan.program || !any) return undefined;
  const { period } = alarm;
  const end = Math.floor((request.before - any.anchor) / period) * period + any.anchor;
  const windows = slidingWindows(period, end, Math.ceil(TRAINING_SECONDS / period));
  const inputs = new Map(
    plan.metrics.flatMap((metric) => {
      const points = series.get(metric.id);
      if (!points) return [];
      return [
        [metric.id, windowPoints(points, windows, combinationOf(metric.statistic), end).values] as const,
      ];
    }),
  );
  const times = windows.map((window) => window.start);
  const [values] = evaluateMath(plan.program, [id], {
    length: windows.length,
    timeAt: (i) => times[i] ?? Number.NaN,
    inputs,
    periodOf: () => period,
    bandOf: () => undefined,
    options,
  });
  const kept = times.flatMap((time, i) => {
    const value = (values as Float64Array)[i] as number;
    return Number.isNaN(value) ? [] : [{ time, value }];
  });
  return anomalyModel.train(
    { period, times: kept.map((point) => point.time), values: kept.map((point) => point.value) },
    request.configuration,
  );
}

/** What the bands of an alarm are about: the first argument of every ANOMALY_DETECTION_BAND. */
export function bandSubjects(plan: AlarmPlan): Set<string> {
  const ids = new Set<string>();
  for (const { calls } of plan.program?.expressions.values() ?? [])
    for (const { name, args } of calls)
      if (name === "ANOMALY_DETECTION_BAND" && args[0]?.kind === "reference") ids.add(args[0].id);
  return ids;
}
