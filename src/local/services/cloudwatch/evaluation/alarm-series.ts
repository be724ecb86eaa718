import type { Cloud } from "../../../cloud.ts";
import type { MetricReader } from "../../../metrics/metric-reader.ts";
import type { MetricId } from "../../../metrics/metric-store.ts";
import type { StoredMetrics } from "../../../metrics/stored-metrics.ts";
import type { StoredMetricAlarm } from "../alarm-record.ts";
import { metricIdOf, readersOf, unitsOf } from "../statistics-by-period.ts";

/** Where the samples of one metric of an alarm are. */
export interface AlarmSeries {
  /** Its id in metric math; undefined for the only metric. */
  readonly id: string | undefined;
  readonly metric: MetricId;
  readonly readers: readonly MetricReader[];
  /** The unit read: what the alarm asks for, else the first of those published, as GetMetricData has it. */
  readonly unit: string | undefined;
}

/** The metrics of an alarm with what holds their samples, found anew only when something may have changed. */
export class AlarmSeriesFinder {
  readonly #cloud: Cloud;
  readonly #metrics: StoredMetrics;
  readonly #asked: readonly {
    readonly id: string | undefined;
    readonly metric: MetricId;
    readonly unit: string | undefined;
  }[];
  #found: readonly AlarmSeries[] = [];
  #complete = false;
  #revision = -1;
  #stored = -1;

  constructor(cloud: Cloud, metrics: StoredMetrics, alarm: StoredMetricAlarm) {
    this.#cloud = cloud;
    this.#metrics = metrics;
    this.#asked = alarm.Metrics
      ? alarm.Metrics.flatMap(({ Id, MetricStat }) =>
          MetricStat
            ? [
                {
                  id: Id,
                  metric: metricIdOf(
                    MetricStat.Metric?.Namespace ?? "",
                    MetricStat.Metric?.MetricName ?? "",
                    MetricStat.Metric?.Dimensions,
                  ),
                  unit: MetricStat.Unit,
                },
              ]
            : [],
        )
      : [
          {
            id: undefined,
            metric: metricIdOf(alarm.Namespace ?? "", alarm.MetricName ?? "", alarm.Dimensions),
            unit: alarm.Unit,
          },
        ];
  }

  /** Whether every metric was there when it was last looked for. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Whether `find` may answer otherwise than the last time, or samples that were read may have changed. */
  get changed(): boolean {
    return (
      !this.#complete || this.#revision !== this.#cloud.revision || this.#stored !== this.#metrics.revision
    );
  }

  find(): readonly AlarmSeries[] {
    if (!this.changed) return this.#found;
    this.#revision = this.#cloud.revision;
    this.#stored = this.#metrics.revision;
    this.#found = this.#asked.map(({ id, metric, unit }) => {
      const readers = readersOf(this.#metrics, metric);
      return { id, metric, readers, unit: unit ?? unitsOf(readers)[0] };
    });
    // A metric that isn't there yet may come to be without anybody asking this cloud for it.
    this.#complete = this.#found.every(({ readers }) => readers.length > 0);
    return this.#found;
  }
}
