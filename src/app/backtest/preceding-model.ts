import { seasonalBand } from "../../engine/anomaly-band.ts";
import type {
  AnomalyConfiguration,
  AnomalyModel,
  TrainedBand,
  TrainingSeries,
} from "../../engine/anomaly-model.ts";

const TRAINING_SECONDS = 14 * 86_400;

/** Bands by when they were trained, epoch seconds. */
export interface BandTraining {
  readonly at: number;
  readonly band: TrainedBand;
}

/**
 * The engine's seasonal band, trained on what is known of the two weeks before each training: also on points from before the
 * replay. Remembers its bands: an alarm is replayed more than once, and its chart shows them.
 */
export class PrecedingModel implements AnomalyModel {
  readonly #preceding: TrainingSeries;
  readonly #trained = new Map<string, BandTraining>();

  constructor(preceding: TrainingSeries = { period: 300, times: [], values: [] }) {
    this.#preceding = preceding;
  }

  train(history: TrainingSeries, configuration?: AnomalyConfiguration): TrainedBand {
    const { times, values } = history;
    const at = (times[times.length - 1] ?? 0) + history.period;
    const key = `${at} ${times.length}`;
    const known = this.#trained.get(key);
    if (known) return known.band;
    const allTimes: number[] = [];
    const allValues: number[] = [];
    const before = this.#preceding;
    const beginning = times[0] ?? Number.POSITIVE_INFINITY;
    for (let i = 0; i < before.times.length; i += 1) {
      const time = before.times[i] as number;
      if (time < at - TRAINING_SECONDS || time >= beginning) continue;
      allTimes.push(time);
      allValues.push(before.values[i] as number);
    }
    for (let i = 0; i < times.length; i += 1) {
      allTimes.push(times[i] as number);
      allValues.push(values[i] as number);
    }
    const band = seasonalBand.train(
      { period: history.period, times: allTimes, values: allValues },
      configuration,
    );
    this.#trained.set(key, { at, band });
    return band;
  }

  /** In order of their training. */
  get trainings(): readonly BandTraining[] {
    return [...this.#trained.values()].sort((a, b) => a.at - b.at);
  }
}
