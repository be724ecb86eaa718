import { judgeFlags } from "./judge-flags.ts";
import { judgingRule, type RangeView } from "./judgement.ts";
import type { MathProgram } from "./math-program.ts";
import { RangesEvaluation, SlotValues } from "./math-ranges.ts";
import { mathRoots } from "./math-roots.ts";
import type { JudgingRule, Verdict } from "./missing-data.ts";
import { type FlagPoints, pointFlagger } from "./point-flags.ts";
import { PointStore } from "./point-store.ts";
import { RangeEvaluator } from "./range-evaluator.ts";
import { judgeSettled, UNCERTAIN } from "./settled-verdicts.ts";
import { slotValues } from "./slot-points.ts";
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
/** So few evaluations of each lane cost less one by one: computing together means computing all lanes' ranges first. */
const FEW = 4;

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
  readonly #evaluator: RangeEvaluator;
  #slots = 0;

  constructor(parts: SourceParts, program: MathProgram, batch: number) {
    const { grid, alarm, options, plan } = parts;
    this.#parts = parts;
    this.#program = program;
    this.#store = new PointStore(parts, (grid.range + 2) * grid.pointsPerWindow + 2 * grid.pointsPerSlot);
    this.#evaluator = new RangeEvaluator(parts, this.#store);
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
    if ((end - first) / every <= FEW * lanes) {
      for (let slot = first; slot < end; slot += every) visit(this.#evaluator.evaluate(slot), slot);
      return;
    }
    // Every lane has the same number of slots.
    const count = Math.ceil((end - first) / lanes) + range - 1;
    const piece = this.#pieceBefore(end, count * lanes);
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
    const flags = this.#flags(whole, verdicts.length);
    for (let lane = 0; lane < lanes; lane += 1) {
      const from = lane * length;
      judgeSettled(flags, roots, { from, to: from + length, range }, this.#rule, (verdict, at) => {
        verdicts[(at - from) * lanes + lane] = verdict;
      });
    }
  }

  /** Judges every range by itself. `slots`: where they end in the piece. */
  #judgeRanges(piece: Piece, slots: readonly number[], verdicts: Uint8Array): void {
    const { range, lanes } = this.#parts.grid;
    const layout = { ends: slots, range, lanes, hidden: this.#hidden };
    const flags = this.#flags(new RangesEvaluation(piece.values, layout), slots.length * range);
    slots.forEach((slot, i) => {
      verdicts[slot] = judgeFlags(flags, i * range, (i + 1) * range, this.#rule);
    });
  }

  #flags(ranges: RangesEvaluation, length: number): Uint8Array {
    const values = watchedIds(this.#parts.plan).map((id) => ranges.id(id));
    const flags = new Uint8Array(length);
    this.#flagPoints(watchedColumns(this.#parts, values), flags, 0, length);
    return flags;
  }

  rangeAt(slot: number): RangeView {
    this.#evaluator.evaluate(slot);
    return this.#evaluator.view();
  }
}
