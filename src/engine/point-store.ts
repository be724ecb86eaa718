import type { TrainedBand } from "./anomaly-model.ts";
import { bandSubjects, TRAINING_SECONDS, trainBand } from "./band-training.ts";
import { append, type Column, valueColumn } from "./column.ts";
import { type Combination, combinationOf } from "./combine.ts";
import type { CleanSeries } from "./series.ts";
import type { TimelineChunk, TimelineGrid } from "./timeline-grid.ts";
import type { SourceParts } from "./timeline-source.ts";
import type { ReadMetric } from "./values-in-windows.ts";

/** Points are worked on in pieces of at most this many: they fit the processor's cache, and memory stays bounded. */
const PIECE = 4096;
/** A new model has a band after this long. */
const FIRST_TRAINING = 3 * 3600;
const DAY = 86_400;

/** The points of one metric, as far back as they are needed. */
export interface MetricColumns {
  readonly metric: ReadMetric;
  readonly how: Combination | undefined;
  readonly values: Column<Float64Array>;
  readonly counts: Column<Float64Array>;
}

/** What both ways of evaluating share: the points that came, and the bands trained on them. */
export class PointStore {
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
    let total = 0;
    for (const { values } of chunks.values()) total = values.length;
    const { start, step } = this.parts.grid;
    for (let from = 0; from < total; ) {
      const now = start + this.count * step;
      if (now >= this.#nextTraining) this.#train(now);
      const untilTraining = Math.ceil((this.#nextTraining - now) / step);
      const length = Math.min(PIECE, total - from, untilTraining);
      for (const { metric, values, counts } of this.metrics) {
        const chunk = chunks.get(metric.id);
        this.#store(values, part(chunk?.values, from, length), length, now);
        append(counts, part(chunk?.sampleCounts, from, length), length);
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

function part(values: Float64Array | undefined, from: number, length: number): Float64Array | undefined {
  return from === 0 && length === values?.length ? values : values?.subarray(from, from + length);
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
