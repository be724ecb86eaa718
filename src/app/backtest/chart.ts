import type { TrainedBand } from "../../engine/anomaly-model.ts";
import type { TimeSpan } from "../../engine/backtest-labels.ts";
import type { OpenedAlarm } from "../../engine/not-evaluated.ts";
import type { JudgedValues } from "./judged-values.ts";
import type { BandTraining } from "./preceding-model.ts";

/** What a chart of one alarm shows, small enough for thousands on a page: the least and the most of every column. Times in epoch seconds. */
export interface AlarmChart {
  readonly start: number;
  readonly end: number;
  /** Least and most judged value in each of equally wide columns, NaN where there is none. Empty for composite alarms. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly threshold: number | undefined;
  readonly band: { readonly lower: Float64Array; readonly upper: Float64Array } | undefined;
  readonly alarms: readonly TimeSpan[];
  readonly insufficient: readonly TimeSpan[];
  readonly incidents: readonly TimeSpan[];
}

/** Columns of a chart: more than a screen shows is not seen. */
const COLUMNS = 480;

/** Draws judged values together into columns. */
export function chartColumns(
  judged: JudgedValues,
  span: { readonly start: number; readonly end: number },
): Pick<AlarmChart, "low" | "high"> {
  const { values, step } = judged;
  const seconds = span.end - span.start;
  const columns = Math.max(1, Math.min(COLUMNS, Math.ceil(seconds / step)));
  const low = new Float64Array(columns).fill(Number.NaN);
  const high = new Float64Array(columns).fill(Number.NaN);
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value - value !== 0) continue;
    // A window's value stands at its end.
    const at = Math.floor(((judged.start + i * step - span.start - 1) / seconds) * columns);
    if (at < 0 || at >= columns) continue;
    if (!(value >= (low[at] as number))) low[at] = value;
    if (!(value <= (high[at] as number))) high[at] = value;
  }
  return { low, high };
}

/** The band in the middle of every column: that of the training before it, as the replay used it. */
export function bandColumns(
  trainings: readonly BandTraining[],
  deviations: number,
  columns: number,
  span: { readonly start: number; readonly end: number },
): AlarmChart["band"] {
  const lower = new Float64Array(columns).fill(Number.NaN);
  const upper = new Float64Array(columns).fill(Number.NaN);
  let next = 0;
  let band: TrainedBand | undefined;
  for (let i = 0; i < columns; i += 1) {
    const time = span.start + ((i + 0.5) / columns) * (span.end - span.start);
    for (; next < trainings.length && (trainings[next] as BandTraining).at <= time; next += 1)
      band = (trainings[next] as BandTraining).band;
    const bounds = band?.bandAt(time, deviations);
    if (!bounds) continue;
    lower[i] = bounds.lower;
    upper[i] = bounds.upper;
  }
  return { lower, upper };
}

/** Standard deviations of an alarm's band, 2 where its expression names none. */
export function deviationsOf({ alarm }: Pick<OpenedAlarm, "alarm">): number {
  const { input, comparison } = alarm;
  if (input.kind !== "math" || comparison.kind !== "band") return 2;
  const expression = input.metrics.find(({ Id }) => Id === comparison.bandId)?.Expression ?? "";
  return Number(/ANOMALY_DETECTION_BAND\s*\([^,)]+,\s*([\d.]+)/.exec(expression)?.[1] ?? 2);
}
