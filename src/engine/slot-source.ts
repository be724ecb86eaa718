import { append, type Column, flagColumn, valueColumn } from "./column.ts";
import { judgingRule, type RangeView } from "./judgement.ts";
import { type FlagPoints, pointFlagger } from "./point-flags.ts";
import { PointStore } from "./point-store.ts";
import { RangeJudge } from "./range-judge.ts";
import { slotValues, writeSlotCounts, writeSlotValues } from "./slot-points.ts";
import type { TimelineChunk } from "./timeline-grid.ts";
import { type SourceParts, type TimelineSource, type Visit, watchedOf } from "./timeline-source.ts";

/** The fast way: every window's value is computed once, and ranges are judged in constant time. */
export function slotSource(parts: SourceParts): TimelineSource {
  return new SlotSource(parts);
}

class SlotSource implements TimelineSource {
  readonly #parts: SourceParts;
  readonly #store: PointStore;
  readonly #judge: RangeJudge;
  readonly #flagPoints: FlagPoints;
  readonly #hidden: number;
  readonly #values: Column<Float64Array>;
  readonly #counts: Column<Float64Array>;
  readonly #lower: Column<Float64Array>;
  readonly #upper: Column<Float64Array>;
  readonly #flags: Column<Uint8Array>;

  constructor(parts: SourceParts) {
    const { grid, alarm, options } = parts;
    const keep = grid.range * grid.lanes;
    this.#parts = parts;
    this.#store = new PointStore(parts, grid.pointsPerWindow + grid.pointsPerSlot);
    this.#hidden = Math.ceil(grid.unread / alarm.period);
    this.#judge = new RangeJudge(judgingRule(alarm, options), grid.range, grid.lanes, this.#hidden);
    this.#flagPoints = pointFlagger(alarm, parts.supposeBreaching);
    this.#values = valueColumn(keep);
    this.#counts = valueColumn(keep);
    this.#lower = valueColumn(keep);
    this.#upper = valueColumn(keep);
    this.#flags = flagColumn(keep);
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
      const done = this.#values.end;
      const slots = Math.floor(this.#store.count / grid.pointsPerSlot) - done;
      if (slots > 0) this.#advance(done, slots, visit);
    });
  }

  #advance(done: number, slots: number, visit: Visit): void {
    const { grid, plan } = this.#parts;
    this.#appendCounts(done, slots);
    if (plan.program) this.#appendComputed(done, slots);
    else {
      const [only] = this.#store.metrics;
      const at = this.#values.grow(slots);
      if (only) writeSlotValues(only, grid, { first: done, count: slots }, this.#values.data, at);
    }
    const before = this.#flags.base;
    const at = this.#flags.grow(slots);
    if (this.#flags.base !== before) this.#judge.shift(this.#flags.base - before);
    // All columns grow alike, so that a slot has one place in each.
    const columns = {
      values: this.#values.data,
      sampleCounts: this.#counts.data,
      lower: this.#lower.data,
      upper: this.#upper.data,
    };
    const flags = this.#flags.data;
    this.#flagPoints(columns, flags, at, at + slots);

    const judging = this.#judge;
    const every = grid.slotsPerEvaluation;
    for (let i = 0; i < slots; i += 1) {
      const verdict = judging.next(flags, at + i);
      const slot = done + i;
      if (every === 1 || (slot - grid.firstEvaluation) % every === 0) visit(verdict, slot);
    }
  }

  #appendComputed(done: number, slots: number): void {
    const { grid, plan, alarm, options } = this.#parts;
    const firstStart = grid.start + (done + 1) * grid.slot - alarm.period;
    const inputs = new Map<string, Float64Array>();
    for (const columns of this.#store.metrics)
      inputs.set(columns.metric.id, slotValues(columns, grid, { first: done, count: slots }));
    const watched = watchedOf(this.#parts, {
      length: slots,
      timeAt: (i) => firstStart + i * grid.slot,
      inputs,
      periodOf: () => alarm.period,
      bandOf: this.#store.bandOf,
      options,
    });
    append(this.#values, watched.values, slots);
    if (plan.bandId === undefined) return;
    append(this.#lower, watched.lower, slots);
    append(this.#upper, watched.upper, slots);
  }

  #appendCounts(done: number, slots: number): void {
    const { grid, plan } = this.#parts;
    const at = this.#counts.grow(slots);
    const watched = this.#store.metrics.find(({ metric }) => metric.id === plan.watched);
    const { data } = this.#counts;
    if (watched) writeSlotCounts(watched, grid, { first: done, count: slots }, data, at);
    else data.fill(Number.NaN, at, at + slots);
  }

  rangeAt(slot: number): RangeView {
    const { grid, alarm, plan } = this.#parts;
    const { range, lanes } = grid;
    const times = new Float64Array(range);
    const end = grid.start + (slot + 1) * grid.slot;
    for (let i = 0; i < range; i += 1) times[i] = end - (range - i) * alarm.period;
    const column = (from: Column<Float64Array>): Float64Array => {
      const numbers = new Float64Array(range).fill(Number.NaN);
      for (let i = 0; i < range - this.#hidden; i += 1)
        numbers[i] = from.at(slot - (range - 1 - i) * lanes) ?? Number.NaN;
      return numbers;
    };
    return {
      times,
      values: column(this.#values),
      sampleCounts: column(this.#counts),
      lower: plan.bandId === undefined ? undefined : column(this.#lower),
      upper: plan.bandId === undefined ? undefined : column(this.#upper),
    };
  }
}
