import { POINT } from "./judgement.ts";
import { type JudgingRule, judge, VERDICT, type Verdict } from "./missing-data.ts";

/**
 * Judges one evaluation range after the other in constant time each, without allocating: the same answers as judging each range
 * from scratch. Slots come one by one; an alarm whose windows slide by less than its period has several `lanes`, each of which
 * holds every `lanes`-th slot.
 */
export class RangeJudge {
  readonly #rule: JudgingRule;
  readonly #range: number;
  readonly #lanes: number;
  /** How many of the newest periods can't be read yet. */
  readonly #hidden: number;
  #lane = 0;
  /** Per lane: the oldest slot counted, and what is counted from there on: the newest N points that exist, at most. */
  readonly #first: Int32Array;
  readonly #real: Int32Array;
  readonly #breaching: Int32Array;
  readonly #low: Int32Array;

  constructor(rule: JudgingRule, range: number, lanes: number, hidden: number) {
    this.#rule = rule;
    this.#range = range;
    this.#lanes = lanes;
    this.#hidden = hidden;
    this.#first = Int32Array.from({ length: lanes }, (_, lane) => lane);
    this.#real = new Int32Array(lanes);
    this.#breaching = new Int32Array(lanes);
    this.#low = new Int32Array(lanes);
  }

  /** Tells that the flags moved down by so many slots. */
  shift(by: number): void {
    for (let lane = 0; lane < this.#lanes; lane += 1) this.#first[lane] = (this.#first[lane] as number) - by;
  }

  /** Judges the range whose newest slot is at `at`. To be called for every slot, in order. */
  next(flags: Uint8Array, at: number): Verdict {
    const lanes = this.#lanes;
    const lane = this.#lane;
    this.#lane = lane + 1 === lanes ? 0 : lane + 1;
    if (this.#hidden >= this.#range) return judge(this.#rule, 0, 0, 0);
    const wanted = this.#rule.evaluationPeriods;
    let first = this.#first[lane] as number;
    let real = this.#real[lane] as number;
    let breaching = this.#breaching[lane] as number;
    let low = this.#low[lane] as number;

    const newest = at - this.#hidden * lanes;
    const added = newest >= first ? (flags[newest] as number) : 0;
    if (added !== 0) {
      real += 1;
      if (added & POINT.BREACHING) breaching += 1;
      if (added & POINT.LOW_SAMPLES) low += 1;
    }
    const oldest = at - (this.#range - 1) * lanes;
    while (first < oldest || real > wanted) {
      const removed = flags[first] as number;
      if (removed !== 0) {
        real -= 1;
        if (removed & POINT.BREACHING) breaching -= 1;
        if (removed & POINT.LOW_SAMPLES) low -= 1;
      }
      first += lanes;
    }
    let age = 0;
    if (real > 0 && real < wanted) {
      while (flags[first] === 0) first += lanes;
      age = (at - first) / lanes + 1;
    }
    this.#first[lane] = first;
    this.#real[lane] = real;
    this.#breaching[lane] = breaching;
    this.#low[lane] = low;
    return low > 0 ? VERDICT.KEEP : judge(this.#rule, real, breaching, age);
  }
}
