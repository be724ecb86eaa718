// docs/json.md is true: every member that it promises is there, and every member that is there stands in it.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differences, documented } from "./support/json-page.ts";
import { openStage, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

const TESTS = resolve(import.meta.dirname, "../../examples/tests");

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(SCENARIO, configuration());
  stage.write("points.csv", "timestamp,value\n2026-01-01T00:00:00Z,90\n2026-01-01T00:05:00Z,95\n");
  stage.write(
    "alarm.yaml",
    "statistic: Average\nperiod: 5m\nevaluationPeriods: 1\ncomparisonOperator: GreaterThanThreshold\nthreshold: 80\n",
  );
  stage.write("incidents.yaml", "- { start: 2026-01-01T00:00:00Z, end: 2026-01-01T00:20:00Z }\n");
});
afterAll(() => stage.close());

async function expectAsDocumented(heading: string, args: readonly string[], code = 0): Promise<unknown> {
  const answer = await stage.json(args, code);
  expect(differences(answer, documented(heading), heading)).toEqual([]);
  expect(answer["version"]).toBe(1);
  return answer;
}

describe("docs/json.md tells exactly what is printed by", () => {
  it("plan, with creations", () => expectAsDocumented("plan", ["plan"]));
  it("apply", () => expectAsDocumented("apply", ["apply", "--yes"]));
  it("plan, with what people changed", async () => {
    const { cloudwatch } = stage.person("eu-central-1");
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "somebody's",
        Namespace: "AWS/EC2",
        MetricName: "CPUUtilization",
        Statistic: "Average",
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: 500,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
    stage.write("other.yaml", configuration({ cpuThreshold: 85, second: "health" }));
    const plan = (await expectAsDocumented("plan", ["plan", "-c", "other.yaml"])) as {
      readonly changes: readonly { readonly action: string }[];
    };
    expect(new Set(plan.changes.map(({ action }) => action))).toEqual(
      new Set(["create", "update", "delete"]),
    );
  });
  it("explain RESOURCE", () => expectAsDocumented("explain RESOURCE", ["explain", "*"]));
  it("explain --skipped", () => expectAsDocumented("explain --skipped", ["explain", "--skipped"]));
  it("inventory", () => expectAsDocumented("inventory", ["inventory"]));
  it("lint", async () => {
    const report = await expectAsDocumented("lint", ["lint", "--existing"], 1);
    expect((report as { readonly findings: readonly unknown[] }).findings).not.toEqual([]);
  });
  it("backtest", () => expectAsDocumented("backtest", ["backtest"]));
  it("backtest, of files with incidents", async () => {
    const args = ["--alarm", "alarm.yaml", "--data", "points.csv", "--incidents", "incidents.yaml"];
    const report = await expectAsDocumented("backtest", ["backtest", ...args]);
    expect(JSON.stringify(report)).toContain('"precision"');
  });
  it("test", () => expectAsDocumented("test", ["test", join(TESTS, "inline.yaml")]));
  it("test, of a failure", async () => {
    const text = readFileSync(join(TESTS, "inline.yaml"), "utf8");
    stage.write("wrong.yaml", text.replace(/OK/g, "INSUFFICIENT_DATA"));
    await expectAsDocumented("test", ["test", "wrong.yaml"], 1);
  });
  it("validate", () => expectAsDocumented("validate", ["validate"]));
  it("packs list", () => expectAsDocumented("packs list", ["packs", "list"]));
  it("packs show", () => expectAsDocumented("packs show", ["packs", "show", "essentials"]));
  it("init", () => expectAsDocumented("init", ["init", "-c", "new.yaml"]));
  it("notify and silence", async () => {
    const notifications =
      'notifications: { channels: { hook: "webhook://127.0.0.1:9/" }, route: { receiver: hook, group_wait: 1m } }\n';
    stage.write("notify.yaml", `${configuration()}\n${notifications}`);
    const event = resolve(import.meta.dirname, "../fixtures/alarm-events/sns-metric-alarm.json");
    const config = ["-c", "notify.yaml"];
    stage.write("state.db", "");
    const inState = [...config, "--state", "state.db"];
    await expectAsDocumented("notify explain", ["notify", "explain", event, ...config]);
    await expectAsDocumented("notify send", ["notify", "send", event, "--wait", "0", ...inState], 1);
    await expectAsDocumented("notify send", ["notify", "send", event, ...inState]);
    await expectAsDocumented("Errors", ["notify", "test", "hook", ...config], 1);
    await expectAsDocumented("notify replay", ["notify", "replay", ...config]);
    await expectAsDocumented("notify reconcile", ["notify", "reconcile", "--wait", "0", ...inState], 1);
    const matcher = 'severity=~".*"';
    const add = ["silence", "add", matcher, "--for", "1h", ...inState];
    const added = await expectAsDocumented("silence add, silence expire", add);
    const { id } = (added as { readonly silence: { readonly id: string } }).silence;
    await expectAsDocumented("notify explain", ["notify", "explain", event, ...inState]);
    await expectAsDocumented("silence list", ["silence", "list", ...inState]);
    await expectAsDocumented("silence add, silence expire", ["silence", "expire", id, ...inState]);
  });
  it("the agent's commands", async () => {
    stage.write(
      "agent.yaml",
      `${configuration()}agent: { targets: [{ select: { tags: { Managed: "Yes" } } }] }\n`,
    );
    const config = ["-c", "agent.yaml"];
    const plan = (await expectAsDocumented("plan", ["agent", "plan", ...config])) as {
      readonly changes: readonly { readonly scope: { readonly type: string }; readonly action: string }[];
    };
    expect(new Set(plan.changes.map(({ scope, action }) => `${action} ${scope.type}`))).toEqual(
      new Set(["create agent.role", "create agent.parameter", "keep agent.install"]),
    );
    await expectAsDocumented("apply", ["agent", "apply", "--yes", ...config]);
    await expectAsDocumented("agent status", ["agent", "status", ...config]);
    await expectAsDocumented("agent status", ["agent", "status", "--probe", ...config]);
    await expectAsDocumented("apply", ["agent", "undo", "--yes", ...config]);
  });
  it("errors", async () => {
    await expectAsDocumented("Errors", ["explain", "nobody"], 1);
    stage.write("broken.yaml", "version: 1\nnmae: x\n");
    await expectAsDocumented("Errors", ["validate", "-c", "broken.yaml"], 1);
  });
  it("plan and inventory, of what can't be read", async () => {
    await stage.faults({ rules: [{ effect: "accessDenied", operation: "DescribeInstances" }] });
    await expectAsDocumented("plan", ["plan"], 1);
    await expectAsDocumented("inventory", ["inventory"], 1);
    await expectAsDocumented("lint", ["lint"], 1);
    await stage.faults({});
  });
  it("destroy", () => expectAsDocumented("apply", ["destroy", "--yes"]));
});
