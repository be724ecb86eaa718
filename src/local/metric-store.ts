// Where metrics of the local cloud live: points that clients put, and generated series that cost nothing until they are read.

/** A metric's identity. Dimensions by name; order doesn't matter. */
export interface MetricId {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, string>>;
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
