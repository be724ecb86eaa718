import { describe, expect, it } from "vitest";
import type { AlarmPolicy } from "../../model/alarm-policy.ts";
import type { Resource } from "../../model/resource.ts";
import { configuration, definition, instance, policy } from "../test-fixtures.ts";
import { explainResource } from "./explain-resource.ts";
import { SeriesIndex } from "./series/series.ts";

function explain(policies: readonly AlarmPolicy[], resource: Resource, series = new SeriesIndex()) {
  const { alarms, notSelected } = explainResource(
    {
      configuration: configuration(policies),
      account: "111122223333",
      region: "eu-central-1",
      partition: "aws",
      resources: [resource, instance("i-9", { tags: { Managed: "Yes" } })],
      series,
    },
    resource,
  );
  return {
    alarms: alarms.map(({ policy, alarm, desired, reason }) =>
      `${policy}/${alarm}: ${desired?.name ?? "-"} ${reason?.text ?? ""}`.trim(),
    ),
    notSelected: notSelected.map(({ policy, reason }) => `${policy}: ${reason.text}`),
  };
}

describe("explainResource", () => {
  const web = instance("i-1", {
    tags: { Managed: "Yes" },
    facts: { burstable: false, instanceType: "m6i.large" },
  });

  it("tells every alarm of the policies that mean it, and why others don't", () => {
    const alarms = [
      definition(),
      definition({ key: "credits", when: { burstable: true } }),
      definition({ key: "burst", resourceTypes: ["ebs.volume"] }),
    ];
    const other = policy({ name: "databases", select: { tags: { Role: { anyOf: ["db"] } } } });
    expect(explain([policy({ alarms }), other], web)).toEqual({
      alarms: ["production/cpu-high: cpu-high-i-1", "production/credits: - not a burstable type (m6i.large)"],
      notSelected: ["databases: has no tag Role"],
    });
  });

  it("says what waits for its metric, where that was looked up", () => {
    const alarms = [definition({ requireSeen: true })];
    const silent = new SeriesIndex();
    silent.addMetric({ namespace: "AWS/EC2", metricName: "CPUUtilization" });
    expect(explain([policy({ alarms })], web).alarms).toEqual(["production/cpu-high: cpu-high-i-1"]);
    expect(explain([policy({ alarms })], web, silent).alarms).toEqual([
      "production/cpu-high: cpu-high-i-1 CPUUtilization not seen in 3 hours",
    ]);
  });

  it("tells members of Auto Scaling groups why they have none", () => {
    const member = instance("i-1", { tags: { Managed: "Yes", "aws:autoscaling:groupName": "web" } });
    expect(explain([policy()], member).alarms[0]).toContain(
      "production/cpu-high: - member of Auto Scaling group web",
    );
  });

  it("tells alarms that it owns because a dimension found it", () => {
    const { select: _select, ...rest } = policy({
      alarms: [
        definition({
          resourceTypes: [],
          dimensions: { host: { select: { tags: { Managed: { exists: true } } }, value: "$resource.name" } },
        }),
      ],
    });
    expect(explain([rest], web)).toEqual({ alarms: ["production/cpu-high: cpu-high-i-1"], notSelected: [] });
  });
});
