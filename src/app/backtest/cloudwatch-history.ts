import { asFiveMinutes } from "../../alarms/history/coarse-grid.ts";
import {
  callsFor,
  costOf,
  type ReadingCost,
  type ReadSeries,
  readMetricData,
  type SeriesRequest,
} from "../../alarms/history/metric-data.ts";
import { type MetricReference, referenceKey } from "../../alarms/history/metric-reference.ts";
import { type ReadPeriod, readPeriod } from "../../alarms/history/read-period.ts";
import type { DenseSeries } from "../../alarms/history/series-grid.ts";
import type { AwsSession } from "../../aws/session.ts";
import type { TrainingSeries } from "../../engine/anomaly-model.ts";
import { bandSubjects } from "../../engine/band-training.ts";
import { combinationOf } from "../../engine/combine.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, messageOf } from "../../support/errors.ts";
import type { OpenSubject } from "./open-subjects.ts";

const DAY = 86_400;
const HOUR = 3600;
/** Before the replay, for the first band. CloudWatch trains on two weeks. */
const TRAINING = 14 * DAY;
const TRAINING_PERIOD = 300;
/** Answers under way at once: more wait in memory than can be worked on. */
const AT_ONCE = 3;
/** Machines that publish one sample a minute: their minutes weigh alike, so that counts need not be read (and paid). */
const EVEN_NAMESPACES = new Set(["AWS/EC2", "AWS/EBS", "CWAgent"]);

/** An alarm, and what is read for it. */
interface Need extends OpenSubject {
  readonly period: ReadPeriod;
  readonly values: ReadonlyMap<string, SeriesRequest>;
  readonly counts: ReadonlyMap<string, SeriesRequest>;
  readonly training: SeriesRequest | undefined;
}

/** The time to be replayed, epoch seconds. */
export interface HistoryRange {
  readonly start: number;
  readonly end: number;
  readonly now: number;
}

/** An alarm with its history; or why there is none. */
export type SubjectHistory =
  | {
      readonly status: "read";
      readonly series: ReadonlyMap<string, DenseSeries>;
      readonly preceding: TrainingSeries | undefined;
      readonly messages: readonly string[];
    }
  | { readonly status: "failed"; readonly reason: string };

/** What is read in one account and region for its alarms. Nothing is read twice; alarms are ready as soon as their series are. */
export class CloudWatchHistory {
  readonly #session: AwsSession;
  readonly #calls: readonly (readonly SeriesRequest[])[];
  readonly #needs: readonly Need[];
  /** Alarms of which CloudWatch no longer keeps any point that they could use. */
  readonly expired: readonly OpenSubject[];
  /** Alarms that begin later than asked for, and when. */
  readonly shortened: readonly { readonly name: string; readonly period: number; readonly start: number }[];

  constructor(session: AwsSession, subjects: readonly OpenSubject[], range: HistoryRange) {
    this.#session = session;
    const expired: OpenSubject[] = [];
    const needs: Need[] = [];
    for (const subject of subjects) {
      const period = readPeriod(subject.opened, range, subject.subject.published);
      if (period) needs.push(needOf(subject, period, range));
      else expired.push(subject);
    }
    const requests = new Map<string, SeriesRequest>();
    for (const need of needs) for (const request of requestsOf(need)) requests.set(request.key, request);
    this.#needs = needs;
    this.#calls = callsFor([...requests.values()]);
    this.expired = expired;
    this.shortened = needs
      .filter(({ period }) => period.start > range.start)
      .map(({ subject, opened, period }) => ({
        name: subject.name,
        period: opened.alarm.period,
        start: period.start,
      }));
  }

  get cost(): ReadingCost {
    return costOf(this.#calls);
  }

  /** Reads everything; `take` hears of each alarm once, as soon as its series are there. */
  async read(take: (subject: OpenSubject, history: SubjectHistory) => void, context: Context): Promise<void> {
    const waiting = new Map<string, Need[]>();
    const missing = new Map<Need, number>();
    for (const need of this.#needs) {
      const requests = requestsOf(need);
      missing.set(need, requests.length);
      for (const { key } of requests) {
        const others = waiting.get(key);
        if (others) others.push(need);
        else waiting.set(key, [need]);
      }
    }
    const held = new Map<string, { readonly series: ReadSeries; users: number }>();
    const arrived = (series: ReadSeries): void => {
      const { key } = series.request;
      const users = waiting.get(key) ?? [];
      held.set(key, { series, users: users.length });
      for (const need of users) {
        const left = (missing.get(need) ?? 0) - 1;
        missing.set(need, left);
        if (left > 0) continue;
        take(
          need,
          historyOf(need, (request) => held.get(request.key)?.series),
        );
        for (const request of requestsOf(need)) {
          const use = held.get(request.key);
          if (use) use.users -= 1;
          if (use?.users === 0) held.delete(request.key);
        }
      }
    };
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < this.#calls.length) {
        context.signal.throwIfAborted();
        const call = this.#calls[next] as readonly SeriesRequest[];
        next += 1;
        for (const series of await this.#readCall(call)) arrived(series);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  /** A call that AWS refuses fails its own alarms; the others go on. */
  async #readCall(call: readonly SeriesRequest[]): Promise<readonly ReadSeries[]> {
    try {
      return await readMetricData(this.#session, call);
    } catch (error) {
      if (!isWatchkeeperError(error) || error.source !== "aws" || error.code === "Aborted") throw error;
      return call.map((request) => ({
        request,
        grid: undefined,
        messages: [messageOf(error)],
        failed: true,
      }));
    }
  }
}

function requestsOf({ values, counts, training }: Need): readonly SeriesRequest[] {
  return [...new Set([...values.values(), ...counts.values(), ...(training ? [training] : [])])];
}

function needOf(subject: OpenSubject, period: ReadPeriod, range: HistoryRange): Need {
  const { alarm, plan } = subject.opened;
  const start = Math.floor(period.start / HOUR) * HOUR;
  const values = new Map<string, SeriesRequest>();
  const counts = new Map<string, SeriesRequest>();
  const request = (metric: MetricReference, from: number, to: number, step: number): SeriesRequest => ({
    key: `${referenceKey(metric)} ${step} ${from} ${to}`,
    metric,
    period: step,
    start: from,
    end: to,
  });
  for (const { id, statistic } of plan.metrics) {
    const metric = subject.subject.metrics.get(id);
    if (!metric) continue;
    values.set(id, request(metric, start, range.end, period.step));
    const weighted =
      combinationOf(statistic) === "average" &&
      period.step < alarm.period &&
      !EVEN_NAMESPACES.has(metric.namespace);
    if (weighted || alarm.ignoreLowSamples)
      counts.set(id, request({ ...metric, stat: "SampleCount" }, start, range.end, period.step));
  }
  const training = trainingOf(subject);
  return {
    ...subject,
    period,
    values,
    counts,
    training:
      training === undefined ? undefined : request(training.metric, start - TRAINING, start, training.period),
  };
}

/** What a band is trained on from before the replay: its metric by five minutes, if sums of those can be compared with the alarm's. */
function trainingOf({
  subject,
  opened,
}: OpenSubject): { readonly metric: MetricReference; readonly period: number } | undefined {
  const { alarm, plan } = opened;
  const [only, ...others] = plan.metrics;
  if (alarm.comparison.kind !== "band" || !only || others.length > 0) return undefined;
  const metric = subject.metrics.get(only.id);
  if (!metric || !bandSubjects(plan).has(only.id)) return undefined;
  if (alarm.period % TRAINING_PERIOD === 0) return { metric, period: alarm.period };
  return combinationOf(only.statistic) === "sum" ? undefined : { metric, period: TRAINING_PERIOD };
}

function historyOf(need: Need, found: (request: SeriesRequest) => ReadSeries | undefined): SubjectHistory {
  const read = requestsOf(need).map((request) => found(request));
  const failed = read.find((series) => series?.failed !== false);
  if (failed || read.length === 0)
    return { status: "failed", reason: failed?.messages.join(", ") ?? "none of its metrics could be read" };
  const series = new Map<string, DenseSeries>();
  for (const [id, request] of need.values) {
    const grid = found(request)?.grid;
    const counts = need.counts.get(id);
    const sampleCounts = counts && found(counts)?.grid?.values;
    if (!grid) continue;
    series.set(id, {
      start: grid.start,
      step: grid.step,
      points: grid.points,
      chunk: { values: grid.values, ...(sampleCounts ? { sampleCounts } : {}) },
    });
  }
  const before = need.training && found(need.training)?.grid;
  return {
    status: "read",
    series: asFiveMinutes(series, need.opened.alarm.period) ?? series,
    preceding: before && { period: before.step, ...presentPoints(before) },
    messages: [...new Set(read.flatMap((each) => each?.messages ?? []))],
  };
}

function presentPoints({ start, step, values }: { start: number; step: number; values: Float64Array }) {
  const times: number[] = [];
  const kept: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (Number.isNaN(value)) continue;
    times.push(start + i * step);
    kept.push(value);
  }
  return { times, values: kept };
}
