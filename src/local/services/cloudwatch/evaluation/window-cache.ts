import type { Window } from "../../../../engine/windows.ts";
import type { AlarmSeries } from "./alarm-series.ts";
import { readWindows, type StoredPoints } from "./stored-points.ts";

/** Values of a metric's windows, kept from one evaluation to the next: of windows that slide, only the newest is new each time. */
export class WindowCache {
  readonly #statistic: string;
  /** Seconds between two ends of windows. */
  readonly #step: number;
  /** By the window's end; `ends` says whose value it is. */
  readonly #ends: Float64Array;
  readonly #values: Float64Array;
  readonly #counts: Float64Array;

  /** `step`: seconds between two ends of windows; `size`: how many ends can lie in an evaluation range. */
  constructor(statistic: string, grid: { readonly step: number; readonly size: number }) {
    this.#statistic = statistic;
    this.#step = grid.step;
    this.#ends = new Float64Array(grid.size).fill(Number.NaN);
    this.#values = new Float64Array(grid.size);
    this.#counts = new Float64Array(grid.size);
  }

  /** Forgets everything: samples may have come or gone. */
  forget(): void {
    this.#ends.fill(Number.NaN);
  }

  /** Points of adjoining windows, oldest first, as stored at `now`. */
  points({ readers, unit }: AlarmSeries, windows: readonly Window[], now: number): StoredPoints {
    const length = windows.length;
    const values = new Float64Array(length);
    const sampleCounts = new Float64Array(length);
    let known = 0;
    for (; known < length; known += 1) {
      const { end } = windows[known] as Window;
      const at = this.#indexOf(end);
      if (this.#ends[at] !== end) break;
      values[known] = this.#values[at] as number;
      sampleCounts[known] = this.#counts[at] as number;
    }
    if (known === length) return { values, sampleCounts };
    const missing = known === 0 ? windows : windows.slice(known);
    const read = readWindows(readers, unit, missing, now, this.#statistic);
    values.set(read.values, known);
    sampleCounts.set(read.sampleCounts, known);
    missing.forEach(({ end }, i) => {
      const at = this.#indexOf(end);
      this.#ends[at] = end;
      this.#values[at] = read.values[i] as number;
      this.#counts[at] = read.sampleCounts[i] as number;
    });
    return { values, sampleCounts };
  }

  #indexOf(end: number): number {
    return Math.floor(end / this.#step) % this.#ends.length;
  }
}
