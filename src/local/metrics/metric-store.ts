// Where metrics of the local cloud live: points that clients put, and generated series that cost nothing until they are read.

/** A metric's identity. Dimensions by name; order doesn't matter. */
export interface MetricId {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Whether two metrics have the same dimensions. */
export function sameDimensions(a: MetricId["dimensions"], b: MetricId["dimensions"]): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** One generated sample: epoch seconds and value. */
export interface Sample {
  readonly time: number;
  readonly value: number;
}

/**
 * A generated series: a pure function of time, so that thousands of instances with months of history cost no memory.
 * `samples(from, to)` yields what was published in [from, to), epoch seconds, in order, never beyond what the caller asks.
 */
export interface GeneratedSeries {
  readonly unit?: string;
  /** Seconds between samples. */
  readonly interval: number;
  /** First and last moment with data, epoch seconds; `end` undefined while it goes on. */
  readonly start: number;
  readonly end: () => number | undefined;
  samples(from: number, to: number): Iterable<Sample>;
}

/** A metric and how its points are made. */
export interface SeriesEntry {
  readonly id: MetricId;
  readonly series: GeneratedSeries;
}

/** Makes series only when they are asked for, so that ten thousand instances don't hold half a million objects. */
export interface SeriesSource {
  /** The series of exactly this identity, or undefined when this source has none. Asked for every read of a metric. */
  find(id: MetricId): GeneratedSeries | undefined;
  /** Every series, or only those of a namespace and metric name: for listings. */
  list(filter: { readonly namespace?: string; readonly metricName?: string }): Iterable<SeriesEntry>;
}

/** The metrics of one account and region, as the other services and the scenarios reach them. */
export interface MetricStore {
  /**
   * Adds a generated series to a metric. Several may share one identity, also with points that clients put:
   * all are read together, as CloudWatch aggregates samples of one metric.
   */
  attach(id: MetricId, series: GeneratedSeries): void;
  /** Adds a source: what it finds or lists is read together with the rest, as if each of its series were attached. */
  attachSource(source: SeriesSource): void;
}
