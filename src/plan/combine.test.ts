import { describe, expect, it } from "vitest";
import { combinePlans } from "./combine.ts";
import { estimateSeconds } from "./estimate.ts";
import type { Change } from "./plan.ts";
import type { PlannedChanges } from "./planner.ts";

function change(name: string, action: Change["action"], more: Partial<Change> = {}): Change {
  const scope = { account: "1", region: "eu-central-1", type: "cloudwatch.alarm" };
  const reason = { code: "x", text: "x" };
  return { address: name, scope, identity: name, name, action, reason, fields: [], ...more };
}

function part(changes: readonly Change[], more: Partial<PlannedChanges> = {}): PlannedChanges {
  const scopes = [{ account: "1", region: "eu-central-1", type: "cloudwatch.alarm", complete: true }];
  return {
    scopes,
    changes,
    unchanged: 1,
    notes: [],
    cost: { before: 0.1, after: 0.3 },
    callsToMake: {},
    ...more,
  };
}

describe("combinePlans", () => {
  it("puts what was silenced first, then follows the order of the sketch, topics before alarms", () => {
    const topic = change("team", "create", {
      scope: { account: "1", region: "eu-central-1", type: "sns.topic" },
    });
    const silenced = change("s", "update", { reason: { code: "silenced-by-hand", text: "" } });
    const changes = [
      change("d", "delete"),
      change("b", "create", { label: "web-2" }),
      change("c", "create", { label: "web-1" }),
      silenced,
    ];
    const plan = combinePlans(
      [
        {
          parts: [
            part(changes, { callsToMake: { "b:Put": 2 } }),
            part([topic], { callsToMake: { "a:Put": 1 } }),
          ],
          seconds: 2,
        },
        { parts: [part([], { callsToMake: { "b:Put": 1 } })], seconds: 3 },
      ],
      { configuration: { name: "n", hash: "h" }, createdAt: new Date(0), callsMade: { "x:Get": 1 } },
    );
    expect(plan.changes.map(({ name }) => name)).toEqual(["s", "team", "c", "b", "d"]);
    expect(plan.summary).toEqual({
      create: 3,
      update: 1,
      delete: 1,
      mark: 0,
      kept: 0,
      conflict: 0,
      unchanged: 3,
    });
    expect(plan.calls).toEqual({ made: { "x:Get": 1 }, toMake: { "a:Put": 1, "b:Put": 3 } });
    expect(plan.estimatedSeconds).toBe(3);
    expect(plan.cost).toEqual({ before: 0.3, after: 0.9, currency: "USD" });
    expect(plan.complete).toBe(true);
  });
});

describe("estimateSeconds", () => {
  it("adds up writes; readings run beside them", () => {
    const calls = {
      "cloudwatch:PutMetricAlarm": 30,
      "cloudwatch:DeleteAlarms": 3,
      "cloudwatch:DescribeAlarms": 9,
    };
    expect(estimateSeconds(calls, () => 3)).toBe(11);
    expect(estimateSeconds({ "cloudwatch:DescribeAlarms": 9 }, () => 3)).toBe(3);
  });
});
