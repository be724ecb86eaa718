import type { EvaluableAlarm } from "../../../../engine/alarm.ts";
import type { TrainedBand } from "../../../../engine/anomaly-model.ts";
import { bandSubjects } from "../../../../engine/band-training.ts";
import { evaluationInterval, evaluationRange } from "../../../../engine/evaluation-range.ts";
import { isBreaching, judgingRule } from "../../../../engine/judgement.ts";
import { evaluateMath } from "../../../../engine/math-evaluation.ts";
import type { Series } from "../../../../engine/math-values.ts";
import { type JudgingRule, judge, type Verdict } from "../../../../engine/missing-data.ts";
import type { OpenedAlarm } from "../../../../engine/not-evaluated.ts";
import type { ResolvedOptions } from "../../../../engine/options.ts";
import type { BasicStatistic } from "../../../../engine/statistic-name.ts";
import type { AlarmSeries } from "./alarm-series.ts";
import { SlotColumns } from "./slot-columns.ts";
import { keptFor } from "./stored-points.ts";

/** A window's flag: not looked at yet; no data; with data, on which side it is; and where rounding would decide. */
const FLAG = { UNKNOWN: 0, MISSING: 1, GOOD: 2, BREACHING: 3, TOO_CLOSE: 4 } as const;

/** So many evaluations are looked ahead. */
const AHEAD = 60;

/** Metric math over windows longer than so many slots isn't worth doing here. */
const MATH_SLOTS = 60;

/** Bands as they are now. */
export interface JudgedBands {
  bandOf(id: string, now: number): TrainedBand;
  /** Until when (epoch seconds) a band stays what it is. */
  validUntil(id: string): number;
}

/**
 * The verdicts of an alarm whose windows slide, one evaluation after the other, from samples that are read once; the same as the engine's,
 * for a small part of the work. What generated series will publish is known beforehand, so it also tells how long nothing can happen.
 * Where rounding could decide, there is no verdict: whoever asks evaluates in full. A *slot* is the time between two evaluations.
 */
export class SlidingJudge {
  readonly #opened: OpenedAlarm;
  readonly #options: ResolvedOptions;
  readonly #rule: JudgingRule;
  readonly #bands: JudgedBands | undefined;
  /** Seconds. */
  readonly #slot: number;
  readonly #slotsPerWindow: number;
  readonly #range: number;
  readonly #capacity: number;
  /** Like the plan's metrics. */
  readonly #columns: readonly SlotColumns[];
  /** By the slot behind a window's end. */
  readonly #flags: Uint8Array;
  /** Slots up to this one have been read. */
  #read = Number.NaN;
  /** What its bands are about, and the bands that flags were found with. */
  readonly #banded: readonly string[];
  readonly #trained = new Map<string, TrainedBand>();

  constructor(opened: OpenedAlarm, bands: JudgedBands | undefined, options: ResolvedOptions) {
    const { alarm, plan } = opened;
    this.#opened = opened;
    this.#options = options;
    this.#bands = bands;
    this.#banded = [...bandSubjects(plan)];
    this.#rule = judgingRule(alarm, options);
    this.#slot = evaluationInterval(alarm);
    this.#slotsPerWindow = alarm.period / this.#slot;
    this.#range = evaluationRange(alarm, options.surplus);
    this.#capacity = this.#range * this.#slotsPerWindow + AHEAD + 1;
    this.#flags = new Uint8Array(this.#capacity);
    this.#columns = plan.metrics.map(
      ({ statisticName }) => new SlotColumns(statisticName as BasicStatistic, this.#slot, this.#capacity),
    );
  }

  /** Whether it can judge an alarm at all. */
  static suits({ alarm, plan }: OpenedAlarm, options: ResolvedOptions): boolean {
    const interval = evaluationInterval(alarm);
    const range = evaluationRange(alarm, options.surplus);
    const ids = plan.bandId === undefined ? [plan.watched] : [plan.watched, plan.bandId];
    return (
      alarm.window.kind === "sliding" &&
      interval <= 60 &&
      range * alarm.period <= keptFor(interval) &&
      plan.metrics.every(({ statistic }) => statistic.kind === "basic") &&
      (!plan.program || alarm.period / interval <= MATH_SLOTS) &&
      ids.every((id) => plan.program?.expressions.get(id)?.rangeDependent !== true)
    );
  }

  /** Forgets what was read: samples may have come or gone, or will. */
  forget(): void {
    this.#read = Number.NaN;
  }

  /** Judges at a time (epoch seconds with their fraction); undefined when it is too close to call. */
  judgeAt(now: number, series: readonly AlarmSeries[]): Verdict | undefined {
    const end = Math.floor(now / this.#slot);
    if (this.#banded.length > 0) this.#renewBands(now);
    if (!(end <= this.#read)) this.#readUpTo(end, series);
    return this.#judge(end);
  }

  /** How many evaluations after the one at `now`, which has been judged, lead to nothing if nobody changes anything. */
  quietAfter(now: number, isQuiet: (verdict: Verdict) => boolean): number {
    const end = Math.floor(now / this.#slot);
    let last = this.#read - end;
    for (const id of this.#banded)
      last = Math.min(last, Math.floor(((this.#bands?.validUntil(id) ?? now) - now) / this.#slot));
    for (let ahead = 1; ahead <= last; ahead += 1) {
      const verdict = this.#judge(end + ahead);
      if (verdict === undefined || !isQuiet(verdict)) return ahead - 1;
    }
    return Math.max(0, last);
  }

  #judge(end: number): Verdict | undefined {
    const wanted = this.#rule.evaluationPeriods;
    const flags = this.#flags;
    const capacity = this.#capacity;
    const step = this.#slotsPerWindow;
    let at = end % capacity;
    let real = 0;
    let breaching = 0;
    let oldest = 0;
    for (let age = 1; age <= this.#range && real < wanted; age += 1) {
      if (flags[at] === FLAG.UNKNOWN) this.#look(end - (age - 1) * step);
      const flag = flags[at] as number;
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

  #readUpTo(end: number, series: readonly AlarmSeries[]): void {
    const to = end + AHEAD;
    const oldest = end - this.#range * this.#slotsPerWindow;
    const known = this.#read > oldest;
    const from = known ? this.#read : oldest;
    if (known)
      for (let slot = from + 1; slot <= to; slot += 1) this.#flags[slot % this.#capacity] = FLAG.UNKNOWN;
    else this.#flags.fill(FLAG.UNKNOWN);
    this.#read = to;
    const { metrics, program } = this.#opened.plan;
    for (let i = 0; i < metrics.length; i += 1) {
      const found = program ? series.find(({ id }) => id === metrics[i]?.id) : series[0];
      this.#columns[i]?.read(from, to, found?.readers ?? [], found?.unit);
    }
  }

  /** A band that was trained anew puts every point somewhere else. */
  #renewBands(now: number): void {
    for (const id of this.#banded) {
      const band = this.#bands?.bandOf(id, now);
      if (!band || band === this.#trained.get(id)) continue;
      this.#trained.set(id, band);
      this.#flags.fill(FLAG.UNKNOWN);
    }
  }

  /** Finds the flag of the window that ends before a slot. */
  #look(end: number): void {
    const { alarm, plan } = this.#opened;
    if (plan.program) {
      this.#lookAtMath(end);
      return;
    }
    const [column] = this.#columns;
    const value = column ? column.valueOf(end - this.#slotsPerWindow, this.#slotsPerWindow) : Number.NaN;
    this.#flags[end % this.#capacity] = Number.isNaN(value)
      ? FLAG.MISSING
      : column?.rough && isTooClose(alarm, value)
        ? FLAG.TOO_CLOSE
        : isBreaching(alarm, value)
          ? FLAG.BREACHING
          : FLAG.GOOD;
  }

  /** Finds the flags of the unknown windows from one on: metric math works on many at once. */
  #lookAtMath(end: number): void {
    const { alarm, plan } = this.#opened;
    const flags = this.#flags;
    let length = 1;
    while (end + length <= this.#read && flags[(end + length) % this.#capacity] === FLAG.UNKNOWN) length += 1;
    const inputs = new Map<string, Series>();
    const rough = new Uint8Array(length);
    plan.metrics.forEach(({ id }, m) => {
      const column = this.#columns[m] as SlotColumns;
      const values = new Float64Array(length);
      for (let i = 0; i < length; i += 1) {
        values[i] = column.valueOf(end + i - this.#slotsPerWindow, this.#slotsPerWindow);
        if (column.rough) rough[i] = 1;
      }
      inputs.set(id, values);
    });
    const { program, watched, bandId } = plan;
    if (!program) return;
    const begin = end * this.#slot - alarm.period;
    const results = evaluateMath(program, bandId === undefined ? [watched] : [watched, bandId], {
      length,
      timeAt: (i) => begin + i * this.#slot,
      inputs,
      periodOf: () => alarm.period,
      bandOf: (id) => this.#trained.get(id),
      options: this.#options,
    });
    const values = results[0] as Series;
    const band = results[1] as readonly Series[] | undefined;
    const [first, second] = band ?? [];
    const [lower, upper] = this.#options.bandOrder === "lowerFirst" ? [first, second] : [second, first];
    for (let i = 0; i < length; i += 1) {
      const value = values[i] as number;
      const missing =
        Number.isNaN(value) || (band && !(Number.isFinite(lower?.[i]) && Number.isFinite(upper?.[i])));
      flags[(end + i) % this.#capacity] = rough[i]
        ? FLAG.TOO_CLOSE
        : missing
          ? FLAG.MISSING
          : isBreaching(alarm, value, lower?.[i], upper?.[i])
            ? FLAG.BREACHING
            : FLAG.GOOD;
    }
  }
}

/** Whether the last digits of a value could decide. */
function isTooClose({ comparison }: EvaluableAlarm, value: number): boolean {
  if (comparison.kind !== "threshold") return true;
  const scale = Math.max(Math.abs(value), Math.abs(comparison.threshold));
  return Math.abs(value - comparison.threshold) <= 1e-9 * scale;
}
