import type { AnomalyModel } from "./anomaly-model.ts";
import { DEFAULT_SURPLUS, type RangeSurplus } from "./evaluation-range.ts";

/**
 * What AWS doesn't publish, or says in two ways, as choices. Each default is what its documentation of 2026 says,
 * else what was measured.
 */
export interface EngineOptions {
  /** Points looked at beyond EvaluationPeriods. Default 2, none for wall-clock windows. */
  readonly surplus?: Partial<RangeSurplus>;
  /** Outcome of a range with only breaching points too young for an alarm, under `missing`. Default `keep`. */
  readonly youngBreaching?: "keep" | "insufficientData";
  /** Whether DynamoDB alarms ignore missing data by default, or (older texts) whatever they say. Default `byDefault`. */
  readonly dynamoDbIgnores?: "byDefault" | "always";
  /** IF whose chosen series has no point: 0 (guide of 2026) or no point (guide of 2023). Default `zero`. */
  readonly ifMissing?: "zero" | "dropped";
  /** Order of ANOMALY_DETECTION_BAND's two series, which FIRST and LAST pick from. Default `lowerFirst` (guide of 2026). */
  readonly bandOrder?: "lowerFirst" | "upperFirst";
  /** Seconds between the end of a period and its point being readable. Default 0. */
  readonly delay?: number;
  /** Makes the bands of anomaly alarms. Default: none, such alarms are unsupported unless bands are given. */
  readonly anomalyModel?: AnomalyModel;
}

/** Options with their defaults filled in. */
export interface ResolvedOptions extends Required<Omit<EngineOptions, "anomalyModel" | "surplus">> {
  readonly surplus: RangeSurplus;
  readonly anomalyModel: AnomalyModel | undefined;
}

/** Fills in defaults. */
export function resolveOptions(options: EngineOptions = {}): ResolvedOptions {
  return {
    surplus: { ...DEFAULT_SURPLUS, ...options.surplus },
    youngBreaching: options.youngBreaching ?? "keep",
    dynamoDbIgnores: options.dynamoDbIgnores ?? "byDefault",
    ifMissing: options.ifMissing ?? "zero",
    bandOrder: options.bandOrder ?? "lowerFirst",
    delay: options.delay ?? 0,
    anomalyModel: options.anomalyModel,
  };
}
