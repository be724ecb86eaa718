import type { Diagnostic } from "../support/diagnostic.ts";
import { requireSeconds, type SeriesProblems, seriesDiagnostics } from "./series.ts";
import type { TimelineChunk } from "./timeline-grid.ts";

/**
 * Collects points of one metric, in any order, into the dense form that timelines take: one slot a period over [start, end).
 * Nothing is dropped without being counted.
 */
export class PointGrid {
  readonly start: number;
  readonly step: number;
  readonly values: Float64Array;
  #sampleCounts: Float64Array | undefined;
  #latest = Number.NEGATIVE_INFINITY;
  #points = 0;
  #outside = 0;
  readonly #problems: SeriesProblems = { unordered: 0, duplicate: 0, notFinite: 0, future: 0, offGrid: 0 };

  /**
   * Times in epoch seconds, `step` in seconds. Points of 5 minutes are often stamped 12:04, 12:09: begin at the first one's time,
   * or all are off the grid. @throws RangeError for times in milliseconds or an end before the start.
   */
  constructor(span: { readonly start: number; readonly end: number; readonly step: number }) {
    requireSeconds(span.start, "start");
    requireSeconds(span.end, "end");
    if (!(span.step > 0) || span.end < span.start)
      throw new RangeError(`no points fit from ${span.start} to ${span.end} every ${span.step} s`);
    this.start = span.start;
    this.step = span.step;
    this.values = new Float64Array(Math.ceil((span.end - span.start) / span.step)).fill(Number.NaN);
  }

  /** Adds a point by the start of its period, epoch seconds. Of two in one period the later added counts. */
  add(time: number, value: number, sampleCount?: number): void {
    if (value - value !== 0 || time - time !== 0) {
      this.#problems.notFinite += 1;
      return;
    }
    requireSeconds(time, "a point's time");
    if (time < this.#latest) this.#problems.unordered += 1;
    else this.#latest = time;
    const exact = (time - this.start) / this.step;
    const at = Math.floor(exact);
    if (at < 0 || at >= this.values.length) {
      this.#outside += 1;
      return;
    }
    if (at !== exact) this.#problems.offGrid += 1;
    if (Number.isNaN(this.values[at])) this.#points += 1;
    else this.#problems.duplicate += 1;
    this.values[at] = value;
    if (sampleCount === undefined) return;
    this.#sampleCounts ??= new Float64Array(this.values.length).fill(Number.NaN);
    this.#sampleCounts[at] = sampleCount;
  }

  /** Periods that have a point. */
  get points(): number {
    return this.#points;
  }

  /** All of it, for a timeline or a backtest. */
  chunk(): TimelineChunk {
    const { values } = this;
    return this.#sampleCounts ? { values, sampleCounts: this.#sampleCounts } : { values };
  }

  /** What was wrong with the points added; `name` is the series, for people. Order doesn't matter here, so it isn't told. */
  diagnostics(name: string): Diagnostic[] {
    const found = seriesDiagnostics(name, { ...this.#problems, unordered: 0 });
    if (this.#outside > 0)
      found.push({
        severity: "warning",
        code: "points-outside",
        message: `${name}: ${this.#outside} points lie outside the time asked for; they were left out`,
      });
    return found;
  }

  /** How many points came after a later one. */
  get unordered(): number {
    return this.#problems.unordered;
  }
}
