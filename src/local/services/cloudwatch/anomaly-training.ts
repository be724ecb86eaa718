import type { AnomalyDetector, AnomalyDetectorStateValue, MetricStat } from "@aws-sdk/client-cloudwatch";
import type { AnomalyConfiguration, TrainedBand } from "../../../engine/anomaly-model.ts";

/** How a metric's band is trained: as its detector is configured, within what the metric can be at all. */
export function trainingConfiguration(
  stat: MetricStat | undefined,
  unit: string | undefined,
  configuration: AnomalyDetector["Configuration"],
): AnomalyConfiguration {
  const ofAws = stat?.Metric?.Namespace?.startsWith("AWS/") === true;
  const percent = unit === "Percent" && stat?.Stat !== "Sum" && stat?.Stat !== "SampleCount";
  return {
    excluded: (configuration?.ExcludedTimeRanges ?? []).map(({ StartTime, EndTime }) => ({
      start: (StartTime as Date).getTime() / 1000,
      end: (EndTime as Date).getTime() / 1000,
    })),
    ...(configuration?.MetricTimezone !== undefined && { timeZone: configuration.MetricTimezone }),
    // AWS's own metrics count or measure things: never below nothing, percentages never above everything.
    ...((ofAws || percent) && { minimum: 0 }),
    ...(percent && { maximum: 100 }),
  };
}

/** How far the training of a model has come that was trained on so many points until a moment (epoch seconds). */
export function detectorState(
  band: TrainedBand | undefined,
  until: number,
  points: number,
): AnomalyDetectorStateValue {
  if (band?.bandAt(until, 1) !== undefined) return "TRAINED";
  return points > 0 ? "TRAINED_INSUFFICIENT_DATA" : "PENDING_TRAINING";
}
