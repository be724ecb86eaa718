import { BAND_OPERATORS, type EvaluableAlarm } from "./alarm.ts";
import { ALARM_STATES, type AlarmState } from "./alarm-state.ts";
import { judge, VERDICT, type Verdict } from "./missing-data.ts";
import type { ResolvedOptions } from "./options.ts";
import { hasTooFewSamples } from "./statistic-name.ts";

/** The points of one evaluation range, oldest first; NaN means missing. Times: starts of the periods, epoch seconds. */
export interface RangeView {
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  readonly sampleCounts?: ArrayLike<number> | undefined;
  readonly lower?: ArrayLike<number> | undefined;
  readonly upper?: ArrayLike<number> | undefined;
}

/** One period as it was judged. `value` absent: missing. */
export interface EvaluatedDatapoint {
  /** Start of the period, epoch seconds. */
  readonly time: number;
  readonly value?: number;
  readonly sampleCount?: number;
  /** Bounds of the anomaly band. */
  readonly lower?: number;
  readonly upper?: number;
  readonly breaching?: boolean;
}

/** An evaluation range, judged. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Points that exist and were counted, newest first: N at most. */
  readonly used: readonly EvaluatedDatapoint[];
  /** The periods looked at to find them, missing ones among them, newest first. */
  readonly looked: readonly EvaluatedDatapoint[];
  /** Points short of N: what the treatment fills. */
  readonly missing: number;
  /** The state is kept because a percentile had too few samples. */
  readonly tooFewSamples: boolean;
}

/** The state after a verdict. */
export function stateAfter(verdict: Verdict, before: AlarmState): AlarmState {
  return verdict === VERDICT.KEEP ? before : ALARM_STATES[verdict];
}

/** Flags of a point, packed for speed. */
export const POINT = { REAL: 1, BREACHING: 2, LOW_SAMPLES: 4 } as const;

/** Whether one existing point breaches. Equal to a bound of a band is not a breach. */
export function isBreaching(
  alarm: EvaluableAlarm,
  value: number,
  lower = Number.NaN,
  upper = Number.NaN,
): boolean {
  const { comparison } = alarm;
  if (comparison.kind === "band") {
    const sides = BAND_OPERATORS[comparison.operator];
    return (sides.lower && value < lower) || (sides.upper && value > upper);
  }
  switch (comparison.operator) {
    case "GreaterThanOrEqualToThreshold":
      return value >= comparison.threshold;
    case "GreaterThanThreshold":
      return value > comparison.threshold;
    case "LessThanThreshold":
      return value < comparison.threshold;
    case "LessThanOrEqualToThreshold":
      return value <= comparison.threshold;
  }
}

/** Judges a whole range, and says by which points. */
export function judgeRange(alarm: EvaluableAlarm, view: RangeView, options: ResolvedOptions): Judgement {
  const { evaluationPeriods } = alarm;
  const used: EvaluatedDatapoint[] = [];
  const looked: EvaluatedDatapoint[] = [];
  let oldestAge = 0;
  for (let age = 1; age <= view.times.length && used.length < evaluationPeriods; age += 1) {
    const point = pointAt(alarm, view, view.times.length - age);
    looked.push(point);
    if (point.value === undefined) continue;
    used.push(point);
    oldestAge = age;
  }
  const breaching = used.filter((point) => point.breaching).length;
  const verdict = judge(judgingRule(alarm, options), used.length, breaching, oldestAge);
  const tooFewSamples = used.some((point) => isLow(alarm, point.sampleCount));
  return {
    verdict: tooFewSamples ? VERDICT.KEEP : verdict,
    used,
    looked: looked.slice(0, Math.max(oldestAge, evaluationPeriods)),
    missing: evaluationPeriods - used.length,
    tooFewSamples,
  };
}

/** The part of an alarm that judging points needs. */
export function judgingRule(alarm: EvaluableAlarm, options: ResolvedOptions) {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = alarm;
  return { evaluationPeriods, datapointsToAlarm, treatMissingData, youngBreaching: options.youngBreaching };
}

/** Whether a point is to be ignored for its few samples. */
export function isLow(alarm: EvaluableAlarm, sampleCount: number | undefined): boolean {
  return (
    alarm.ignoreLowSamples &&
    alarm.input.kind === "metric" &&
    sampleCount !== undefined &&
    hasTooFewSamples(alarm.input.statistic, sampleCount)
  );
}

function pointAt(alarm: EvaluableAlarm, view: RangeView, i: number): EvaluatedDatapoint {
  const time = view.times[i] as number;
  const value = view.values[i] as number;
  const lower = view.lower?.[i];
  const upper = view.upper?.[i];
  const band = alarm.comparison.kind === "band";
  // A value without a band can't be judged: it counts as missing.
  if (Number.isNaN(value) || (band && !(Number.isFinite(lower) && Number.isFinite(upper)))) return { time };
  const count = view.sampleCounts?.[i];
  return {
    time,
    value,
    ...(count !== undefined && !Number.isNaN(count) ? { sampleCount: count } : {}),
    ...(band && lower !== undefined && upper !== undefined ? { lower, upper } : {}),
    breaching: isBreaching(alarm, value, lower, upper),
  };
}
