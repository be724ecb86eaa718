import { judgeFlags } from "./judge-flags.ts";
import { judgingRule, type RangeView } from "./judgement.ts";
import type { MathProgram } from "./math-program.ts";
import { RangesEvaluation, SlotValues } from "./math-ranges.ts";
import { mathRoots } from "./math-roots.ts";
import type { JudgingRule, Verdict } from "./missing-data.ts";
import { type FlagPoints, type PointColumns, pointFlagger } from "./point-flags.ts";
import { PointStore } from "./point-store.ts";
import { judgeSettled, UNCERTAIN } from "./settled-verdicts.ts";
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
 * The way of metric math that depends on its range. Where only the edge of a range differs from the series as a whole, all
 * evaluations that the edge can't decide are judged by the whole; the others are evaluated many at once, side by side.
 * `batch`: periods that are computed together.
 */
export function sideBySideSource(parts: SourceParts, program: MathProgram, batch = BATCH): TimelineSource {
  return new SideBySideSource(parts, program, batch);
}

/** Slots in a row, counted from `oldest`: what is known of them by slot. */
interface Piece {
  readonly oldest: number;
  readonly values: SlotValues;
}

class SideBySideSource implements TimelineSource {
  readonly #parts: SourceParts;
  readonly #program: MathProgram;
  readonly #store: PointStore;
  readonly #rule: JudgingRule;
  readonly #flagPoints: FlagPoints;
  /** How many evaluations make a batch. */
  readonly #together: number;
  readonly #hidden: number;
  readonly #settles: boolean;
  #slots = 0;
  #piece: Piece | undefined;

  constructor(parts: SourceParts, program: MathProgram, batch: number) {
    const { grid, alarm, options, plan } = parts;
    this.#parts = parts;
    this.#program = program;
    this.#store = new PointStore(parts, (grid.range + 1) * grid.pointsPerWindow + 2 * grid.pointsPerSlot);
    this.#rule = judgingRule(alarm, options);
    this.#flagPoints = pointFlagger(alarm, parts.supposeBreaching);
    this.#together = Math.max(1, Math.floor(batch / grid.range));
    this.#hidden = Math.ceil(grid.unread / alarm.period);
    // What can't be read yet is filled from before as well, but as if it were missing: that is another series in every range.
    this.#settles =
      this.#hidden === 0 && watchedIds(plan).every((id) => program.expressions.get(id)?.settles !== false);
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
    // Every lane has the same number of slots.
    const count = Math.ceil((end - first) / lanes) + range - 1;
    const piece = this.#pieceBefore(end, count * lanes);
    this.#piece = piece;
    const verdicts = new Uint8Array(end - piece.oldest).fill(UNCERTAIN);
    if (this.#settles) this.#judgeSettled(piece, verdicts);
    const open: number[] = [];
    for (let slot = first - piece.oldest; slot < verdicts.length; slot += every)
      if (verdicts[slot] === UNCERTAIN) open.push(slot);
    for (let from = 0; from < open.length; from += this.#together)
      this.#judgeRanges(piece, open.slice(from, from + this.#together), verdicts);
    for (let slot = first; slot < end; slot += every) visit(verdicts[slot - piece.oldest] as Verdict, slot);
  }

  #pieceBefore(end: number, count: number): Piece {
    const { grid, alarm, options } = this.#parts;
    const oldest = end - count;
    const firstStart = grid.start + (oldest + 1) * grid.slot - alarm.period;
    const slots = { first: oldest, count };
    const values = new SlotValues(this.#program, {
      length: count,
      timeAt: (i) => firstStart + i * grid.slot,
      inputs: new Map(
        this.#store.metrics.map((columns) => [columns.metric.id, slotValues(columns, grid, slots)]),
      ),
      periodOf: () => alarm.period,
      bandOf: this.#store.bandOf,
      options,
    });
    return { oldest, values };
  }

  /** Judges by the series as a whole: in every lane one range, as long as it is. */
  #judgeSettled(piece: Piece, verdicts: Uint8Array): void {
    const { range, lanes } = this.#parts.grid;
    const length = verdicts.length / lanes;
    const ends = Array.from({ length: lanes }, (_, lane) => verdicts.length - lanes + lane);
    const whole = new RangesEvaluation(piece.values, { ends, range: length, lanes, hidden: 0 });
    const roots = mathRoots(watchedIds(this.#parts.plan), whole);
    const flags = this.#flags(this.#watched(whole), verdicts.length);
    for (let lane = 0; lane < lanes; lane += 1) {
      const from = lane * length;
      judgeSettled(flags, roots, { from, to: from + length, range }, this.#rule, (verdict, at) => {
        verdicts[(at - from) * lanes + lane] = verdict;
      });
    }
  }

  /** Judges every range by itself. `slots`: where they end in the piece. */
  #judgeRanges(piece: Piece, slots: readonly number[], verdicts: Uint8Array): void {
    const { range } = this.#parts.grid;
    const flags = this.#flags(this.#watched(this.#ranges(piece, slots)), slots.length * range);
    slots.forEach((slot, i) => {
      verdicts[slot] = judgeFlags(flags, i * range, (i + 1) * range, this.#rule);
    });
  }

  #ranges(piece: Piece, ends: readonly number[]): RangesEvaluation {
    const { range, lanes } = this.#parts.grid;
    return new RangesEvaluation(piece.values, { ends, range, lanes, hidden: this.#hidden });
  }

  #watched(ranges: RangesEvaluation): PointColumns {
    return watchedColumns(
      this.#parts,
      watchedIds(this.#parts.plan).map((id) => ranges.id(id)),
    );
  }

  #flags(columns: PointColumns, length: number): Uint8Array {
    const flags = new Uint8Array(length);
    this.#flagPoints(columns, flags, 0, length);
    return flags;
  }

  rangeAt(slot: number): RangeView {
    const { grid, alarm } = this.#parts;
    const piece = this.#piece as Piece;
    const { values, lower, upper } = this.#watched(this.#ranges(piece, [slot - piece.oldest]));
    const end = grid.start + (slot + 1) * grid.slot;
    return {
      times: Float64Array.from({ length: grid.range }, (_, i) => end - (grid.range - i) * alarm.period),
      values,
      sampleCounts: this.#sampleCounts(slot),
      lower,
      upper,
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
