import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  type AlarmWorld,
  alarmWorld,
  HOUR,
  MINUTE,
  metricId,
  REGION,
  START,
} from "../../../../../test/support/alarm-world.ts";
import { anomalyDetectorsKey } from "../anomaly-detectors.ts";
import { deleteAlarms } from "../change-alarms.ts";
import { phaseOf } from "./rounds.ts";

let world: AlarmWorld;

beforeEach(() => {
  world = alarmWorld();
});

const stateOf = (name: string) => world.alarm(name)?.StateValue;

const detectors = () => world.cloud.state(anomalyDetectorsKey, ACCOUNT, REGION);

describe("a metric alarm on the clock", () => {
  it("is evaluated within a minute of its creation, and then always in the same second", async () => {
    world.publish("m", (minute) => (minute >= 10 && minute < 12 ? 9 : 1));
    world.put("a");
    expect(world.alarm("a").StateReason).toBe("Unchecked: Initial alarm creation");
    await world.advance(HOUR);
    expect(world.changes("a")).toEqual([
      [0, "OK"],
      [11, "ALARM"],
      [13, "OK"],
    ]);
    const phase = phaseOf(world.store.arnOf("a"), MINUTE) / 1000;
    expect(world.ran.map(([seconds]) => Number((seconds % 60).toFixed(3)))).toEqual([phase, phase, phase]);
    expect(world.alarm("a")).toMatchObject({
      StateReason:
        "Threshold Crossed: 1 datapoint [1.0 (20/11/26 10:12:00)] was not greater than the threshold (5.0).",
      StateUpdatedTimestamp: new Date(START + 13 * MINUTE + phase * 1000),
    });
    expect(JSON.parse(world.alarm("a").StateReasonData ?? "")).toMatchObject({
      startDate: "2026-11-20T10:12:00.000+0000",
      recentDatapoints: [1],
      evaluatedDatapoints: [{ timestamp: "2026-11-20T10:12:00.000+0000", sampleCount: 1, value: 1 }],
    });
  });

  it("lives through a month in one jump, every change at its time", async () => {
    world.publish(
      "m",
      (minute) => (Math.floor(minute / 1440) % 7 === 0 && minute % 1440 === 720 ? 9 : 1),
      60,
    );
    world.put("a");
    await world.advance(28 * 24 * HOUR);
    expect(world.changes("a")).toEqual([
      [0, "OK"],
      ...[0, 7, 14, 21].flatMap((day): [number, string][] => [
        [day * 1440 + 721, "ALARM"],
        [day * 1440 + 722, "OK"],
      ]),
    ]);
  });

  it("comes back to its real state after SetAlarmState, also in the middle of a long quiet time", async () => {
    world.publish("m", () => 1);
    world.put("a");
    await world.advance(20 * MINUTE);
    world.ran.length = 0;
    world.set("a", "ALARM");
    expect(stateOf("a")).toBe("ALARM");
    await world.advance(MINUTE);
    expect(stateOf("a")).toBe("OK");
    expect(world.ran.map(([, , to]) => to)).toEqual(["ALARM", "OK"]);
  });

  it("judges what is stored at that moment; what comes later changes nothing past", async () => {
    world.put("a", { TreatMissingData: "ignore" });
    await world.advance(10 * MINUTE);
    const point = (minute: number, value: number) => ({
      time: START / 1000 + minute * 60,
      count: 1,
      sum: value,
      min: value,
      max: value,
    });
    world.metrics.put(metricId("m"), "None", [point(9, 1)]);
    await world.advance(MINUTE);
    expect(world.changes("a")).toEqual([[10, "OK"]]);
    world.metrics.put(metricId("m"), "None", [point(8, 99), point(10, 9)]);
    await world.advance(MINUTE);
    expect(world.changes("a")).toEqual([
      [10, "OK"],
      [11, "ALARM"],
    ]);
  });

  it("looks back over several days once an hour, on data up to the full hour", async () => {
    world.publish("m", (minute) => (minute === 130 ? 9 : undefined), 60);
    world.put("a", {
      Period: 3600,
      EvaluationPeriods: 48,
      DatapointsToAlarm: 1,
      TreatMissingData: "notBreaching",
    });
    await world.advance(4 * HOUR);
    const [, [minute] = []] = world.changes("a");
    const phase = Math.floor(phaseOf(world.store.arnOf("a"), HOUR) / MINUTE);
    expect(minute).toBe(180 + phase);
  });

  it("of high resolution is evaluated every ten seconds", async () => {
    world.publish("m", (minute) => (minute >= 2 ? 9 : 1), 10);
    world.put("a", { Period: 10 });
    await world.advance(5 * MINUTE);
    const [[first], [second]] = world.ran as [[number, string, string], [number, string, string]];
    expect(first).toBeLessThan(10);
    expect(second).toBeGreaterThan(130);
    expect(second).toBeLessThan(140);
  });

  it("with windows by the clock waits for the end of the clock's period", async () => {
    world.publish("m", (minute) => (minute >= 20 ? 9 : 1));
    world.put("a", {
      Period: 3600,
      Statistic: "Maximum",
      EvaluationWindow: { WallClockWindow: { Timezone: "+05:30" } },
    });
    await world.advance(3 * HOUR);
    // Full hours of that zone are half hours here.
    expect(world.changes("a")).toEqual([
      [0, "OK"],
      [30, "ALARM"],
    ]);
  });

  it("warms up once: neither state nor actions before its data span the evaluation periods", async () => {
    world.publish("m", (minute) => (minute >= 4 ? 9 : undefined));
    world.put("a", {
      Period: 300,
      EvaluationPeriods: 3,
      WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 60 },
    });
    world.put("b", {
      WarmUpConfiguration: {
        WarmUpPeriodDurationInMinutes: 60,
        OnlyStartEvaluatingAfterWarmUpPeriodEnds: true,
      },
    });
    await world.advance(2 * HOUR);
    expect(world.changes("a")).toEqual([[19, "ALARM"]]);
    expect(world.changes("b")).toEqual([[60, "ALARM"]]);
  });

  it("goes by its configuration of the moment, and not at all when it is gone", async () => {
    world.publish("m", () => 7);
    world.put("a");
    world.put("gone");
    await world.advance(5 * MINUTE);
    world.put("a", { Threshold: 8 });
    deleteAlarms(world.store, { AlarmNames: ["gone"] }, world.cloud.clock.now());
    await world.advance(5 * MINUTE);
    expect(world.changes("a")).toEqual([
      [0, "ALARM"],
      [5, "OK"],
    ]);
    expect(world.ran.filter(([, name]) => name === "gone")).toHaveLength(1);
  });

  it("that can't be evaluated says so, and keeps its state", async () => {
    world.putQueries("insights", {
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: "GreaterThanThreshold",
      Metrics: [
        {
          Id: "q1",
          Expression: 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)',
          Period: 60,
        },
      ],
    });
    await world.advance(10 * MINUTE);
    expect(world.alarm("insights")).toMatchObject({
      StateValue: "INSUFFICIENT_DATA",
      EvaluationState: "EVALUATION_FAILURE",
      StateReason:
        'Not evaluated by the local cloud: insights: the Metrics Insights query of "q1" can\'t be evaluated offline',
    });
    expect(world.changes("insights")).toEqual([]);
  });

  it("against a band makes the metric's detector, and alarms when the day is unlike the others", async () => {
    world.publish(
      "m",
      (minute) =>
        50 + 20 * Math.sin((2 * Math.PI * minute) / 1440) + (minute >= 300 && minute < 360 ? 60 : 0),
      300,
    );
    world.putQueries("band", {
      EvaluationPeriods: 2,
      ComparisonOperator: "GreaterThanUpperThreshold",
      ThresholdMetricId: "ad",
      Metrics: [
        {
          Id: "m1",
          MetricStat: { Metric: { Namespace: "App", MetricName: "m" }, Period: 300, Stat: "Average" },
        },
        { Id: "ad", Expression: "ANOMALY_DETECTION_BAND(m1, 3)" },
      ],
    });
    await world.advance(MINUTE);
    expect(detectors().describe({}).AnomalyDetectors).toMatchObject([
      { MetricName: "m", Stat: "Average", StateValue: "TRAINED" },
    ]);
    await world.advance(23 * HOUR);
    expect(world.changes("band").map(([, to]) => to)).toEqual(["OK", "ALARM", "OK"]);
    const [, [rise = 0] = [], [fall = 0] = []] = world.changes("band");
    expect(rise).toBeGreaterThan(305);
    expect(rise).toBeLessThanOrEqual(311);
    expect(fall).toBeGreaterThan(359);
    expect(fall).toBeLessThanOrEqual(371);
  });

  it("against a band without history stays as it is, its model waiting for data", async () => {
    world.putQueries("band", {
      EvaluationPeriods: 2,
      ComparisonOperator: "GreaterThanUpperThreshold",
      ThresholdMetricId: "ad",
      Metrics: [
        {
          Id: "m1",
          MetricStat: { Metric: { Namespace: "App", MetricName: "none" }, Period: 300, Stat: "Average" },
        },
        { Id: "ad", Expression: "ANOMALY_DETECTION_BAND(m1)" },
      ],
    });
    await world.advance(HOUR);
    expect(stateOf("band")).toBe("INSUFFICIENT_DATA");
    expect(detectors().describe({}).AnomalyDetectors).toMatchObject([{ StateValue: "PENDING_TRAINING" }]);
  });
});
