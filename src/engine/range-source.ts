import { combine, combineCounts } from "./combine.ts";
import { judgeFlags } from "./judge-flags.ts";
import { judgingRule, type RangeView } from "./judgement.ts";
import type { MathFrame } from "./math-values.ts";
import { type JudgingRule, VERDICT, type Verdict } from "./missing-data.ts";
import { type FlagPoints, type PointColumns, pointFlagger } from "./point-flags.ts";
import { PointStore } from "./point-store.ts";
import { clockPeriodEnd, parseTimeZone } from "./time-zone.ts";
import type { TimelineChunk } from "./timeline-grid.ts";
import { type SourceParts, type TimelineSource, type Visit, watchedOf } from "./timeline-source.ts";
import { evaluationWindows } from "./windows.ts";

const DAY = 86_400;

/** The general way: every evaluation reads its whole range anew, as CloudWatch does. */
export function rangeSource(parts: SourceParts): TimelineSource {
  return new RangeSource(parts);
}

class RangeSource implements TimelineSource {
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
  #slots = 0;
  /** Nothing new can be read before this moment: when the next clock period ends, once the last one was complete. */
  #nextChange = Number.NEGATIVE_INFINITY;

  constructor(parts: SourceParts) {
    const { grid, alarm, options } = parts;
    const { range } = grid;
    this.#parts = parts;
    // Weeks of the wall clock may be an hour longer.
    this.#store = new PointStore(
      parts,
      (range + 2) * grid.pointsPerWindow + Math.ceil((grid.unread + DAY) / grid.step),
    );
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

  get firstPoint(): number | undefined {
    return this.#store.firstPoint;
  }

  get notFinite(): number {
    return this.#store.notFinite;
  }

  push(chunks: ReadonlyMap<string, TimelineChunk>, visit: Visit): void {
    const { grid } = this.#parts;
    this.#store.forPieces(chunks, () => {
      const slots = Math.floor(this.#store.count / grid.pointsPerSlot);
      for (; this.#slots < slots; this.#slots += 1)
        if ((this.#slots - grid.firstEvaluation) % grid.slotsPerEvaluation === 0)
          visit(this.#evaluate(this.#slots), this.#slots);
    });
  }

  #evaluate(slot: number): Verdict {
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

  rangeAt(): RangeView {
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
