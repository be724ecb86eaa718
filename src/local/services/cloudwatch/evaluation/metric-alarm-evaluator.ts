import type { EvaluationState } from "@aws-sdk/client-cloudwatch";
import type { EvaluableAlarm } from "../../../../engine/alarm.ts";
import { ALARM_STATES } from "../../../../engine/alarm-state.ts";
import { seasonalBand } from "../../../../engine/anomaly-band.ts";
import { evaluationInterval } from "../../../../engine/evaluation-range.ts";
import { stateAfter } from "../../../../engine/judgement.ts";
import { VERDICT, type Verdict } from "../../../../engine/missing-data.ts";
import { type NotEvaluated, openAlarm } from "../../../../engine/not-evaluated.ts";
import { resolveOptions } from "../../../../engine/options.ts";
import { stateReason } from "../../../../engine/reason.ts";
import { stateReasonData } from "../../../../engine/reason-data.ts";
import { clockPeriodEnd, parseTimeZone } from "../../../../engine/time-zone.ts";
import type { MetricReader, ReadRange } from "../../../metrics/metric-reader.ts";
import { metricStoreKey } from "../../../metrics/metric-store-key.ts";
import type { MetricAlarmRecord } from "../alarm-record.ts";
import type { AlarmStore } from "../alarm-store.ts";
import { anomalyDetectorsKey } from "../anomaly-detectors.ts";
import { transition } from "../transition.ts";
import { AlarmBands } from "./alarm-bands.ts";
import { type AlarmSeries, AlarmSeriesFinder } from "./alarm-series.ts";
import { phaseOf, type Recurring } from "./rounds.ts";
import { SlidingJudge } from "./sliding-judge.ts";
import { StoredEvaluation, type StoredJudgement } from "./stored-evaluation.ts";

/** Options of every evaluation here: the engine's defaults, with its own anomaly model. */
export const EVALUATION_OPTIONS = resolveOptions({ anomalyModel: seasonalBand });

/** StateReasonData is at most so long; how CloudWatch shortens it isn't published: here fewer points are told. */
const MAX_REASON_DATA = 4000;
const FEW_POINTS = 15;

/** Evaluates one metric alarm, whenever it is told to. A new configuration needs a new evaluator. */
export class MetricAlarmEvaluator implements Recurring {
  readonly phase: number;
  readonly key: string;
  /** Milliseconds between evaluations. */
  readonly cycle: number;
  readonly #store: AlarmStore;
  readonly #record: MetricAlarmRecord;
  readonly #finder: AlarmSeriesFinder;
  readonly #refusal: NotEvaluated | undefined;
  readonly #alarm: EvaluableAlarm | undefined;
  readonly #evaluation: StoredEvaluation | undefined;
  readonly #quick: SlidingJudge | undefined;
  /** When the alarm was created, epoch seconds, while it may be warming up. */
  #warmingSince: number | undefined;
  /** Until this time (ms) nothing but a change from outside can alter the state. */
  #quietUntil = Number.NEGATIVE_INFINITY;

  /** `warmingSince`: when the alarm was created, epoch seconds; undefined once its warm-up is over. */
  constructor(store: AlarmStore, record: MetricAlarmRecord, warmingSince: number | undefined) {
    const { cloud, account, region } = store;
    this.#store = store;
    this.#record = record;
    const metrics = cloud.state(metricStoreKey, account, region);
    const finder = new AlarmSeriesFinder(cloud, metrics, record.alarm);
    this.#finder = finder;
    const opened = openAlarm(record.alarm, record.alarm.StateValue, EVALUATION_OPTIONS);
    this.key = record.alarm.AlarmArn;
    if (opened.status !== "open") {
      this.#refusal = opened;
      this.cycle = 60_000;
      this.phase = phaseOf(this.key, this.cycle);
      return;
    }
    const { alarm, plan } = opened;
    const interval = evaluationInterval(alarm);
    this.cycle = interval * 1000;
    this.phase = phaseOf(this.key, this.cycle);
    this.#alarm = alarm;
    this.#warmingSince = alarm.warmUp ? warmingSince : undefined;
    const bands =
      plan.bandId === undefined && !plan.program
        ? undefined
        : new AlarmBands({
            cloud,
            detectors: cloud.state(anomalyDetectorsKey, account, region),
            alarm: record.alarm,
            opened,
            finder,
            options: EVALUATION_OPTIONS,
          });
    this.#evaluation = new StoredEvaluation(opened, finder, bands, EVALUATION_OPTIONS);
    if (SlidingJudge.suits(opened, EVALUATION_OPTIONS))
      this.#quick = new SlidingJudge(opened, bands, EVALUATION_OPTIONS);
  }

  /** Since when the alarm is warming up, for the evaluator of its next configuration. */
  get warmingSince(): number | undefined {
    return this.#warmingSince;
  }

  run(time: number): void {
    if (this.#refusal) {
      const { status, reason } = this.#refusal;
      this.#setEvaluationState(
        status === "invalid" ? "EVALUATION_ERROR" : "EVALUATION_FAILURE",
        time,
        `Not evaluated by the local cloud: ${reason}`,
      );
      return;
    }
    const changed = this.#finder.changed;
    if (!changed && time < this.#quietUntil) return;
    if (changed) {
      this.disturb();
      this.#quick?.forget();
      this.#evaluation?.forget();
    }
    if (!this.#quick || this.#warmingSince !== undefined || !this.#judgeQuickly(this.#quick, time))
      this.#evaluateInFull(time);
  }

  /** The alarm was changed from outside: what was known of the time to come no longer holds. */
  disturb(): void {
    this.#quietUntil = Number.NEGATIVE_INFINITY;
  }

  /** Answers whether that was enough: false when the state changes, or it is too close to call. */
  #judgeQuickly(quick: SlidingJudge, time: number): boolean {
    const series = this.#finder.find();
    const { StateValue: state, EvaluationState } = this.#record.alarm;
    const isQuiet = (verdict: Verdict): boolean =>
      verdict === VERDICT.KEEP || ALARM_STATES[verdict] === state;
    const verdict = quick.judgeAt(time / 1000, series);
    if (verdict === undefined || !isQuiet(verdict)) return false;
    if (EvaluationState !== undefined) this.#setEvaluationState(undefined, time);
    // A metric that isn't there yet may come to be at any time.
    if (this.#finder.complete)
      this.#quietUntil = time + (quick.quietAfter(time / 1000, isQuiet) + 1) * this.cycle;
    return true;
  }

  #evaluateInFull(time: number): void {
    const config = this.#alarm;
    const evaluation = this.#evaluation;
    if (!config || !evaluation) return;
    const now = time / 1000;
    const judged = evaluation.judgeAt(now);
    if (this.#warmingSince !== undefined) {
      if (isWarmingUp(config, this.#warmingSince, judged, this.#finder.find(), now)) return;
      this.#warmingSince = undefined;
    }
    if (this.#record.alarm.EvaluationState !== undefined) this.#setEvaluationState(undefined, time);
    const before = this.#record.alarm.StateValue;
    const value = stateAfter(judged.verdict, before);
    if (value !== before) {
      const next = {
        value,
        reason: stateReason(config, judged, value),
        reasonData: reasonData(config, judged, now),
      };
      transition(this.#store, this.#record, next, new Date(time));
    }
    this.#settle(config, judged);
  }

  /** Windows by the clock stay the same until the next period of the clock is over. */
  #settle({ window, period, comparison }: EvaluableAlarm, { windows }: StoredJudgement): void {
    if (window.kind !== "wallClock" || comparison.kind === "band") return;
    const zone = parseTimeZone(window.timeZone);
    const end = windows.at(-1)?.end;
    if (!zone || end === undefined) return;
    if (this.#finder.complete) this.#quietUntil = clockPeriodEnd(end, period, zone) * 1000;
  }

  #setEvaluationState(state: EvaluationState | undefined, time: number, reason?: string): void {
    const { EvaluationState: before, ...rest } = this.#record.alarm;
    if (before === state) return;
    this.#store.replace(this.#record, {
      ...rest,
      ...(state !== undefined && { EvaluationState: state }),
      ...(reason !== undefined && { StateReason: reason }),
      StateUpdatedTimestamp: new Date(time),
    });
  }
}

/**
 * Whether a new alarm still waits: for its whole warm-up period, or until its samples span the evaluation periods and the newest
 * period has a point. Source: user guide, "Alarm warm-up".
 */
function isWarmingUp(
  { warmUp, evaluationPeriods }: EvaluableAlarm,
  createdAt: number,
  { view, windows }: StoredJudgement,
  series: readonly AlarmSeries[],
  now: number,
): boolean {
  if (!warmUp || now >= createdAt + warmUp.seconds) return false;
  const [first, oldest] = [windows[0], windows[windows.length - evaluationPeriods]];
  if (warmUp.wholePeriod || !first || !oldest) return true;
  if (Number.isNaN(view.values[windows.length - 1])) return true;
  // A sample at the very beginning of the evaluation periods, or before.
  const range = { from: first.start, to: oldest.start + 1, now };
  return !series.some(({ readers, unit }) => readers.some((reader) => hasSample(reader, range, unit)));
}

function hasSample(reader: MetricReader, range: ReadRange, unit: string | undefined): boolean {
  let found = false;
  reader.visit(range, unit, () => {
    found = true;
    return true;
  });
  return found;
}

function reasonData(alarm: EvaluableAlarm, judged: StoredJudgement, now: number): string {
  const data = stateReasonData(alarm, judged, now);
  if (data.length <= MAX_REASON_DATA) return data;
  const { used, looked } = judged;
  return stateReasonData(
    alarm,
    { ...judged, used: used.slice(0, FEW_POINTS), looked: looked.slice(0, FEW_POINTS) },
    now,
  );
}
