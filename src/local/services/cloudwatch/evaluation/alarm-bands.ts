import type { AnomalyDetector, MetricStat, SingleMetricAnomalyDetector } from "@aws-sdk/client-cloudwatch";
import type { TrainedBand } from "../../../../engine/anomaly-model.ts";
import { TRAINING_SECONDS, trainBand } from "../../../../engine/band-training.ts";
import type { OpenedAlarm } from "../../../../engine/not-evaluated.ts";
import type { ResolvedOptions } from "../../../../engine/options.ts";
import { type CleanSeries, cleanSeries } from "../../../../engine/series.ts";
import { slidingWindows } from "../../../../engine/windows.ts";
import type { Cloud } from "../../../cloud.ts";
import type { StoredMetricAlarm } from "../alarm-record.ts";
import type { AnomalyDetectors } from "../anomaly-detectors.ts";
import { detectorState, trainingConfiguration } from "../anomaly-training.ts";
import type { AlarmSeriesFinder } from "./alarm-series.ts";
import { readWindows } from "./stored-points.ts";

/** Trained bands are trained anew after so many seconds. */
const RETRAINED_AFTER = 86_400;
/** While there are too few points, this often: CloudWatch has a new model's first band within minutes to hours. */
const RETRIED_AFTER = 900;

interface Kept {
  readonly band: TrainedBand;
  readonly until: number;
  readonly configuration: AnomalyDetector["Configuration"];
  /** Of the cloud, when the detector was looked at. */
  readonly revision: number;
}

/**
 * The bands of one alarm, trained when an evaluation needs them from up to two weeks of what is stored. An evaluation makes the
 * metric's anomaly detector when there is none, as in CloudWatch; its configuration counts.
 */
export class AlarmBands {
  readonly #cloud: Cloud;
  readonly #detectors: AnomalyDetectors;
  readonly #alarm: StoredMetricAlarm;
  readonly #opened: OpenedAlarm;
  readonly #finder: AlarmSeriesFinder;
  readonly #options: ResolvedOptions;
  readonly #bands = new Map<string, Kept>();

  constructor(parts: {
    readonly cloud: Cloud;
    readonly detectors: AnomalyDetectors;
    readonly alarm: StoredMetricAlarm;
    readonly opened: OpenedAlarm;
    readonly finder: AlarmSeriesFinder;
    readonly options: ResolvedOptions;
  }) {
    this.#cloud = parts.cloud;
    this.#detectors = parts.detectors;
    this.#alarm = parts.alarm;
    this.#opened = parts.opened;
    this.#finder = parts.finder;
    this.#options = parts.options;
  }

  /** The band of a metric or expression at a moment (epoch seconds); one that says nothing while it can't be trained. */
  bandOf(id: string, now: number): TrainedBand {
    const kept = this.#bands.get(id);
    const { revision } = this.#cloud;
    const fresh = kept !== undefined && now < kept.until;
    if (fresh && kept.revision === revision) return kept.band;
    const subject = this.#subjectOf(id);
    const configuration = (subject && this.#detectors.obtain(subject))?.Configuration;
    const next =
      fresh && kept.configuration === configuration
        ? { ...kept, revision }
        : this.#train(id, now, subject, configuration);
    this.#bands.set(id, next);
    return next.band;
  }

  /** Until when (epoch seconds) a band stays what it is, if its detector does. */
  validUntil(id: string): number {
    return this.#bands.get(id)?.until ?? Number.NEGATIVE_INFINITY;
  }

  #train(
    id: string,
    now: number,
    subject: SingleMetricAnomalyDetector | undefined,
    configuration: AnomalyDetector["Configuration"],
  ): Kept {
    const { alarm, plan } = this.#opened;
    const end = Math.floor(now / 60) * 60;
    const windows = slidingWindows(alarm.period, end, Math.ceil(TRAINING_SECONDS / alarm.period));
    const series = new Map<string, CleanSeries>();
    let points = 0;
    for (const { id: metricId, readers, unit } of this.#finder.find()) {
      const metric = plan.metrics.find((each) => each.id === metricId);
      if (!metric) continue;
      const { values } = readWindows(readers, unit, windows, now, metric.statisticName);
      const present = windows.flatMap(({ start }, i) =>
        Number.isNaN(values[i]) ? [] : [{ time: start, value: values[i] as number }],
      );
      points += present.length;
      series.set(
        metric.id,
        cleanSeries({
          period: alarm.period,
          times: present.map(({ time }) => time),
          values: present.map(({ value }) => value),
        }),
      );
    }
    const trained = trainBand({
      id,
      alarm,
      plan,
      series,
      before: end,
      options: this.#options,
      configuration: trainingConfiguration(this.#statOf(id), this.#unitOf(id), configuration),
    });
    const state = detectorState(trained, end, points);
    if (subject) this.#detectors.setState(subject, state);
    const band = trained ?? { bandAt: () => undefined };
    const until = now + (state === "TRAINED" ? RETRAINED_AFTER : RETRIED_AFTER);
    return { band, until, configuration, revision: this.#cloud.revision };
  }

  /** What the detector of a metric is about; expressions have none of their own here. */
  #subjectOf(id: string): SingleMetricAnomalyDetector | undefined {
    const stat = this.#statOf(id);
    return stat && { ...stat.Metric, Stat: stat.Stat };
  }

  #statOf(id: string): MetricStat | undefined {
    return this.#alarm.Metrics?.find((query) => query.Id === id)?.MetricStat;
  }

  #unitOf(id: string): string | undefined {
    return this.#finder.find().find((series) => series.id === id)?.unit;
  }
}
