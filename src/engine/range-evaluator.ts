import { combine, combineCounts } from "./combine.ts";
import { judgeFlags } from "./judge-flags.ts";
import { judgingRule, type RangeView } from "./judgement.ts";
import type { MathFrame } from "./math-values.ts";
import { type JudgingRule, VERDICT, type Verdict } from "./missing-data.ts";
import { type FlagPoints, type PointColumns, pointFlagger } from "./point-flags.ts";
import type { PointStore } from "./point-store.ts";
import { clockPeriodEnd, parseTimeZone } from "./time-zone.ts";
import { type SourceParts, watchedOf } from "./timeline-source.ts";
import { evaluationWindows } from "./windows.ts";

/**
 * Evaluates an alarm at single moments: reads the whole range anew every time, as CloudWatch does. The general way, and what
 * every faster one has to give as well.
 */
export class RangeEvaluator {
  readonly #parts: SourceParts;
  readonly #store: PointStore;
  readonly #rule: JudgingRule;
  readonly #flagPoints: FlagPoints;
  readonly #flags: Uint8Array;
  /** Values of the range being evaluated, by metric; written anew for every evaluation. */
  readonly #inputs: ReadonlyMap<string, Float64Array>;
  readonly #sampleCounts: Float64Array;
  readonly #times: Float64Array;
  readonly #ends: Float64Array;
  readonly #frame: MathFrame;
  #watched: Omit<PointColumns, "sampleCounts"> = { values: new Float64Array(0) };
  /** Nothing new can be read before this moment: when the next clock period ends, once the last one was complete. */
  #nextChange = Number.NEGATIVE_INFINITY;

  constructor(parts: SourceParts, store: PointStore) {
    const { grid, alarm, options } = parts;
    const { range } = grid;
    this.#parts = parts;
    this.#store = store;
    this.#rule = judgingRule(alarm, options);
    this.#flagPoints = pointFlagger(alarm, parts.supposeBreaching);
    this.#flags = new Uint8Array(range);
    this.#inputs = new Map(parts.plan.metrics.map(({ id }) => [id, new Float64Array(range)]));
    this.#sampleCounts = new Float64Array(range);
    this.#times = new Float64Array(range);
    this.#ends = new Float64Array(range);
    this.#frame = {
      length: range,
      timeAt: (i) => this.#times[i] ?? Number.NaN,
      inputs: this.#inputs,
      periodOf: () => alarm.period,
      bandOf: this.#store.bandOf,
      options,
    };
  }

  /** The verdict at the end of a slot. */
  evaluate(slot: number): Verdict {
    const { grid } = this.#parts;
    const end = grid.start + (slot + 1) * grid.slot;
    if (end < this.#nextChange) return VERDICT.KEEP;
    this.#placeWindows(end);
    this.#readWindows(end - grid.unread);
    this.#watched = watchedOf(this.#parts, this.#frame);
    const columns = { ...this.#watched, sampleCounts: this.#sampleCounts };
    this.#flagPoints(columns, this.#flags, 0, grid.range);
    return judgeFlags(this.#flags, 0, grid.range, this.#rule);
  }

  #placeWindows(end: number): void {
    const { grid, alarm, options } = this.#parts;
    if (alarm.window.kind === "sliding") {
      for (let i = 0; i < grid.range; i += 1) {
        this.#times[i] = end - (grid.range - i) * alarm.period;
        this.#ends[i] = (this.#times[i] as number) + alarm.period;
      }
      return;
    }
    evaluationWindows(alarm, end, options.surplus).forEach((window, i) => {
      this.#times[i] = window.start;
      this.#ends[i] = window.end;
    });
    const newest = this.#ends[grid.range - 1] as number;
    const zone = parseTimeZone(alarm.window.timeZone);
    if (zone && newest <= end - grid.unread) this.#nextChange = clockPeriodEnd(newest, alarm.period, zone);
  }

  /** Reads every metric's value in every window; points that end after `readable` aren't there yet. */
  #readWindows(readable: number): void {
    const { grid, plan } = this.#parts;
    const last = Math.floor((readable - grid.start) / grid.step);
    for (const { metric, how, values, counts } of this.#store.metrics) {
      const found = this.#inputs.get(metric.id) as Float64Array;
      for (let i = 0; i < grid.range; i += 1) {
        const begin = Math.round(((this.#times[i] as number) - grid.start) / grid.step);
        const end = Math.min(Math.round(((this.#ends[i] as number) - grid.start) / grid.step), last);
        const from = Math.max(begin, values.base) - values.base;
        const to = end - values.base;
        if (to <= from) found[i] = Number.NaN;
        else if (how === undefined || to - from === 1) found[i] = values.data[from] as number;
        else found[i] = combine(how, values.data, counts.data, from, to);
        if (metric.id === plan.watched)
          this.#sampleCounts[i] = to <= from ? Number.NaN : combineCounts(counts.data, from, to);
      }
    }
  }

  /** The range that was evaluated last. */
  view(): RangeView {
    const { values, lower, upper } = this.#watched;
    return {
      times: this.#times.slice(),
      values: values.slice(),
      sampleCounts: this.#inputs.has(this.#parts.plan.watched) ? this.#sampleCounts.slice() : undefined,
      lower: lower?.slice(),
      upper: upper?.slice(),
    };
  }
}
