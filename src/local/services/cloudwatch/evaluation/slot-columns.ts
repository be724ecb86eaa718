import type { BasicStatistic } from "../../../../engine/statistic-name.ts";
import type { MetricReader, PointVisitor, ReadRange } from "../../../metrics/metric-reader.ts";

/** More than one put or sample in a slot, or several sources; a sum that is no whole number. Both together: adding in another order may differ in the last digit. */
const ROUGH = { SEVERAL: 1, FRACTION: 2, BOTH: 3 } as const;

/**
 * Samples of one metric by slots of a minute (or ten seconds), as far as one statistic needs them: read once, looked at in many windows.
 * A ring: a slot's place is its number modulo the capacity.
 */
export class SlotColumns {
  /** Whether the last value that was asked for could differ in its last digits if samples were added in another order. */
  rough = false;
  readonly #statistic: BasicStatistic;
  readonly #slot: number;
  readonly #capacity: number;
  readonly #counts: Float64Array;
  /** Sums, minima or maxima, as the statistic needs. */
  readonly #values: Float64Array;
  readonly #roughness: Uint8Array;
  readonly #range: { -readonly [K in keyof ReadRange]: ReadRange[K] } = { from: 0, to: 0, now: 0 };
  readonly #visitor: PointVisitor;
  #several = 0;

  /** `slot`: seconds; `capacity`: slots that are kept. */
  constructor(statistic: BasicStatistic, slot: number, capacity: number) {
    this.#statistic = statistic;
    this.#slot = slot;
    this.#capacity = capacity;
    this.#counts = new Float64Array(capacity);
    this.#values = new Float64Array(capacity);
    this.#roughness = new Uint8Array(capacity);
    this.#visitor = this.#makeVisitor();
  }

  /** Reads the slots from one number up to another, anew; of generated series also what is still to come. */
  read(from: number, to: number, readers: readonly MetricReader[], unit: string | undefined): void {
    for (let slot = from; slot < to; slot += 1) {
      const at = slot % this.#capacity;
      this.#counts[at] = 0;
      this.#values[at] = 0;
      this.#roughness[at] = 0;
    }
    const range = this.#range;
    range.from = from * this.#slot;
    range.to = to * this.#slot;
    range.now = range.to;
    for (let r = 0; r < readers.length; r += 1)
      (readers[r] as MetricReader).visit(range, unit, this.#visitor);
    this.#several = readers.length > 1 ? ROUGH.SEVERAL : 0;
  }

  /** The statistic over so many slots, the first by its number; NaN without samples. Sets `rough`. */
  valueOf(first: number, length: number): number {
    const counts = this.#counts;
    const values = this.#values;
    const capacity = this.#capacity;
    const kind = this.#statistic;
    let at = first % capacity;
    let count = 0;
    let total = 0;
    let rough = this.#several;
    for (let i = 0; i < length; i += 1) {
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
    this.rough = rough === ROUGH.BOTH && (kind === "Average" || kind === "Sum");
    if (!(count > 0)) return Number.NaN;
    return kind === "Average" ? total / count : kind === "SampleCount" ? count : total;
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
}
