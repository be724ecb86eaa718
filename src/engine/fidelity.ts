/**
 * How near a result is to what CloudWatch does. CloudWatch slides its windows with every evaluation (every minute, mostly), each alarm
 * at a phase of its own inside that minute. With points as fine as the evaluations the engine uses the very same windows: `exact`.
 * With coarser points only windows aligned with the points exist: `aligned`, and what happened between them is not known.
 */
export interface Fidelity {
  readonly windows: "exact" | "aligned";
  /** Seconds between two sets of windows that could be computed. */
  readonly step: number;
  /** What else is assumed, one sentence each. */
  readonly notes: readonly string[];
}

/** Whether averages had to be combined without knowing how many samples each stands for. */
export const EQUAL_WEIGHTS =
  "averages of shorter periods were combined with equal weights, since their sample counts are unknown";

/** Whether the low-sample rule could not be applied. */
export const COUNTS_UNKNOWN =
  "sample counts are unknown, so no percentile was set aside for having too few samples";

/** How far bands can be trusted. */
export const MODEL_BAND = "the anomaly band is this engine's own; CloudWatch's model is unpublished";
