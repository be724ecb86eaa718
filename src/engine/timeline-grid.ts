import type { EvaluableAlarm } from "./alarm.ts";
import { evaluationInterval, evaluationRange } from "./evaluation-range.ts";
import type { ResolvedOptions } from "./options.ts";

/** A piece of a metric's points: one value per period, in order and without holes; NaN is a missing point. */
export interface TimelineChunk {
  readonly values: Float64Array;
  readonly sampleCounts?: Float64Array;
}

/**
 * How evaluations lie over a stream of points. A *slot* is where a window may end; consecutive windows of one evaluation lie
 * `lanes` slots apart. All lengths in seconds, all counts in what their names say.
 */
export interface TimelineGrid {
  /** Start of the first point, epoch seconds. */
  readonly start: number;
  /** Between points. */
  readonly step: number;
  /** Between slots. */
  readonly slot: number;
  /** Between evaluations. */
  readonly interval: number;
  readonly pointsPerSlot: number;
  readonly pointsPerWindow: number;
  readonly lanes: number;
  readonly slotsPerEvaluation: number;
  /** The first slot at whose end an evaluation happens. */
  readonly firstEvaluation: number;
  /** Periods an evaluation looks at. */
  readonly range: number;
  /** Seconds of the newest points that can't be read yet when an evaluation happens. */
  readonly unread: number;
  /** Whether windows are those of CloudWatch, or only aligned to points that are coarser than the evaluations. */
  readonly exact: boolean;
}

/**
 * Lays out the evaluations of an alarm over points that begin at `start` (epoch seconds) and are `step` seconds apart.
 * `phase`: seconds between the full minute (or 10 s, or hour) and the evaluation.
 * @throws RangeError when points and evaluations can't be brought together.
 */
export function timelineGrid(
  alarm: EvaluableAlarm,
  points: { readonly start: number; readonly step: number; readonly phase: number },
  options: ResolvedOptions,
): TimelineGrid {
  const { start, step, phase } = points;
  const usual = evaluationInterval(alarm);
  const exact = step <= usual;
  const interval = exact ? usual : step;
  if (interval % step !== 0)
    throw new RangeError(
      `points of ${step} s don't fit evaluations every ${usual} s; use a divisor or a multiple`,
    );
  if (phase < 0 || phase >= usual)
    throw new RangeError(`a phase of ${phase} s is not within 0 to ${usual} s`);
  const slot = greatestCommonDivisor(interval, alarm.period);
  if (exact && start % slot !== 0)
    throw new RangeError(
      `points begin at ${start}, not at a multiple of ${slot} s; begin earlier, with missing points`,
    );
  const slotsPerEvaluation = interval / slot;
  let firstEvaluation = 0;
  if (exact) while ((start + (firstEvaluation + 1) * slot) % interval !== 0) firstEvaluation += 1;
  return {
    start,
    step,
    slot,
    interval,
    pointsPerSlot: slot / step,
    pointsPerWindow: alarm.period / step,
    lanes: alarm.period / slot,
    slotsPerEvaluation,
    firstEvaluation,
    range: evaluationRange(alarm, options.surplus),
    unread: Math.max(0, options.delay - phase),
    exact,
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
