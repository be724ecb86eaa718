import type { EvaluableAlarm } from "./alarm.ts";
import type { AnomalyConfiguration, TrainedBand } from "./anomaly-model.ts";
import { bandSubjects, TRAINING_SECONDS, trainBand } from "./band-training.ts";
import { append, type Column, flagColumn, valueColumn } from "./column.ts";
import { combinationOf, combine, combineCounts } from "./combine.ts";
import { judgingRule, POINT, type RangeView } from "./judgement.ts";
import { evaluateMath } from "./math-program.ts";
import type { MathFrame } from "./math-values.ts";
import { type JudgingRule, judge, VERDICT, type Verdict } from "./missing-data.ts";
import type { ResolvedOptions } from "./options.ts";
import { type FlagPoints, type PointColumns, pointFlagger } from "./point-flags.ts";
import { RangeJudge } from "./range-judge.ts";
import type { CleanSeries } from "./series.ts";
import { clockPeriodEnd, parseTimeZone } from "./time-zone.ts";
import type { TimelineChunk, TimelineGrid } from "./timeline-grid.ts";
import type { AlarmPlan, ReadMetric } from "./values-in-windows.ts";
import { evaluationWindows } from "./windows.ts";

/** Told of every evaluation, in order. `slot`: the slot at whose end it happened. */
export type Visit = (verdict: Verdict, slot: number) => void;

/** Turns a stream of points into verdicts. */
export interface TimelineSource {
  push(chunks: ReadonlyMap<string, TimelineChunk>, visit: Visit): void;
  /** The range of the evaluation that is being visited. */
  rangeAt(slot: number): RangeView;
  /** Start of the first point that exists, epoch seconds; undefined before it came. */
  readonly firstPoint: number | undefined;
  readonly notFinite: number;
}

export interface SourceParts {
  readonly alarm: EvaluableAlarm;
  readonly plan: AlarmPlan;
  readonly grid: TimelineGrid;
  readonly options: ResolvedOptions;
  readonly bands: Readonly<Record<string, TrainedBand>> | undefined;
  readonly anomaly: AnomalyConfiguration | undefined;
  readonly supposeBreaching: boolean;
}

/** Points are worked on in pieces of at most this many: they fit the processor's cache, and memory stays bounded. */
const PIECE = 4096;
/** A new model has a band after this long. */
const FIRST_TRAINING = 3 * 3600;
const DAY = 86_400;

interface MetricColumns {
  readonly metric: ReadMetric;
  readonly how: ReturnType<typeof combinationOf>;
  readonly values: Column<Float64Array>;
  readonly counts: Column<Float64Array>;
}

/** What both ways of evaluating share: the points that came, and the bands trained on them. */
class PointStore {
  readonly parts: SourceParts;
  readonly metrics: readonly MetricColumns[];
  firstPoint: number | undefined;
  notFinite = 0;
  /** Points so far. */
  count = 0;
  #nextTraining = Number.POSITIVE_INFINITY;
  readonly #trained = new Map<string, TrainedBand>();

  constructor(parts: SourceParts, keep: number) {
    this.parts = parts;
    const trains =
      parts.plan.bandId !== undefined && parts.options.anomalyModel !== undefined && !parts.bands;
    const kept = trains ? Math.max(keep, Math.ceil(TRAINING_SECONDS / parts.grid.step)) : keep;
    this.metrics = parts.plan.metrics.map((metric) => ({
      metric,
      how: combinationOf(metric.statistic),
      values: valueColumn(kept),
      counts: valueColumn(kept),
    }));
    if (trains) this.#nextTraining = parts.grid.start + FIRST_TRAINING;
  }

  readonly bandOf = (id: string): TrainedBand | undefined =>
    this.parts.bands?.[id] ?? this.#trained.get(id) ?? NO_BAND;

  /** Calls `work` for pieces of the chunks, after their points were stored; bands are trained in between. */
  forPieces(chunks: ReadonlyMap<string, TimelineChunk>, work: (from: number, length: number) => void): void {
    const [any] = [...chunks.values()];
    const total = any?.values.length ?? 0;
    const { start, step } = this.parts.grid;
    for (let from = 0; from < total; ) {
      const now = start + this.count * step;
      if (now >= this.#nextTraining) this.#train(now);
      const untilTraining = Math.ceil((this.#nextTraining - now) / step);
      const length = Math.min(PIECE, total - from, untilTraining);
      for (const { metric, values, counts } of this.metrics) {
        const chunk = chunks.get(metric.id);
        this.#store(values, chunk?.values.subarray(from, from + length), length, now);
        append(counts, chunk?.sampleCounts?.subarray(from, from + length), length);
      }
      this.count += length;
      work(from, length);
      from += length;
    }
  }

  #store(column: Column<Float64Array>, values: Float64Array | undefined, length: number, now: number): void {
    append(column, values, length);
    if (!values) return;
    const at = column.end - length - column.base;
    const { data } = column;
    for (let i = at; i < at + length; i += 1) {
      const value = data[i] as number;
      if (value - value === 0) {
        if (this.firstPoint === undefined) this.firstPoint = now + (i - at) * this.parts.grid.step;
      } else if (!Number.isNaN(value)) {
        data[i] = Number.NaN;
        this.notFinite += 1;
      }
    }
  }

  #train(now: number): void {
    const { alarm, plan, options, grid, anomaly } = this.parts;
    this.#nextTraining = (Math.floor(now / DAY) + 1) * DAY;
    const series = new Map(this.metrics.map(({ metric, values }) => [metric.id, asSeries(values, grid)]));
    for (const id of bandSubjects(plan)) {
      const band = trainBand({
        id,
        alarm,
        plan,
        series,
        before: now,
        options,
        ...(anomaly ? { configuration: anomaly } : {}),
      });
      if (band) this.#trained.set(id, band);
    }
  }
}

/** Before the first training: points without a band count as missing. */
const NO_BAND: TrainedBand = { bandAt: () => undefined };

function asSeries(column: Column<Float64Array>, grid: TimelineGrid): CleanSeries {
  const times: number[] = [];
  const values: number[] = [];
  for (let position = column.base; position < column.end; position += 1) {
    const value = column.data[position - column.base] as number;
    if (Number.isNaN(value)) continue;
    times.push(grid.start + position * grid.step);
    values.push(value);
  }
  return {
    period: grid.step,
    anchor: grid.start % grid.step,
    times: Float64Array.from(times),
    values: Float64Array.from(values),
    sampleCounts: undefined,
    problems: { unordered: 0, duplicate: 0, notFinite: 0, future: 0, offGrid: 0 },
  };
}

/** What is watched and its band, out of what the program gives. */
function watchedOf(parts: SourceParts, frame: MathFrame): Omit<PointColumns, "sampleCounts"> {
  const { plan, options } = parts;
  if (!plan.program) return { values: frame.inputs.get(plan.watched) as Float64Array };
  const ids = plan.bandId === undefined ? [plan.watched] : [plan.watched, plan.bandId];
  const [values, band] = evaluateMath(plan.program, ids, frame);
  const [first, second] = (band ?? []) as readonly Float64Array[];
  const [lower, upper] = options.bandOrder === "lowerFirst" ? [first, second] : [second, first];
  return { values: values as Float64Array, lower, upper };
}

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
    const { grid, plan, alarm } = this.#parts;
    const inputs = new Map<string, Float64Array>();
    let counts: Float64Array | undefined;
    for (const columns of this.#store.metrics) {
      inputs.set(columns.metric.id, this.#windowValues(columns, done, slots));
      if (columns.metric.id === plan.watched) counts = this.#windowCounts(columns, done, slots);
    }
    const firstStart = grid.start + (done + 1) * grid.slot - alarm.period;
    const watched = watchedOf(this.#parts, {
      length: slots,
      timeAt: (i) => firstStart + i * grid.slot,
      inputs,
      periodOf: () => alarm.period,
      bandOf: this.#store.bandOf,
      options: this.#parts.options,
    });
    append(this.#values, watched.values, slots);
    append(this.#counts, counts, slots);
    if (plan.bandId !== undefined) {
      append(this.#lower, watched.lower, slots);
      append(this.#upper, watched.upper, slots);
    }
    const flagsBase = this.#flags.base;
    const at = this.#flags.grow(slots);
    if (this.#flags.base !== flagsBase) this.#judge.shift(this.#flags.base - flagsBase);
    const piece: PointColumns = { ...watched, sampleCounts: counts };
    this.#flagPoints(piece, this.#flags.data.subarray(at, at + slots), 0, slots);

    const flags = this.#flags.data;
    const judging = this.#judge;
    const every = grid.slotsPerEvaluation;
    for (let i = 0; i < slots; i += 1) {
      const verdict = judging.next(flags, at + i);
      const slot = done + i;
      if (every === 1 || (slot - grid.firstEvaluation) % every === 0) visit(verdict, slot);
    }
  }

  #windowValues(columns: MetricColumns, done: number, slots: number): Float64Array {
    const { pointsPerSlot, pointsPerWindow } = this.#parts.grid;
    const { values, counts, how } = columns;
    if (pointsPerWindow === 1 || how === undefined) {
      const from = done - values.base;
      return values.data.subarray(from, from + slots);
    }
    const result = new Float64Array(slots);
    for (let i = 0; i < slots; i += 1) {
      const to = (done + i + 1) * pointsPerSlot - values.base;
      result[i] = combine(how, values.data, counts.data, Math.max(0, to - pointsPerWindow), to);
    }
    return result;
  }

  #windowCounts(columns: MetricColumns, done: number, slots: number): Float64Array {
    const { pointsPerSlot, pointsPerWindow } = this.#parts.grid;
    const { counts } = columns;
    if (pointsPerWindow === 1) {
      const from = done - counts.base;
      return counts.data.subarray(from, from + slots);
    }
    const result = new Float64Array(slots);
    for (let i = 0; i < slots; i += 1) {
      const to = (done + i + 1) * pointsPerSlot - counts.base;
      result[i] = combineCounts(counts.data, Math.max(0, to - pointsPerWindow), to);
    }
    return result;
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
    const { grid, alarm } = this.#parts;
    const end = grid.start + (slot + 1) * grid.slot;
    if (end < this.#nextChange) return VERDICT.KEEP;
    this.#placeWindows(end);
    this.#readWindows(end - grid.unread);
    this.#watched = watchedOf(this.#parts, this.#frame);
    const columns = { ...this.#watched, sampleCounts: this.#sampleCounts };
    this.#flagPoints(columns, this.#flags, 0, grid.range);
    return judgeFlags(this.#flags, this.#rule, alarm.evaluationPeriods);
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

function judgeFlags(flags: Uint8Array, rule: JudgingRule, wanted: number): Verdict {
  let real = 0;
  let breaching = 0;
  let low = 0;
  let oldestAge = 0;
  for (let age = 1; age <= flags.length && real < wanted; age += 1) {
    const flag = flags[flags.length - age] as number;
    if (flag === 0) continue;
    real += 1;
    oldestAge = age;
    if (flag & POINT.BREACHING) breaching += 1;
    if (flag & POINT.LOW_SAMPLES) low += 1;
  }
  return low > 0 ? VERDICT.KEEP : judge(rule, real, breaching, oldestAge);
}
