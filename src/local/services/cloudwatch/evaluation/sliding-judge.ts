import type { EvaluableAlarm } from "../../../../engine/alarm.ts";
import { isBreaching, judgingRule } from "../../../../engine/judgement.ts";
import { type JudgingRule, judge, type Verdict } from "../../../../engine/missing-data.ts";
import type { ResolvedOptions } from "../../../../engine/options.ts";
import type { BasicStatistic } from "../../../../engine/statistic-name.ts";
import type { MetricReader, PointVisitor, ReadRange } from "../metric-reader.ts";

/** What a judgement needs to know of where its samples are. */
export interface JudgedSource {
  readonly readers: readonly MetricReader[];
  readonly unit: string | undefined;
}

/** A window's flag: not judged yet; no data; and, with data, on which side it is. */
const FLAG = { UNKNOWN: 0, MISSING: 1, GOOD: 2, BREACHING: 3, TOO_CLOSE: 4 } as const;

/** More than one put or sample in a slot; a sum that is no whole number. Both together: adding in another order may differ in the last digit. */
const ROUGH = { SEVERAL: 1, FRACTION: 2, BOTH: 3 } as const;

/**
 * The verdicts of an alarm on one metric whose windows slide, minute after minute, from samples that are read once: tens of
 * nanoseconds each, the same as the engine's. Where rounding could decide, there is no verdict: whoever asks evaluates in full.
 * One slot holds what was published between two evaluations.
 */
export class SlidingJudge {
  readonly #alarm: EvaluableAlarm;
  readonly #statistic: BasicStatistic;
  readonly #rule: JudgingRule;
  /** Seconds of a slot, which is the time between two evaluations too. */
  readonly #slot: number;
  readonly #slotsPerWindow: number;
  /** Slots in the evaluation range; rings are as long. */
  readonly #capacity: number;
  readonly #range: number;
  readonly #counts: Float64Array;
  /** Sums, minima or maxima, as the statistic needs; a slot without samples has none. */
  readonly #values: Float64Array;
  /** What may make the order of adding matter, by slot. */
  readonly #roughness: Uint8Array;
  /** By the slot that a window ends with. */
  readonly #flags: Uint8Array;
  readonly #readRange: { -readonly [K in keyof ReadRange]: ReadRange[K] } = { from: 0, to: 0, now: 0 };
  readonly #visitor: PointVisitor;
  #end = Number.NaN;
  #several = 0;

  /** `range`: periods of the evaluation range; `interval`: seconds between evaluations. */
  constructor(
    alarm: EvaluableAlarm,
    statistic: BasicStatistic,
    options: ResolvedOptions,
    grid: { readonly range: number; readonly interval: number },
  ) {
    this.#alarm = alarm;
    this.#statistic = statistic;
    this.#rule = judgingRule(alarm, options);
    this.#slot = grid.interval;
    this.#range = grid.range;
    this.#slotsPerWindow = alarm.period / grid.interval;
    this.#capacity = grid.range * this.#slotsPerWindow;
    this.#counts = new Float64Array(this.#capacity);
    this.#values = new Float64Array(this.#capacity);
    this.#roughness = new Uint8Array(this.#capacity);
    this.#flags = new Uint8Array(this.#capacity);
    this.#visitor = this.#makeVisitor();
  }

  /** Forgets what was read: samples may have come or gone. */
  forget(): void {
    this.#end = Number.NaN;
  }

  /** Judges at a time (epoch seconds with their fraction); undefined when it is too close to call. */
  judgeAt(now: number, source: JudgedSource): Verdict | undefined {
    const end = Math.floor(now / this.#slot) * this.#slot;
    this.#readUntil(end, now, source);
    const wanted = this.#rule.evaluationPeriods;
    const flags = this.#flags;
    const capacity = this.#capacity;
    const step = this.#slotsPerWindow;
    let at = this.#index(end - this.#slot);
    let real = 0;
    let breaching = 0;
    let oldest = 0;
    for (let age = 1; age <= this.#range && real < wanted; age += 1) {
      let flag = flags[at] as number;
      if (flag === FLAG.UNKNOWN) {
        flag = this.#flagOf(at);
        flags[at] = flag;
      }
      if (flag === FLAG.TOO_CLOSE) return undefined;
      if (flag !== FLAG.MISSING) {
        real += 1;
        oldest = age;
        if (flag === FLAG.BREACHING) breaching += 1;
      }
      at -= step;
      if (at < 0) at += capacity;
    }
    return judge(this.#rule, real, breaching, oldest);
  }

  /** Ring position of the slot that begins at a time. */
  #index(time: number): number {
    return (time / this.#slot) % this.#capacity;
  }

  #readUntil(end: number, now: number, { readers, unit }: JudgedSource): void {
    const whole = this.#capacity * this.#slot;
    let from = this.#end;
    if (!(end - from < whole && end >= from)) {
      from = end - whole;
      this.#flags.fill(FLAG.UNKNOWN);
    }
    this.#end = end;
    if (from === end) return;
    for (let time = from; time < end; time += this.#slot) {
      const at = this.#index(time);
      this.#counts[at] = 0;
      this.#values[at] = 0;
      this.#roughness[at] = 0;
      this.#flags[at] = FLAG.UNKNOWN;
    }
    const range = this.#readRange;
    range.from = from;
    range.to = end;
    range.now = now;
    for (let r = 0; r < readers.length; r += 1)
      (readers[r] as MetricReader).visit(range, unit, this.#visitor);
    this.#several = readers.length > 1 ? ROUGH.SEVERAL : 0;
  }

  #makeVisitor(): PointVisitor {
    // Variables of the closure are read faster than private members, and this runs for every sample.
    const counts = this.#counts;
    const values = this.#values;
    const roughness = this.#roughness;
    const slot = this.#slot;
    const capacity = this.#capacity;
    const kind = this.#statistic;
    return (time, count, sum, min, max) => {
      const at = Math.floor(time / slot) % capacity;
      const before = counts[at] as number;
      const value = values[at] as number;
      counts[at] = before + count;
      if (before > 0) roughness[at] = (roughness[at] as number) | ROUGH.SEVERAL;
      if (!Number.isInteger(sum)) roughness[at] = (roughness[at] as number) | ROUGH.FRACTION;
      if (kind === "Minimum") values[at] = before > 0 && value < min ? value : min;
      else if (kind === "Maximum") values[at] = before > 0 && value > max ? value : max;
      else values[at] = value + sum;
    };
  }

  /** Flag of the window whose newest slot is at a ring position. */
  #flagOf(newest: number): number {
    const counts = this.#counts;
    const values = this.#values;
    const capacity = this.#capacity;
    const kind = this.#statistic;
    let at = newest - this.#slotsPerWindow + 1;
    if (at < 0) at += capacity;
    let count = 0;
    let total = 0;
    let rough = this.#several;
    for (let i = 0; i < this.#slotsPerWindow; i += 1) {
      const inSlot = counts[at] as number;
      if (inSlot > 0) {
        const value = values[at] as number;
        if (kind === "Minimum") total = count > 0 && total < value ? total : value;
        else if (kind === "Maximum") total = count > 0 && total > value ? total : value;
        else total += value;
        count += inSlot;
        rough |= this.#roughness[at] as number;
      }
      at += 1;
      if (at === capacity) at = 0;
    }
    if (!(count > 0)) return FLAG.MISSING;
    const value = kind === "Average" ? total / count : kind === "SampleCount" ? count : total;
    if (rough === ROUGH.BOTH && (kind === "Average" || kind === "Sum") && this.#isTooClose(value))
      return FLAG.TOO_CLOSE;
    return isBreaching(this.#alarm, value) ? FLAG.BREACHING : FLAG.GOOD;
  }

  #isTooClose(value: number): boolean {
    const { comparison } = this.#alarm;
    if (comparison.kind !== "threshold") return true;
    const scale = Math.max(Math.abs(value), Math.abs(comparison.threshold));
    return Math.abs(value - comparison.threshold) <= 1e-9 * scale;
  }
}

/** The statistic of an alarm whose verdicts can be had from a `SlidingJudge`; undefined for any other alarm. */
export function slidingStatistic(alarm: EvaluableAlarm): BasicStatistic | undefined {
  const { input, window, comparison } = alarm;
  if (input.kind !== "metric" || window.kind !== "sliding" || comparison.kind !== "threshold")
    return undefined;
  return input.statistic.kind === "basic" ? input.statistic.name : undefined;
}
