import type { EvaluableAlarm, MetricAlarm } from "./alarm.ts";
import { ALARM_STATES, type AlarmState } from "./alarm-state.ts";
import type { AnomalyConfiguration, TrainedBand } from "./anomaly-model.ts";
import { bandSubjects } from "./band-training.ts";
import { combinationOf } from "./combine.ts";
import { COUNTS_UNKNOWN, EQUAL_WEIGHTS, type Fidelity, MODEL_BAND } from "./fidelity.ts";
import { type Judgement, judgeRange, type RangeView } from "./judgement.ts";
import { VERDICT } from "./missing-data.ts";
import { type NotEvaluated, openAlarm, refusedBy } from "./not-evaluated.ts";
import { type EngineOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { stateReason } from "./reason.ts";
import { stateReasonData } from "./reason-data.ts";
import { requireSeconds } from "./series.ts";
import { sourceFor } from "./source-for.ts";
import { parseTimeZone } from "./time-zone.ts";
import { type TimelineChunk, type TimelineGrid, timelineGrid } from "./timeline-grid.ts";
import type { TimelineSource } from "./timeline-source.ts";
import type { AlarmPlan } from "./values-in-windows.ts";
import { seriesProblem } from "./window-points.ts";
import { wallClockPointsProblem } from "./windows.ts";

export interface TimelineRequest {
  readonly alarm: MetricAlarm;
  /** Start of the first point, epoch seconds: a full minute (10 s for high resolution, or a multiple of the period). */
  readonly start: number;
  /** Seconds between points: the alarm's period or finer. Finer than a minute or a minute itself makes windows exact. */
  readonly step: number;
  /** Seconds between the full minute and this alarm's evaluations. Default 0. It matters for the times of transitions, and with a delay. */
  readonly phase?: number;
  /** State before the first point. Default INSUFFICIENT_DATA, as after creation. */
  readonly state?: AlarmState;
  /** When the alarm was created, epoch seconds; only a warm-up period needs it. */
  readonly createdAt?: number;
  /** Trained bands by metric id. Otherwise the options' model is trained after 3 hours and then every day at midnight UTC. */
  readonly bands?: Readonly<Record<string, TrainedBand>>;
  readonly anomaly?: AnomalyConfiguration;
  readonly options?: EngineOptions;
  /** Judge as if every existing point breached: shows whether the alarm can fire at all on points like these. */
  readonly supposeBreaching?: boolean;
}

/** A change of state. Its texts are written when they are asked for. */
export interface Transition {
  /** The evaluation's moment, epoch seconds. */
  readonly time: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  /** StateReason, as CloudWatch would word it. */
  readonly reason: string;
  /** StateReasonData, one line of JSON. */
  readonly reasonData: string;
}

/** An alarm's life over a stream of points. */
export interface AlarmTimeline {
  readonly status: "running";
  /**
   * Goes on with the next points: of every metric the same number, by id, or those of the only metric.
   * How a stream is cut into chunks changes nothing; a few thousand points each are fastest.
   * @throws RangeError for an unknown metric or chunks of different lengths.
   */
  push(chunk: TimelineChunk | Readonly<Record<string, TimelineChunk>>): readonly Transition[];
  readonly state: AlarmState;
  /** Evaluations so far. */
  readonly evaluations: number;
  /** Seconds spent in each state so far, each evaluation counting until the next. */
  readonly seconds: Readonly<Record<AlarmState, number>>;
  /** Values that were infinite: they counted as missing. */
  readonly notFinite: number;
  readonly fidelity: Fidelity;
}

/**
 * Starts the timeline of a metric alarm: evaluates it at every minute (10 s, hour) of a stream of points, as CloudWatch would have.
 * @throws RangeError for points that can't be brought together with the alarm's evaluations.
 */
export function startTimeline(request: TimelineRequest): AlarmTimeline | NotEvaluated {
  const options = resolveOptions(request.options);
  const state = request.state ?? "INSUFFICIENT_DATA";
  requireSeconds(request.start, "start");
  const opened = openAlarm(request.alarm, state, options);
  if (opened.status !== "open") return opened;
  const { alarm, plan } = opened;
  const problems = plan.metrics.flatMap(({ id, statistic, statisticName }) => {
    const how = combinationOf(statistic);
    return seriesProblem(id, { period: request.step }, alarm.period, how, statisticName) ?? [];
  });
  const { bands } = request;
  for (const id of bandSubjects(plan))
    if (bands ? !bands[id] : !options.anomalyModel)
      problems.push({ severity: "error", code: "no-band", message: `there is no anomaly band for "${id}"` });
  if (alarm.window.kind === "wallClock") {
    const offset = parseTimeZone(alarm.window.timeZone)?.offsetAt(request.start) ?? 0;
    if ((request.start + offset) % request.step !== 0)
      problems.push(wallClockPointsProblem(request.step, alarm.window.timeZone));
  }
  if (problems.length > 0) return refusedBy(problems, state, alarm, []);
  const grid = timelineGrid(
    alarm,
    { start: request.start, step: request.step, phase: request.phase ?? 0 },
    options,
  );
  return new Timeline({ request, alarm, plan, grid, options, state });
}

interface TimelineParts {
  readonly request: TimelineRequest;
  readonly alarm: EvaluableAlarm;
  readonly plan: AlarmPlan;
  readonly grid: TimelineGrid;
  readonly options: ResolvedOptions;
  readonly state: AlarmState;
}

class Timeline implements AlarmTimeline {
  readonly status = "running";
  readonly #parts: TimelineParts;
  readonly #source: TimelineSource;
  readonly #phase: number;
  #state: AlarmState;
  #evaluations = 0;
  readonly #evaluationsIn: Record<AlarmState, number> = { OK: 0, ALARM: 0, INSUFFICIENT_DATA: 0 };
  /** Count of evaluations when the state last changed. */
  #since = 0;
  #countsSeen = true;
  #warming: boolean;

  constructor(parts: TimelineParts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#phase = parts.request.phase ?? 0;
    this.#warming = parts.alarm.warmUp !== undefined && parts.request.createdAt !== undefined;
    const { alarm, plan, grid, options } = parts;
    const { bands, anomaly, supposeBreaching = false } = parts.request;
    this.#source = sourceFor({ alarm, plan, grid, options, bands, anomaly, supposeBreaching });
  }

  get state(): AlarmState {
    return this.#state;
  }

  get evaluations(): number {
    return this.#evaluations;
  }

  get seconds(): Readonly<Record<AlarmState, number>> {
    const { interval } = this.#parts.grid;
    const running = this.#evaluations - this.#since;
    const total = (state: AlarmState): number =>
      (this.#evaluationsIn[state] + (state === this.#state ? running : 0)) * interval;
    return { OK: total("OK"), ALARM: total("ALARM"), INSUFFICIENT_DATA: total("INSUFFICIENT_DATA") };
  }

  get notFinite(): number {
    return this.#source.notFinite;
  }

  get fidelity(): Fidelity {
    const { grid, alarm, plan } = this.#parts;
    const averaged = plan.metrics.some(({ statistic }) => combinationOf(statistic) === "average");
    return {
      windows: grid.exact ? "exact" : "aligned",
      step: grid.interval,
      notes: [
        ...(averaged && grid.pointsPerWindow > 1 && !this.#countsSeen ? [EQUAL_WEIGHTS] : []),
        ...(alarm.ignoreLowSamples && !this.#countsSeen ? [COUNTS_UNKNOWN] : []),
        ...(plan.bandId === undefined ? [] : [MODEL_BAND]),
      ],
    };
  }

  push(chunk: TimelineChunk | Readonly<Record<string, TimelineChunk>>): readonly Transition[] {
    const chunks = this.#chunksById(chunk);
    const transitions: Transition[] = [];
    let code: number = ALARM_STATES.indexOf(this.#state);
    this.#source.push(chunks, (verdict, slot) => {
      this.#evaluations += 1;
      if (this.#warming && this.#isWarmingUp(slot)) return;
      if (verdict === code || verdict === VERDICT.KEEP) return;
      code = verdict;
      transitions.push(this.#change(slot, ALARM_STATES[verdict]));
    });
    return transitions;
  }

  #chunksById(
    chunk: TimelineChunk | Readonly<Record<string, TimelineChunk>>,
  ): ReadonlyMap<string, TimelineChunk> {
    const { metrics } = this.#parts.plan;
    if (chunk.values instanceof Float64Array) {
      const only = chunk as TimelineChunk;
      this.#checkChunk(metrics[0]?.id ?? "", only, only.values.length);
      return new Map([[metrics[0]?.id ?? "", only]]);
    }
    const entries = Object.entries(chunk as Readonly<Record<string, TimelineChunk>>);
    for (const [id, each] of entries) this.#checkChunk(id, each, entries[0]?.[1].values.length ?? 0);
    return new Map(entries);
  }

  #checkChunk(id: string, { values, sampleCounts }: TimelineChunk, length: number): void {
    const { metrics } = this.#parts.plan;
    if (!metrics.some((metric) => metric.id === id))
      throw new RangeError(
        `the alarm doesn't read "${id}"; it reads ${metrics.map((metric) => metric.id).join(", ")}`,
      );
    if (values.length !== length || (sampleCounts && sampleCounts.length !== length))
      throw new RangeError(`the chunks of one push have the same length; that of "${id}" has another`);
    if (!sampleCounts) this.#countsSeen = false;
  }

  /** As in a single evaluation: for the whole period, or until points span the evaluation periods and the newest has one. */
  #isWarmingUp(slot: number): boolean {
    const { alarm, grid, request } = this.#parts;
    const time = grid.start + (slot + 1) * grid.slot + this.#phase;
    const waiting = alarm.warmUp && time < (request.createdAt ?? 0) + alarm.warmUp.seconds;
    if (waiting && alarm.warmUp?.wholePeriod) return true;
    const { times, values } = this.#source.rangeAt(slot);
    const oldest = times[times.length - alarm.evaluationPeriods] ?? Number.NEGATIVE_INFINITY;
    const first = this.#source.firstPoint ?? Number.POSITIVE_INFINITY;
    this.#warming = waiting === true && (Number.isNaN(values[values.length - 1]) || first > oldest);
    return this.#warming;
  }

  #change(slot: number, to: AlarmState): Transition {
    const { grid } = this.#parts;
    const from = this.#state;
    this.#evaluationsIn[from] += this.#evaluations - 1 - this.#since;
    this.#since = this.#evaluations - 1;
    this.#state = to;
    const time = grid.start + (slot + 1) * grid.slot + this.#phase;
    return new StateChange(time, from, to, this.#parts, this.#source.rangeAt(slot));
  }
}

/** Keeps the range it was judged by: timelines of flapping alarms change state often, and few of the texts are read. */
class StateChange implements Transition {
  readonly time: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly #parts: TimelineParts;
  readonly #range: RangeView;

  constructor(time: number, from: AlarmState, to: AlarmState, parts: TimelineParts, range: RangeView) {
    this.time = time;
    this.from = from;
    this.to = to;
    this.#parts = parts;
    this.#range = range;
  }

  get reason(): string {
    return stateReason(this.#parts.alarm, this.#judgement(), this.to);
  }

  get reasonData(): string {
    return stateReasonData(this.#parts.alarm, this.#judgement(), this.time);
  }

  toJSON(): Transition {
    const { time, from, to, reason, reasonData } = this;
    return { time, from, to, reason, reasonData };
  }

  #judgement(): Judgement {
    return judgeRange(this.#parts.alarm, this.#range, this.#parts.options);
  }
}
