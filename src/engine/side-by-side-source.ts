import { judgeFlags } from "./judge-flags.ts";
import { judgingRule, type RangeView } from "./judgement.ts";
import type { MathProgram } from "./math-program.ts";
import { evaluateRanges, type RangeLayout, SlotValues } from "./math-ranges.ts";
import type { JudgingRule } from "./missing-data.ts";
import { type FlagPoints, type PointColumns, pointFlagger } from "./point-flags.ts";
import { PointStore } from "./point-store.ts";
import { slotValues, writeSlotCounts } from "./slot-points.ts";
import type { TimelineChunk } from "./timeline-grid.ts";
import {
  type SourceParts,
  type TimelineSource,
  type Visit,
  watchedColumns,
  watchedIds,
} from "./timeline-source.ts";

/** Ranges are computed together until they have so many periods: enough to make single evaluations cheap, and they fit the processor's cache. */
const BATCH = 4096;

/**
 * The way of metric math that depends on its range: many evaluations at once, their ranges side by side.
 * `batch`: periods that are computed together.
 */
export function sideBySideSource(parts: SourceParts, program: MathProgram, batch = BATCH): TimelineSource {
  return new SideBySideSource(parts, program, batch);
}

class SideBySideSource implements TimelineSource {
  readonly #parts: SourceParts;
  readonly #program: MathProgram;
  readonly #store: PointStore;
  readonly #rule: JudgingRule;
  readonly #flagPoints: FlagPoints;
  /** How many evaluations make a batch. */
  readonly #together: number;
  readonly #flags: Uint8Array;
  readonly #hidden: number;
  #slots = 0;
  /** What is watched, in the batch that is being visited, and where the range of a slot begins in it. */
  #watched: PointColumns = { values: new Float64Array(0) };
  #startOf: (slot: number) => number = () => 0;

  constructor(parts: SourceParts, program: MathProgram, batch: number) {
    const { grid, alarm, options } = parts;
    this.#parts = parts;
    this.#program = program;
    this.#store = new PointStore(parts, grid.range * grid.pointsPerWindow + 2 * grid.pointsPerSlot);
    this.#rule = judgingRule(alarm, options);
    this.#flagPoints = pointFlagger(alarm, parts.supposeBreaching);
    this.#together = Math.max(1, Math.floor(batch / grid.range));
    this.#flags = new Uint8Array(this.#together * grid.range);
    this.#hidden = Math.ceil(grid.unread / alarm.period);
  }

  get firstPoint(): number | undefined {
    return this.#store.firstPoint;
  }

  get notFinite(): number {
    return this.#store.notFinite;
  }

  push(chunks: ReadonlyMap<string, TimelineChunk>, visit: Visit): void {
    const { pointsPerSlot, firstEvaluation, slotsPerEvaluation } = this.#parts.grid;
    this.#store.forPieces(chunks, () => {
      const done = this.#slots;
      this.#slots = Math.floor(this.#store.count / pointsPerSlot);
      const evaluated = Math.ceil((done - firstEvaluation) / slotsPerEvaluation);
      const first = firstEvaluation + Math.max(0, evaluated) * slotsPerEvaluation;
      if (first < this.#slots) this.#evaluate(first, this.#slots, visit);
    });
  }

  /** Evaluates from one slot to before another. */
  #evaluate(first: number, end: number, visit: Visit): void {
    const { range, lanes, slotsPerEvaluation: every } = this.#parts.grid;
    const oldest = first - (range - 1) * lanes;
    const slots = this.#slotValues(oldest, end - oldest);
    for (let slot = first; slot < end; slot += this.#together * every) {
      const count = Math.min(this.#together, Math.ceil((end - slot) / every));
      const layout = { newest: slot - oldest, every, count, range, lanes, hidden: this.#hidden };
      this.#judge(slots, layout, slot, visit);
    }
  }

  #slotValues(first: number, count: number): SlotValues {
    const { grid, alarm, options } = this.#parts;
    const firstStart = grid.start + (first + 1) * grid.slot - alarm.period;
    const inputs = new Map(
      this.#store.metrics.map((columns) => [columns.metric.id, slotValues(columns, grid, { first, count })]),
    );
    return new SlotValues(this.#program, {
      length: count,
      timeAt: (i) => firstStart + i * grid.slot,
      inputs,
      periodOf: () => alarm.period,
      bandOf: this.#store.bandOf,
      options,
    });
  }

  #judge(slots: SlotValues, layout: RangeLayout, first: number, visit: Visit): void {
    const { count, range, every } = layout;
    const flags = this.#flags;
    this.#watched = watchedColumns(this.#parts, evaluateRanges(watchedIds(this.#parts.plan), slots, layout));
    this.#startOf = (slot) => ((slot - first) / every) * range;
    this.#flagPoints(this.#watched, flags, 0, count * range);
    for (let i = 0; i < count; i += 1)
      visit(judgeFlags(flags, i * range, (i + 1) * range, this.#rule), first + i * every);
  }

  rangeAt(slot: number): RangeView {
    const { grid, alarm } = this.#parts;
    const { range } = grid;
    const { values, lower, upper } = this.#watched;
    const start = this.#startOf(slot);
    const end = grid.start + (slot + 1) * grid.slot;
    return {
      times: Float64Array.from({ length: range }, (_, i) => end - (range - i) * alarm.period),
      values: values.slice(start, start + range),
      sampleCounts: this.#sampleCounts(slot),
      lower: lower?.slice(start, start + range),
      upper: upper?.slice(start, start + range),
    };
  }

  /** The samples behind a range's points, if what is watched is a metric itself. */
  #sampleCounts(slot: number): Float64Array | undefined {
    const { grid, plan } = this.#parts;
    const watched = this.#store.metrics.find(({ metric }) => metric.id === plan.watched);
    if (!watched) return undefined;
    const counts = new Float64Array(grid.range).fill(Number.NaN);
    for (let i = 0; i < grid.range - this.#hidden; i += 1) {
      const first = slot - (grid.range - 1 - i) * grid.lanes;
      if (first >= 0) writeSlotCounts(watched, grid, { first, count: 1 }, counts, i);
    }
    return counts;
  }
}
