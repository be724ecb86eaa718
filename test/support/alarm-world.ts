// A world of alarms for tests: one account and region whose clock stands still until it is moved.
import type { PutCompositeAlarmInput, PutMetricAlarmInput, StateValue } from "@aws-sdk/client-cloudwatch";
import { VirtualClock } from "../../src/local/clock.ts";
import { Cloud } from "../../src/local/cloud.ts";
import { metricStoreKey } from "../../src/local/metrics/metric-store-key.ts";
import type {
  StoredCompositeAlarm,
  StoredMetricAlarm,
} from "../../src/local/services/cloudwatch/alarm-record.ts";
import { setAlarmState } from "../../src/local/services/cloudwatch/change-alarms.ts";
import { alarmsOf } from "../../src/local/services/cloudwatch/evaluation/evaluated-alarms.ts";
import { putCompositeAlarm } from "../../src/local/services/cloudwatch/put-composite-alarm.ts";
import { putMetricAlarm } from "../../src/local/services/cloudwatch/put-metric-alarm.ts";
import { alarmActions } from "../../src/local/services/cloudwatch/run-actions.ts";

export const ACCOUNT = "111122223333";
export const REGION = "eu-central-1";
export const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:t`;
export const START = Date.parse("2026-11-20T10:00:00Z");
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

const everyAction = { OKActions: [TOPIC], AlarmActions: [TOPIC], InsufficientDataActions: [TOPIC] };

/** Makes a world; actions to topics are noted in `ran` instead of being carried out. */
export function alarmWorld() {
  const cloud = new Cloud({ clock: new VirtualClock({ start: new Date(START), host: () => 0 }) });
  const store = alarmsOf(cloud, ACCOUNT, REGION);
  const metrics = cloud.state(metricStoreKey, ACCOUNT, REGION);
  const ran: [seconds: number, alarm: string, state: StateValue][] = [];
  alarmActions(cloud).runners.set("sns", (_, { record, to, now }) => {
    ran.push([(now.getTime() - START) / 1000, record.name, to.value]);
    return { succeeded: true };
  });
  return {
    cloud,
    store,
    metrics,
    /** Actions that ran: seconds after the start, alarm, new state. */
    ran,
    /** A metric that has this value at every minute, undefined being a gap. */
    publish(metricName: string, valueAt: (minute: number) => number | undefined, interval = 60): void {
      metrics.attach(metricId(metricName), {
        interval,
        start: START / 1000 - 30 * 86_400,
        end: () => undefined,
        *samples(from, to) {
          for (let time = Math.ceil(from / interval) * interval; time < to; time += interval) {
            const value = valueAt((time - START / 1000) / 60);
            if (value !== undefined) yield { time, value };
          }
        },
      });
    },
    /** An alarm on the metric `m` above 5. */
    put(AlarmName: string, more: Partial<PutMetricAlarmInput> = {}): void {
      const alarm: PutMetricAlarmInput = {
        AlarmName,
        Namespace: "App",
        MetricName: "m",
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 5,
        ComparisonOperator: "GreaterThanThreshold",
        ...everyAction,
      };
      putMetricAlarm(store, { ...alarm, ...more }, cloud.clock.now());
    },
    /** An alarm with queries, above 5. */
    putQueries(AlarmName: string, more: Partial<PutMetricAlarmInput>): void {
      const alarm = { AlarmName, EvaluationPeriods: 1, ComparisonOperator: "GreaterThanThreshold" } as const;
      putMetricAlarm(store, { ...alarm, ...more }, cloud.clock.now());
    },
    compose(AlarmName: string, AlarmRule: string, more: Partial<PutCompositeAlarmInput> = {}): void {
      putCompositeAlarm(store, { AlarmName, AlarmRule, ...everyAction, ...more }, cloud.clock.now());
    },
    set(AlarmName: string, StateValue: StateValue): void {
      setAlarmState(store, { AlarmName, StateValue, StateReason: "by hand" }, cloud.clock.now());
    },
    advance: (ms: number): Promise<void> => cloud.clock.advance(ms),
    alarm: (name: string) => store.get(name)?.alarm as StoredMetricAlarm & StoredCompositeAlarm,
    /** Changes of state of an alarm: minutes after the start, and the new state. */
    changes(name: string): [number, string][] {
      return [...store.history.newestFirst(cloud.clock.time(), name)]
        .filter(({ type }) => type === "StateUpdate")
        .map(({ time, text }): [number, string] => [
          Math.floor((time - START) / MINUTE),
          text().summary.split(" to ")[1] ?? "",
        ])
        .reverse();
    },
  };
}

export type AlarmWorld = ReturnType<typeof alarmWorld>;

/** The identity of a metric of a world. */
export function metricId(metricName: string) {
  return { namespace: "App", metricName, dimensions: {} };
}
