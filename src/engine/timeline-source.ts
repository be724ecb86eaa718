import type { EvaluableAlarm } from "./alarm.ts";
import type { AnomalyConfiguration, TrainedBand } from "./anomaly-model.ts";
import type { RangeView } from "./judgement.ts";
import { evaluateMath } from "./math-evaluation.ts";
import type { MathFrame, MathValue } from "./math-values.ts";
import type { Verdict } from "./missing-data.ts";
import type { ResolvedOptions } from "./options.ts";
import type { PointColumns } from "./point-flags.ts";
import type { TimelineChunk, TimelineGrid } from "./timeline-grid.ts";
import type { AlarmPlan } from "./values-in-windows.ts";

/** Told of every evaluation, in order. `slot`: the slot at whose end it happened. */
export type Visit = (verdict: Verdict, slot: number) => void;

/** Turns a stream of points into verdicts. */
export interface TimelineSource {
  push(chunks: ReadonlyMap<string, TimelineChunk>, visit: Visit): void;
  /** The range of the evaluation that is being visited. */
  rangeAt(slot: number): RangeView;
  /** Start of the first point that exists, epoch seconds; undefined before it came. */
  readonly firstPoint: number | undefined;
  readonly notFinite: number;
}

export interface SourceParts {
  readonly alarm: EvaluableAlarm;
  readonly plan: AlarmPlan;
  readonly grid: TimelineGrid;
  readonly options: ResolvedOptions;
  readonly bands: Readonly<Record<string, TrainedBand>> | undefined;
  readonly anomaly: AnomalyConfiguration | undefined;
  readonly supposeBreaching: boolean;
}

/** Ids of what an alarm watches, and of its band. */
export function watchedIds(plan: AlarmPlan): string[] {
  return plan.bandId === undefined ? [plan.watched] : [plan.watched, plan.bandId];
}

/** What is watched and its band, out of what the program gives over a frame. */
export function watchedOf(parts: SourceParts, frame: MathFrame): Omit<PointColumns, "sampleCounts"> {
  const { plan } = parts;
  if (!plan.program) return { values: frame.inputs.get(plan.watched) as Float64Array };
  return watchedColumns(parts, evaluateMath(plan.program, watchedIds(plan), frame));
}

/** The columns in the values of `watchedIds`. */
export function watchedColumns(
  { options }: SourceParts,
  [values, band]: readonly MathValue[],
): Omit<PointColumns, "sampleCounts"> {
  const [first, second] = (band ?? []) as readonly Float64Array[];
  const [lower, upper] = options.bandOrder === "lowerFirst" ? [first, second] : [second, first];
  return { values: values as Float64Array, lower, upper };
}
