/** History that a band is trained on. `times`: epoch seconds, in order. */
export interface TrainingSeries {
  readonly period: number;
  readonly times: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

/** How a band is trained: CloudWatch's anomaly detector configuration as far as it can be reproduced. */
export interface AnomalyConfiguration {
  /** [start, end) in epoch seconds, left out of the training. */
  readonly excluded?: readonly { readonly start: number; readonly end: number }[];
  /** Time zone of hours and days; default UTC. */
  readonly timeZone?: string;
  /** Logical limits of the metric (0 to 100 for percentages): the band never leaves them. */
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A trained model. The band is what is expected plus and minus k standard deviations, within the limits. */
export interface TrainedBand {
  /** `time` in epoch seconds; undefined where nothing can be said. */
  bandAt(time: number, deviations: number): { readonly lower: number; readonly upper: number } | undefined;
}

/** CloudWatch's model is unpublished; whatever stands in for it has this shape. Deterministic, and free of clocks and randomness. */
export interface AnomalyModel {
  train(history: TrainingSeries, configuration?: AnomalyConfiguration): TrainedBand;
}
