import { describe, expect, it } from "vitest";
import type { AlarmDefinition } from "../../model/alarm-policy.ts";
import type { Configuration } from "../../model/configuration.ts";
import { bareDefinition, configuration, definition, policy } from "../test-fixtures.ts";
import { checkOffline } from "./offline-check.ts";

const found = (alarms: readonly AlarmDefinition[], more: Partial<Configuration> = {}) =>
  checkOffline(configuration([policy({ alarms })], more))
    .filter(({ severity }) => severity === "error")
    .map(({ code }) => code);

describe("without any resource", () => {
  it("nothing is wrong with alarms that CloudWatch takes", () => {
    const series = { each: ["path"], exclude: {} };
    const maths = bareDefinition({
      key: "math",
      metrics: [
        {
          id: "a",
          namespace: "AWS/EC2",
          metricName: "NetworkOut",
          dimensions: { InstanceId: "$resource.id" },
          statistic: "Sum",
          period: 60,
        },
        { id: "b", expression: "a / 60" },
      ],
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
    });
    const both = bareDefinition({ key: "both", alarmRule: "ALARM($cpu-high) AND NOT ALARM($disk)" });
    const disk = definition({ key: "disk", namespace: "CWAgent", metricName: "disk_used_percent", series });
    const named = definition({
      key: "named",
      name: "CPU of $resource.tags.Role $resource.id",
      dimensions: { InstanceId: ["a", "b"] },
    });
    expect(found([definition(), disk, maths, both, named])).toEqual([]);
  });

  it.each<[string, Partial<AlarmDefinition>]>([
    ["period", { period: 45 }],
    ["window-too-long", { evaluationPeriods: 500 }],
    ["statistic", { statistic: "Mean" }],
    ["sub-minute-period", { period: 10 }],
    ["name-not-unique", { name: "cpu" }],
    ["unknown-expression", { name: "cpu $resource.id $resource.nmae" }],
    ["bad-action", { actions: { alarm: ["arn:aws:sns:eu-west-1:111122223333:far"] } }],
    ["ec2-action", { actions: { alarm: ["ec2:recover"] } }],
  ])("finds %s", (code, wrong) => {
    expect(found([definition(wrong)])).toEqual([code]);
    expect(found([definition({ ...wrong, enabled: false })])).toEqual([]);
  });

  it("finds what only an override breaks, and says it once", () => {
    const overrides = [
      { select: { tags: { Role: { anyOf: ["batch"] } } }, alarms: { "cpu-high": { period: 45 } } },
      { select: { states: ["stopped"] }, alarms: { "cpu-high": { enabled: false } } },
    ];
    expect(checkOffline(configuration([policy({ overrides })])).map(({ code }) => code)).toEqual(["period"]);
  });

  it("judges topics in every region, those of accounts included", () => {
    const topics = { team: { key: "team", arn: "arn:aws:sns:eu-central-1:111122223333:team" } };
    expect(found([definition()], { topics })).toEqual([]);
    expect(found([definition()], { topics, accounts: [{ regions: ["eu-west-1"] }] })).toEqual(["bad-action"]);
  });
});
