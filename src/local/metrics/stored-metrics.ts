import { RETENTION } from "../../engine/storage.ts";
import {
  generatedReader,
  type MetricReader,
  NO_UNIT,
  type PointVisitor,
  type ReadRange,
  visitGenerated,
} from "./metric-reader.ts";
import type { GeneratedSeries, MetricId, MetricStore, SeriesSource } from "./metric-store.ts";
import { type Point, PointColumns } from "./point-columns.ts";

/** Nothing is kept longer, in seconds. */
const KEPT = Math.max(...RETENTION.map(({ keptFor }) => keptFor));

/** One metric in a listing. */
export interface ListedMetric {
  readonly id: MetricId;
  /** When it first appeared, ms since the epoch; undefined when its source doesn't say. */
  readonly createdAt: number | undefined;
  readonly reader: MetricReader;
}

/** Which metrics to list. */
export interface MetricFilter {
  readonly namespace?: string;
  readonly metricName?: string;
}

/** A metric with what clients put, by unit, and the generated series attached to it. */
class StoredSeries implements MetricReader {
  readonly generated: GeneratedSeries[] = [];
  #streams: Map<string, PointColumns> | undefined;

  /** `now` in epoch seconds. */
  put(unit: string, points: readonly Point[], now: number): void {
    this.#streams ??= new Map();
    let stream = this.#streams.get(unit);
    if (!stream) {
      stream = new PointColumns();
      this.#streams.set(unit, stream);
    }
    for (const point of points) stream.add(point);
    const first = stream.size % 4096 === 0 ? stream.first() : undefined;
    if (first !== undefined && first < now - KEPT) stream.prune(now - KEPT);
  }

  units(): readonly string[] {
    const units = new Set(this.#streams?.keys());
    for (const { unit = NO_UNIT } of this.generated) units.add(unit);
    return [...units];
  }

  sources(unit: string | undefined): number {
    return this.generated.length + (unit === undefined ? (this.#streams?.size ?? 0) : this.#streams ? 1 : 0);
  }

  visit(range: ReadRange, unit: string | undefined, visitor: PointVisitor): void {
    for (const [streamUnit, stream] of this.#streams ?? [])
      if (unit === undefined || unit === streamUnit) stream.visit(range.from, range.to, visitor);
    for (const series of this.generated) visitGenerated(series, range, unit, visitor);
  }
}

/** Every metric of an account and region. */
export class StoredMetrics implements MetricStore {
  readonly #own = new Map<string, ListedMetric & { readonly reader: StoredSeries }>();
  readonly #sources: SeriesSource[] = [];
  readonly #clock: { time(): number };
  #revision = 0;

  constructor(clock: { time(): number }) {
    this.#clock = clock;
  }

  /** Changes whenever something is put or attached. */
  get revision(): number {
    return this.#revision;
  }

  attach(id: MetricId, series: GeneratedSeries): void {
    this.#revision += 1;
    this.#obtain(id).generated.push(series);
  }

  attachSource(source: SeriesSource): void {
    this.#revision += 1;
    this.#sources.push(source);
  }

  /** Stores points; times in epoch seconds. */
  put(id: MetricId, unit: string, points: readonly Point[]): void {
    this.#revision += 1;
    this.#obtain(id).put(unit, points, this.#clock.time() / 1000);
  }

  /** Everything that holds samples of exactly this metric. */
  find(id: MetricId): readonly MetricReader[] {
    const own = this.#own.get(metricKey(id));
    const readers: MetricReader[] = own ? [own.reader] : [];
    for (const source of this.#sources) {
      const series = source.find(id);
      if (series) readers.push(generatedReader(series));
    }
    return readers;
  }

  /** Metrics in a steady order: what was put or attached first, then every source's own. */
  *list(filter: MetricFilter = {}): Generator<ListedMetric> {
    const { namespace, metricName } = filter;
    for (const metric of this.#own.values()) {
      if (namespace !== undefined && metric.id.namespace !== namespace) continue;
      if (metricName !== undefined && metric.id.metricName !== metricName) continue;
      yield metric;
    }
    for (const source of this.#sources)
      for (const { id, series } of source.list(filter)) {
        if (this.#own.size > 0 && this.#own.has(metricKey(id))) continue;
        yield { id, createdAt: undefined, reader: generatedReader(series) };
      }
  }

  #obtain(id: MetricId): StoredSeries {
    const key = metricKey(id);
    const found = this.#own.get(key);
    if (found) return found.reader;
    const reader = new StoredSeries();
    this.#own.set(key, { id, createdAt: this.#clock.time(), reader });
    return reader;
  }
}

/** One text for one metric, whatever the order of its dimensions. */
function metricKey({ namespace, metricName, dimensions }: MetricId): string {
  const names = Object.keys(dimensions);
  if (names.length > 1) names.sort();
  let key = `${namespace}\0${metricName}`;
  for (const name of names) key += `\0${name}\0${dimensions[name]}`;
  return key;
}
