import type { PutCompositeAlarmInput } from "@aws-sdk/client-cloudwatch";
import { beforeEach, describe, expect, it } from "vitest";
import { Cloud } from "../../cloud.ts";
import { AlarmStore } from "./alarm-store.ts";
import { deleteAlarms } from "./change-alarms.ts";
import { describeAlarms } from "./describe-alarms.ts";
import { putCompositeAlarm } from "./put-composite-alarm.ts";
import { putMetricAlarm, seedAlarm } from "./put-metric-alarm.ts";

const NOW = new Date("2026-11-20T10:00:00Z");
const LATER = new Date("2026-11-20T11:00:00Z");

let store: AlarmStore;

beforeEach(() => {
  store = new AlarmStore("111122223333", "eu-west-1", new Cloud());
  for (const AlarmName of ["cpu", "disk", "night"]) seedAlarm(store, { AlarmName }, NOW);
});

const put = (AlarmRule: string | undefined, more: Partial<PutCompositeAlarmInput> = {}, now = NOW): void =>
  putCompositeAlarm(store, { AlarmName: "c", AlarmRule, ...more }, now);

const suppressed = {
  ActionsSuppressor: "night",
  ActionsSuppressorWaitPeriod: 60,
  ActionsSuppressorExtensionPeriod: 60,
};

describe("a composite alarm", () => {
  it("is described as it was put", () => {
    put("ALARM(cpu) AND NOT OK(disk)", suppressed);
    const { CompositeAlarms } = describeAlarms(store, { AlarmTypes: ["CompositeAlarm"] }, NOW);
    expect(CompositeAlarms).toEqual([
      {
        AlarmName: "c",
        AlarmArn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:c",
        AlarmRule: "ALARM(cpu) AND NOT OK(disk)",
        ...suppressed,
        ActionsEnabled: true,
        OKActions: [],
        AlarmActions: [],
        InsufficientDataActions: [],
        StateValue: "INSUFFICIENT_DATA",
        StateReason: "Unchecked: Initial alarm creation",
        StateUpdatedTimestamp: NOW,
        StateTransitionedTimestamp: NOW,
        AlarmConfigurationUpdatedTimestamp: NOW,
      },
    ]);
  });

  it("knows its children and they their parents; a suppressor is neither", () => {
    put(`ALARM("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu") OR ALARM(disk)`, suppressed);
    const children = describeAlarms(store, { ChildrenOfAlarmName: "c" }, NOW).MetricAlarms;
    expect(children).toEqual(
      ["cpu", "disk"].map((name) => ({
        AlarmName: name,
        AlarmArn: store.arnOf(name),
        StateValue: "INSUFFICIENT_DATA",
        StateUpdatedTimestamp: NOW,
      })),
    );
    const parents = (name: string) =>
      describeAlarms(store, { ParentsOfAlarmName: name }, NOW).CompositeAlarms;
    expect(parents("cpu")).toEqual([{ AlarmName: "c", AlarmArn: store.arnOf("c") }]);
    expect(parents("night")).toEqual([]);
    expect(() => deleteAlarms(store, { AlarmNames: ["night"] }, NOW)).toThrow(/depending on it/);
  });

  it("lets go of the alarms that an update no longer names", () => {
    put("ALARM(cpu)", suppressed);
    put("ALARM(disk)", {}, LATER);
    deleteAlarms(store, { AlarmNames: ["cpu", "night"] }, LATER);
    expect(() => deleteAlarms(store, { AlarmNames: ["disk"] }, LATER)).toThrow(/depending on it/);
    const [alarm] = describeAlarms(store, { AlarmTypes: ["CompositeAlarm"] }, LATER).CompositeAlarms ?? [];
    expect(alarm).toMatchObject({ AlarmConfigurationUpdatedTimestamp: LATER, StateUpdatedTimestamp: NOW });
    expect(alarm).not.toHaveProperty("ActionsSuppressor");
  });

  it("may become part of a cycle, which then holds both until it is broken", () => {
    put("ALARM(cpu)");
    put("ALARM(c)", { AlarmName: "d" });
    put("ALARM(d)");
    for (const name of ["c", "d"])
      expect(() => deleteAlarms(store, { AlarmNames: [name] }, NOW)).toThrow(/depending on it/);
    put("FALSE");
    deleteAlarms(store, { AlarmNames: ["d"] }, NOW);
    deleteAlarms(store, { AlarmNames: ["c"] }, NOW);
    expect(store.size).toBe(3);
  });
});

describe("PutCompositeAlarm refuses", () => {
  // Recorded from CloudWatch, up to the names.
  it.each([
    ["ALARM(Sample Oldest)", "Error in AlarmRule [Unsupported token 'Oldest' at char 13]"],
    ["()", "Error in AlarmRule [Unsupported token ')' at char 1]"],
    [" ALARM(cpu)", "AlarmRule must not contain leading or trailing whitespace or be null"],
    [undefined, "AlarmRule must not contain leading or trailing whitespace or be null"],
    [
      "ALARM(cpu) OR ALARM(gone)",
      "Could not save the composite alarm as alarms [gone] in the alarm rule do not exist",
    ],
  ])("%s", (rule, message) => {
    expect(() => put(rule)).toThrow(message);
  });

  it("rules that are too long, too wide or of another place", () => {
    expect(() => put(`ALARM(cpu) AND ${"TRUE AND ".repeat(2000)}TRUE`)).toThrow(
      /less than or equal to 10240/,
    );
    const names = Array.from({ length: 101 }, (_, i) => `a${i}`);
    for (const AlarmName of names) seedAlarm(store, { AlarmName }, NOW);
    expect(() => put(names.map((name) => `ALARM(${name})`).join(" OR "))).toThrow(/101 children/);
    expect(() => put("ALARM(arn:aws:cloudwatch:us-east-1:111122223333:alarm:cpu)")).toThrow(
      /account and Region/,
    );
  });

  it("a suppressor without its periods, periods without a suppressor, and one that doesn't exist", () => {
    expect(() => put("TRUE", { ActionsSuppressor: "night" })).toThrow(/must be set/);
    expect(() => put("TRUE", { ActionsSuppressorWaitPeriod: 60 })).toThrow(/should only be set/);
    expect(() => put("TRUE", { ...suppressed, ActionsSuppressor: "gone" })).toThrow(/gone does not exist/);
  });

  it("EC2 and Auto Scaling actions", () => {
    expect(() => put("TRUE", { AlarmActions: ["arn:aws:automate:eu-west-1:ec2:stop"] })).toThrow(
      /EC2 actions/,
    );
    const policy =
      "arn:aws:autoscaling:eu-west-1:111122223333:scalingPolicy:p:autoScalingGroupName/g:policyName/n";
    expect(() => put("TRUE", { AlarmActions: [policy] })).toThrow(/Auto Scaling/);
  });

  it("a name that a metric alarm has, and the other way round", () => {
    expect(() => put("TRUE", { AlarmName: "cpu" })).toThrow(/metric alarm named cpu/);
    put("TRUE");
    const metric = {
      AlarmName: "c",
      Namespace: "N",
      MetricName: "M",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
    } as const;
    expect(() => putMetricAlarm(store, metric, NOW)).toThrow(/composite alarm named c/);
  });

  it("a child that is in 150 composite alarms already", () => {
    for (let i = 0; i < 150; i += 1) put("ALARM(cpu)", { AlarmName: `c${i}` });
    expect(() => put("ALARM(cpu)", { AlarmName: "one more" })).toThrow(/limit is 150/);
    put("OK(cpu)", { AlarmName: "c7" });
  });
});
