import { describe, expect, it } from "vitest";
import { cpuAlarm } from "../../../test/support/desired.ts";
import type { MergePolicy } from "../../model/alarm-policy.ts";
import type { MetricAlarmSpec } from "../../model/alarm-spec.ts";
import { canonicalDesired } from "../live/desired-index.ts";
import type { CanonicalAlarm } from "../spec/canonical-alarm.ts";
import { mergeAlarm } from "./alarm-merge.ts";
import { FieldHasher, hashIn } from "./field-hasher.ts";

const hasher = new FieldHasher();
const alarm = (spec: Partial<MetricAlarmSpec> = {}) => canonicalDesired(cpuAlarm("i-1", spec));

function merge(
  asked: CanonicalAlarm,
  live: CanonicalAlarm,
  desired: CanonicalAlarm,
  policy: MergePolicy = "keep",
) {
  const merged = mergeAlarm(live, desired, hasher.ofAlarm(asked), { policy, hasher });
  const verdicts = Object.fromEntries(merged.fields.map(({ field, verdict }) => [field, verdict]));
  return { ...merged, verdicts };
}

describe("mergeAlarm", () => {
  it("never lets M exceed N: what is tuned stays, what would break it waits", () => {
    const asked = alarm({ evaluationPeriods: 5, datapointsToAlarm: 2 });
    const live = alarm({ evaluationPeriods: 3, datapointsToAlarm: 2 });
    const desired = alarm({ evaluationPeriods: 5, datapointsToAlarm: 4, threshold: 80 });
    const { after, verdicts, hashes } = merge(asked, live, desired);
    expect(after).toMatchObject({ evaluationPeriods: 3, datapointsToAlarm: 2, threshold: 80 });
    expect(verdicts).toEqual({
      evaluationPeriods: "keep",
      datapointsToAlarm: "conflict",
      threshold: "update",
    });
    expect(hashIn(hashes, "metric", "datapointsToAlarm")).toBe(hasher.of(2));
    expect(hashIn(hashes, "metric", "evaluationPeriods")).toBe(hasher.of(5));
    // The conflict stays what it is until somebody decides, and the configuration can.
    expect(mergeAlarm(after, desired, hashes, { policy: "keep", hasher }).hashes).toBe(hashes);
    const config = merge(asked, live, desired, "config").after;
    expect(config).toMatchObject({ evaluationPeriods: 5, datapointsToAlarm: 4 });
  });

  it("never makes a window longer than CloudWatch takes", () => {
    const asked = alarm({ evaluationPeriods: 3, period: 300 });
    const live = alarm({ evaluationPeriods: 280, datapointsToAlarm: 3, period: 300 });
    const desired = alarm({ evaluationPeriods: 3, period: 900 });
    const { after, verdicts } = merge(asked, live, desired);
    expect(after).toMatchObject({ evaluationPeriods: 280, period: 300 });
    expect(verdicts["period"]).toBe("conflict");
  });

  it("takes everything that belongs to a metric when it becomes math", () => {
    const { namespace: _n, metricName: _m, dimensions, ...rest } = cpuAlarm("i-1").spec as MetricAlarmSpec;
    const metricStat = {
      namespace: "AWS/EC2",
      metricName: "NetworkIn",
      dimensions: dimensions ?? [],
      period: 60,
      stat: "Sum",
    };
    const math = canonicalDesired({
      spec: {
        ...rest,
        threshold: 10,
        metrics: [
          { id: "e", expression: "m / 60" },
          { id: "m", returnData: false, metricStat },
        ],
      },
    });
    const { after } = merge(
      alarm(),
      alarm({ threshold: 95, statistic: "Maximum", evaluationPeriods: 7 }),
      math,
    );
    expect(after).toMatchObject({
      threshold: 10,
      statistic: undefined,
      metricName: undefined,
      evaluationPeriods: 7,
    });
  });

  it("lets a tuned statistic decide whether low samples matter", () => {
    const { after, verdicts } = merge(alarm(), { ...alarm(), statistic: "p99" }, alarm());
    expect(after.statistic).toBe("p99");
    expect(verdicts).toEqual({ statistic: "keep" });
  });

  it("resets the fields it is told to", () => {
    const live = alarm({ threshold: 95, period: 60 });
    const options = { policy: "keep", hasher, reset: ["threshold"] } as const;
    const { after } = mergeAlarm(live, alarm(), hasher.ofAlarm(alarm()), options);
    expect(after).toMatchObject({ threshold: 90, period: 60 });
  });
});
