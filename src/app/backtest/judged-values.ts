import { type Combination, combinationOf, combine } from "../../engine/combine.ts";
import { evaluateMath } from "../../engine/math-evaluation.ts";
import type { OpenedAlarm } from "../../engine/not-evaluated.ts";
import type { ResolvedOptions } from "../../engine/options.ts";
import type { TimelineChunk } from "../../engine/timeline-grid.ts";

/** The values an alarm compares, one for every window that ends at a point; NaN where there is none. */
export interface JudgedValues {
  readonly values: Float64Array;
  /** End of the first value's window, epoch seconds; the others follow every `step` seconds. */
  readonly start: number;
  readonly step: number;
  /** Whether each value depends on its own window only, so that these are the very values that were judged. */
  readonly exact: boolean;
}

/** Computes them from points by metric id, all with the same start and step. */
export function judgedValues(
  { alarm, plan }: Pick<OpenedAlarm, "alarm" | "plan">,
  series: Readonly<Record<string, TimelineChunk>>,
  points: { readonly start: number; readonly step: number },
  options: ResolvedOptions,
): JudgedValues {
  const { start, step } = points;
  const width = Math.max(1, Math.round(alarm.period / step));
  const inputs = new Map<string, Float64Array>();
  for (const { id, statistic } of plan.metrics) {
    const chunk = series[id];
    if (chunk) inputs.set(id, sliding(chunk, combinationOf(statistic), width));
  }
  const first = start + width * step;
  if (!plan.program)
    return { values: inputs.get(plan.watched) ?? new Float64Array(0), start: first, step, exact: true };
  const length = inputs.values().next().value?.length ?? 0;
  const [values] = evaluateMath(plan.program, [plan.watched], {
    length,
    timeAt: (i) => start + i * step,
    inputs,
    periodOf: () => alarm.period,
    bandOf: () => undefined,
    options,
  });
  const exact = plan.program.expressions.get(plan.watched)?.rangeDependent !== true;
  return { values: values as Float64Array, start: first, step, exact };
}

function sliding(
  { values, sampleCounts }: TimelineChunk,
  how: Combination | undefined,
  width: number,
): Float64Array {
  if (width === 1 || how === undefined) return values;
  const result = new Float64Array(Math.max(0, values.length - width + 1));
  for (let i = 0; i < result.length; i += 1) result[i] = combine(how, values, sampleCounts, i, i + width);
  return result;
}
