import type { MetricAlarm } from "./alarm.ts";
import type { AlarmState } from "./alarm-state.ts";
import type { AnomalyConfiguration, TrainedBand } from "./anomaly-model.ts";
import { type LabelScore, scoreLabels, type TimeSpan } from "./backtest-labels.ts";
import { evaluationInterval, evaluationRange } from "./evaluation-range.ts";
import type { Fidelity } from "./fidelity.ts";
import type { NotEvaluated } from "./not-evaluated.ts";
import { type EngineOptions, resolveOptions } from "./options.ts";
import { isAlarmProblem, readAlarm } from "./read-alarm.ts";
import { type AlarmTimeline, startTimeline, type TimelineRequest, type Transition } from "./timeline.ts";
import type { TimelineChunk } from "./timeline-grid.ts";

export interface BacktestRequest {
  readonly alarm: MetricAlarm;
  /** Points from `start` on, one a period, NaN where missing: of the only metric, or by id. `PointGrid` makes them. */
  readonly series: TimelineChunk | Readonly<Record<string, TimelineChunk>>;
  /** Start of the first point, epoch seconds. */
  readonly start: number;
  /** Seconds between points. */
  readonly step: number;
  readonly state?: AlarmState;
  readonly bands?: Readonly<Record<string, TrainedBand>>;
  readonly anomaly?: AnomalyConfiguration;
  readonly options?: EngineOptions;
  /** Known incidents, epoch seconds. */
  readonly incidents?: readonly TimeSpan[];
  /** What the metric can be at all (0 to 100 for a percentage): shows thresholds out of reach. */
  readonly limits?: { readonly minimum?: number; readonly maximum?: number };
  /** Coming back to ALARM within so many seconds is a flap. Default 3600. */
  readonly flapSeconds?: number;
  /** Firing so often a day is noise. Default 2. */
  readonly noisyPerDay?: number;
}

/** The least and the most over the phases an alarm may have. */
export interface Extent {
  readonly least: number;
  readonly most: number;
}

/** What a backtest says in the end. */
export type BacktestVerdict =
  | { readonly kind: "ok" | "quiet"; readonly text: string }
  | { readonly kind: "noisy"; readonly text: string; readonly perDay: number }
  | { readonly kind: "cannotFire"; readonly code: string; readonly text: string };

/** How an alarm would have behaved. Times in epoch seconds. */
export interface Backtest {
  readonly status: "tested";
  /** Times it went into ALARM. */
  readonly fired: Extent;
  readonly secondsInAlarm: Extent;
  /** Times it came back to ALARM soon after leaving it. */
  readonly flaps: Extent;
  readonly secondsInsufficientData: number;
  /** When it first and last went into ALARM. */
  readonly first: number | undefined;
  readonly last: number | undefined;
  /** Changes of state that came later because an evaluation looks at more than its evaluation periods, and by how many seconds at most. */
  readonly rangeDelay: { readonly changes: number; readonly longest: number };
  readonly verdict: BacktestVerdict;
  /** Of the first phase. */
  readonly transitions: readonly Transition[];
  readonly alarms: readonly TimeSpan[];
  readonly evaluations: number;
  /** Points of the first metric that exist, and that are missing. */
  readonly points: number;
  readonly missing: number;
  /** Infinite values, which counted as missing. */
  readonly notFinite: number;
  readonly score: LabelScore | undefined;
  readonly fidelity: Fidelity;
  /** Seconds after the full minute that were tried. More than one only where it matters. */
  readonly phases: readonly number[];
}

/**
 * Replays history through an alarm and says how it would have behaved: how often and how long in ALARM, whether it flaps,
 * whether it could fire at all, and how it does on known incidents.
 * @throws RangeError for points that can't be brought together with the alarm's evaluations.
 */
export function backtest(request: BacktestRequest): Backtest | NotEvaluated {
  const options = resolveOptions(request.options);
  const read = readAlarm(request.alarm, options);
  const interval = isAlarmProblem(read) ? 60 : evaluationInterval(read);
  // With points that come late, an alarm late in its minute may read one that an earlier one misses.
  const phases = [...new Set([0, options.delay % interval])];
  const runs = phases.map((phase) => play(request, { phase }));
  const [main] = runs;
  if (main?.status !== "played") return main as NotEvaluated;
  const played = runs.filter((run): run is Played => run.status === "played");

  const { points, missing } = countPoints(request);
  const flapSeconds = request.flapSeconds ?? 3600;
  const fired = extent(played.map((run) => run.alarms.length));
  const days = ((points + missing) * request.step) / 86_400;
  return {
    status: "tested",
    fired,
    secondsInAlarm: extent(played.map((run) => run.timeline.seconds.ALARM)),
    flaps: extent(played.map((run) => countFlaps(run.alarms, flapSeconds))),
    secondsInsufficientData: main.timeline.seconds.INSUFFICIENT_DATA,
    first: main.alarms[0]?.start,
    last: main.alarms.at(-1)?.start,
    // Only gaps make an evaluation look further back than its periods; and what never changed was never late.
    rangeDelay:
      missing > 0 && main.transitions.length > 1 ? rangeDelay(request, main) : { changes: 0, longest: 0 },
    verdict: verdictOf(request, fired.most, days, points),
    transitions: main.transitions,
    alarms: main.alarms,
    evaluations: main.timeline.evaluations,
    points,
    missing,
    notFinite: main.timeline.notFinite,
    score: request.incidents && scoreLabels(main.alarms, request.incidents),
    fidelity: main.timeline.fidelity,
    phases,
  };
}

interface Played {
  readonly status: "played";
  readonly timeline: AlarmTimeline;
  readonly transitions: readonly Transition[];
  readonly alarms: readonly TimeSpan[];
}

function play(request: BacktestRequest, change: Partial<TimelineRequest>): Played | NotEvaluated {
  const { alarm, start, step, state, bands, anomaly, options } = request;
  const timeline = startTimeline({
    alarm,
    start,
    step,
    ...(state ? { state } : {}),
    ...(bands ? { bands } : {}),
    ...(anomaly ? { anomaly } : {}),
    ...(options ? { options } : {}),
    ...change,
  });
  if (timeline.status !== "running") return timeline;
  const transitions = timeline.push(request.series);
  const end = start + length(request.series) * step;
  const alarms: TimeSpan[] = [];
  transitions.forEach((transition, i) => {
    if (transition.to === "ALARM")
      alarms.push({ start: transition.time, end: transitions[i + 1]?.time ?? end });
  });
  return { status: "played", timeline, transitions, alarms };
}

function firstChunk(series: BacktestRequest["series"]): TimelineChunk | undefined {
  if (series.values instanceof Float64Array) return series as TimelineChunk;
  return Object.values(series as Readonly<Record<string, TimelineChunk>>)[0];
}

function length(series: BacktestRequest["series"]): number {
  return firstChunk(series)?.values.length ?? 0;
}

function countPoints(request: BacktestRequest): { readonly points: number; readonly missing: number } {
  const { series } = request;
  const chunks = series.values instanceof Float64Array ? [series as TimelineChunk] : Object.values(series);
  let points = 0;
  let gaps = 0;
  for (const { values } of chunks as readonly TimelineChunk[]) {
    let found = 0;
    for (let i = 0; i < values.length; i += 1) if (!Number.isNaN(values[i])) found += 1;
    points = Math.max(points, found);
    gaps = Math.max(gaps, values.length - found);
  }
  return { points, missing: gaps };
}

function extent(numbers: readonly number[]): Extent {
  return { least: Math.min(...numbers), most: Math.max(...numbers) };
}

function countFlaps(alarms: readonly TimeSpan[], within: number): number {
  return alarms.filter((alarm, i) => {
    const before = alarms[i - 1];
    return before !== undefined && alarm.start - before.end < within;
  }).length;
}

/** Compares with an evaluation that looks at its evaluation periods only: the same change, earlier. */
function rangeDelay(request: BacktestRequest, main: Played): Backtest["rangeDelay"] {
  const surplus = { highResolution: 0, minute: 0, longer: 0, wallClock: 0 };
  const exact = play({ ...request, options: { ...request.options, surplus } }, {});
  const options = resolveOptions(request.options);
  const alarm = readAlarm(request.alarm, options);
  if (exact.status !== "played" || isAlarmProblem(alarm)) return { changes: 0, longest: 0 };
  // What lies further apart is no delay: it is another change.
  const furthest = evaluationRange(alarm, options.surplus) * alarm.period;
  let changes = 0;
  let longest = 0;
  let next = 0;
  main.transitions.forEach(({ time, to }, i) => {
    const after = main.transitions[i - 1]?.time ?? request.start;
    let earliest: number | undefined;
    for (; next < exact.transitions.length; next += 1) {
      const candidate = exact.transitions[next] as Transition;
      if (candidate.time > time) break;
      const near = candidate.time > Math.max(after, time - furthest);
      if (candidate.to === to && near) earliest ??= candidate.time;
    }
    if (earliest === undefined || earliest === time) return;
    changes += 1;
    longest = Math.max(longest, time - earliest);
  });
  return { changes, longest };
}

function verdictOf(request: BacktestRequest, fired: number, days: number, points: number): BacktestVerdict {
  if (fired > 0) {
    const perDay = days > 0 ? fired / Math.max(1, days) : fired;
    const limit = request.noisyPerDay ?? 2;
    return perDay >= limit
      ? {
          kind: "noisy",
          perDay,
          text: `noisy: ${perDay < 10 ? perDay.toFixed(1) : Math.round(perDay)} a day`,
        }
      : { kind: "ok", text: "ok" };
  }
  return unreachable(request) ?? starved(request, points) ?? { kind: "quiet", text: "never fired" };
}

/** Whether the threshold is beyond what the metric can be. */
function unreachable({ alarm, limits = {} }: BacktestRequest): BacktestVerdict | undefined {
  const { ComparisonOperator: operator, Threshold: threshold } = alarm;
  if (threshold === undefined || (alarm.Metrics?.length ?? 0) > 1) return undefined;
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = limits;
  const beyond =
    (operator === "GreaterThanThreshold" && maximum <= threshold) ||
    (operator === "GreaterThanOrEqualToThreshold" && maximum < threshold) ||
    (operator === "LessThanThreshold" && minimum >= threshold) ||
    (operator === "LessThanOrEqualToThreshold" && minimum > threshold);
  if (!beyond) return undefined;
  const bound = operator.startsWith("Greater") ? `at most ${maximum}` : `at least ${minimum}`;
  return {
    kind: "cannotFire",
    code: "threshold-out-of-reach",
    text: `cannot fire: the metric is ${bound}, the threshold ${threshold}`,
  };
}

/** Whether it would stay silent even if every point breached: none there, too rare, or too late. */
function starved(request: BacktestRequest, points: number): BacktestVerdict | undefined {
  if (isPlainlyFed(request)) return undefined;
  const supposed = play(request, { supposeBreaching: true });
  if (supposed.status !== "played" || supposed.alarms.length > 0) return undefined;
  const cannot = (code: string, why: string): BacktestVerdict => ({
    kind: "cannotFire",
    code,
    text: `cannot fire: ${why}`,
  });
  if (points === 0) return cannot("no-points", "its metric has no points");
  const options = resolveOptions(request.options);
  const alarm = readAlarm(request.alarm, options);
  if (isAlarmProblem(alarm)) return undefined;
  const range = evaluationRange(alarm, options.surplus) * alarm.period;
  if (options.delay >= range)
    return cannot(
      "points-too-late",
      `points come ${options.delay} s late, after the ${range} s it looks back`,
    );
  return cannot(
    "points-too-rare",
    `${points} points are too rare for ${alarm.datapointsToAlarm} out of ${alarm.evaluationPeriods} of ${alarm.period} s, even if every one breached`,
  );
}

/** Whether points follow on each other for long enough somewhere that breaching ones would fire for certain: spares replaying it. */
function isPlainlyFed(request: BacktestRequest): boolean {
  const { series, step } = request;
  const options = resolveOptions(request.options);
  const alarm = readAlarm(request.alarm, options);
  if (isAlarmProblem(alarm) || alarm.input.kind !== "metric" || options.delay > 0) return false;
  if (alarm.window.kind !== "sliding" || alarm.warmUp || alarm.ignoreLowSamples) return false;
  const values = firstChunk(series)?.values ?? new Float64Array(0);
  const wanted = (alarm.evaluationPeriods * alarm.period + evaluationInterval(alarm)) / step;
  let run = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    run = value - value === 0 ? run + 1 : 0;
    if (run >= wanted) return true;
  }
  return false;
}
