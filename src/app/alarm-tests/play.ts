import type { AlarmTest } from "../../config/alarm-tests/alarm-test-file.ts";
import { seasonalBand } from "../../engine/anomaly-band.ts";
import { startTimeline } from "../../engine/timeline.ts";
import type { AlarmState } from "../../model/alert.ts";
import { type AlarmFeed, feedAlarms, lengthOf } from "./feed.ts";
import { playComposites } from "./play-composites.ts";
import type { PlayedAlarm, PlayedTest, PlayedTransition } from "./played.ts";
import { stateActions } from "./state-actions.ts";
import { type ReadyAlarm, type ReadyMetricAlarm, TestNotRunnable } from "./tested-alarm.ts";

/** Plays a test's points through its alarms: metric alarms on the engine's timeline, composites over their changes. */
export function playTest(test: AlarmTest, alarms: readonly ReadyAlarm[]): PlayedTest {
  const seconds = Math.max(lengthOf(test.series), lastLookedAt(test), 60);
  const feeds = feedAlarms(test, alarms, seconds);
  const metric = alarms.flatMap((alarm) =>
    alarm.kind === "metric" ? [playMetric(test, alarm, feeds.get(alarm.key) as AlarmFeed)] : [],
  );
  const composites = playComposites(test, alarms, metric, seconds);
  const byKey = new Map([...metric, ...composites].map((played) => [played.alarm.key, played]));
  return { alarms: alarms.flatMap(({ key }) => byKey.get(key) ?? []), seconds };
}

/** The state of an alarm `time` seconds after the first point, changes of that very moment included. */
export function stateAt({ before, transitions }: PlayedAlarm, time: number): AlarmState {
  return lastChange(transitions, time)?.to ?? before;
}

/** The change that led to the state of a time; undefined when there was none yet. */
export function lastChange(
  transitions: readonly PlayedTransition[],
  time: number,
): PlayedTransition | undefined {
  return transitions.findLast((transition) => transition.time <= time);
}

function lastLookedAt({ expect, states }: AlarmTest): number {
  const times = [
    ...expect.states,
    ...expect.reasons,
    ...(expect.transitions?.value ?? []),
    ...(expect.actions?.value ?? []),
    ...states.flatMap(({ changes }) => changes),
  ];
  return Math.max(0, ...times.map(({ time }) => time));
}

function playMetric(test: AlarmTest, alarm: ReadyMetricAlarm, feed: AlarmFeed): PlayedAlarm {
  const { start, delay, before = "INSUFFICIENT_DATA" } = test;
  const fail = (message: string): never => {
    throw new TestNotRunnable([{ message: `alarm "${alarm.key}": ${message}`, position: alarm.position }]);
  };
  const band = Object.hasOwn(test.bands, alarm.key) ? test.bands[alarm.key] : undefined;
  const bands = band && Object.fromEntries(alarm.metrics.map(({ id }) => [id, { bandAt: () => band }]));
  try {
    const timeline = startTimeline({
      alarm: alarm.alarm,
      start,
      step: feed.step,
      state: before,
      createdAt: start,
      ...(bands ? { bands } : {}),
      options: { delay, anomalyModel: seasonalBand },
    });
    if (timeline.status !== "running") return fail(timeline.reason);
    const changes = timeline.push(feed.chunks);
    const transitions = changes.map((change) => ({
      time: change.time - start,
      from: change.from,
      to: change.to,
      get reason() {
        return change.reason;
      },
    }));
    return {
      alarm,
      before,
      transitions,
      actions: transitions.flatMap(({ time, to }) => stateActions(alarm.spec, time, to)),
      feed,
      fidelity: timeline.fidelity,
    };
  } catch (error) {
    // Points that the engine can't bring together with the alarm's evaluations.
    if (error instanceof RangeError) return fail(error.message);
    throw error;
  }
}
