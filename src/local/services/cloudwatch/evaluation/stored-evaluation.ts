import { evaluationInterval, evaluationRange } from "../../../../engine/evaluation-range.ts";
import { type Judgement, judgeRange, type RangeView } from "../../../../engine/judgement.ts";
import { evaluateMath } from "../../../../engine/math-evaluation.ts";
import type { Series } from "../../../../engine/math-values.ts";
import type { OpenedAlarm } from "../../../../engine/not-evaluated.ts";
import type { ResolvedOptions } from "../../../../engine/options.ts";
import { evaluationWindows, type Window } from "../../../../engine/windows.ts";
import type { AlarmBands } from "./alarm-bands.ts";
import type { AlarmSeriesFinder } from "./alarm-series.ts";
import type { StoredPoints } from "./stored-points.ts";
import { WindowCache } from "./window-cache.ts";

/** A judgement with the windows it is about. */
export interface StoredJudgement extends Judgement {
  readonly windows: readonly Window[];
  readonly view: RangeView;
}

/** Evaluates one alarm from what is stored, with the engine: any statistic, metric math, bands, windows by the clock. */
export class StoredEvaluation {
  readonly #opened: OpenedAlarm;
  readonly #finder: AlarmSeriesFinder;
  readonly #bands: AlarmBands | undefined;
  readonly #options: ResolvedOptions;
  /** One for each metric of the plan. */
  readonly #caches: readonly WindowCache[];

  constructor(
    opened: OpenedAlarm,
    finder: AlarmSeriesFinder,
    bands: AlarmBands | undefined,
    options: ResolvedOptions,
  ) {
    this.#opened = opened;
    this.#finder = finder;
    this.#bands = bands;
    this.#options = options;
    const { alarm, plan } = opened;
    const step = evaluationInterval(alarm);
    const size = evaluationRange(alarm, options.surplus) * Math.ceil(alarm.period / step);
    this.#caches = plan.metrics.map(({ statisticName }) => new WindowCache(statisticName, { step, size }));
  }

  /** Forgets what was read: samples may have come or gone. */
  forget(): void {
    for (const cache of this.#caches) cache.forget();
  }

  /** Judges at a moment, epoch seconds with their fraction. */
  judgeAt(now: number): StoredJudgement {
    const { alarm } = this.#opened;
    const windows = evaluationWindows(alarm, now, this.#options.surplus);
    const view = this.#view(windows, now);
    return { ...judgeRange(alarm, view, this.#options), windows, view };
  }

  #view(windows: readonly Window[], now: number): RangeView {
    const { alarm, plan } = this.#opened;
    const times = windows.map(({ start }) => start);
    const series = this.#finder.find();
    const points = new Map<string, StoredPoints>();
    plan.metrics.forEach(({ id }, i) => {
      const found = plan.program ? series.find((each) => each.id === id) : series[0];
      const cache = this.#caches[i];
      if (found && cache) points.set(id, cache.points(found, windows, now));
    });
    const watched = points.get(plan.watched);
    const sampleCounts = watched?.sampleCounts;
    if (!plan.program)
      return {
        times,
        values: watched?.values ?? new Float64Array(times.length).fill(Number.NaN),
        sampleCounts,
      };
    const ids = plan.bandId === undefined ? [plan.watched] : [plan.watched, plan.bandId];
    const [values, band] = evaluateMath(plan.program, ids, {
      length: times.length,
      timeAt: (i) => times[i] ?? Number.NaN,
      inputs: new Map([...points].map(([id, { values }]) => [id, values])),
      periodOf: () => alarm.period,
      bandOf: (id) => this.#bands?.bandOf(id, now),
      options: this.#options,
    });
    const [first, second] = (band ?? []) as readonly Series[];
    const [lower, upper] = this.#options.bandOrder === "lowerFirst" ? [first, second] : [second, first];
    return { times, values: values as Series, lower, upper, sampleCounts };
  }
}
