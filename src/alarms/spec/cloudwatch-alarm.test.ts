import { describe, expect, it } from "vitest";
import { compositeAlarm, cpuAlarm } from "../../../test/support/desired.ts";
import { canonicalDesired } from "../live/desired-index.ts";
import {
  putCompositeAlarm,
  putMetricAlarm,
  readCompositeAlarm,
  readMetricAlarm,
  stateHash,
} from "./cloudwatch-alarm.ts";

const dimensions = [{ name: "InstanceId", value: "i-1" }];
const stat = {
  namespace: "AWS/EC2",
  metricName: "NetworkOut",
  dimensions,
  period: 300,
  stat: "p95",
  unit: "Bytes",
};

describe("CloudWatch's own shapes", () => {
  it.each([
    cpuAlarm("i-1", { unit: "Percent", datapointsToAlarm: 2, treatMissingData: "breaching" }),
    cpuAlarm("i-1", { dimensions: [], alarmDescription: "" }),
    cpuAlarm("i-1", { statistic: "p99.9", evaluateLowSampleCountPercentile: "ignore" }),
    cpuAlarm("i-1", {
      thresholdMetricId: "band",
      comparisonOperator: "LessThanLowerOrGreaterThanUpperThreshold",
      metrics: [
        { id: "band", expression: "ANOMALY_DETECTION_BAND(m, 3)", label: "usual" },
        { id: "m", metricStat: stat },
      ],
    }),
  ])("give a metric alarm back as it was put (%#)", (desired) => {
    const state = { ...canonicalDesired(desired), mark: "[wk1 c p/a/r abcdefgh]" };
    const read = readMetricAlarm({ ...putMetricAlarm(state), StateValue: "OK" });
    expect(read.state).toEqual(state);
    expect(stateHash(read.state)).toBe(stateHash(state));
  });

  it("give a composite alarm back as it was put", () => {
    const desired = compositeAlarm("both", 'ALARM("a b") OR (OK(c) AND NOT ALARM(d))');
    const suppressed = {
      actionsSuppressor: "x",
      actionsSuppressorWaitPeriod: 60,
      actionsSuppressorExtensionPeriod: 30,
    };
    const spec = { ...desired.spec, ...suppressed } as typeof desired.spec;
    const state = canonicalDesired({ spec });
    expect(readCompositeAlarm(putCompositeAlarm(state)).state).toEqual(state);
    expect(state).toMatchObject(suppressed);
  });

  it("know what can't be written", () => {
    expect(readMetricAlarm({ AlarmName: "a", EvaluationCriteria: {} as never }).foreignKind).toBe(
      "PromQL alarm",
    );
  });

  it("don't take the default window for a setting", () => {
    expect(
      readMetricAlarm({ AlarmName: "a", EvaluationWindow: { SlidingWindow: {} } as never }).state.carried,
    ).toBeUndefined();
  });
});
