// Alarms of a fleet, ours and other people's, as lint judges them in an account and in a file.
import { renameSync } from "node:fs";
import { join } from "node:path";
import {
  type CloudWatchClient,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmInput,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { LintFinding } from "../../src/alarms/lint/lint-alarms.ts";
import { openStage, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

interface LintJson {
  readonly complete: boolean;
  readonly alarms: number;
  readonly errors: number;
  readonly warnings: number;
  readonly calls: { readonly made: Readonly<Record<string, number>> };
  readonly notes: readonly string[];
  readonly findings: readonly LintFinding[];
}

const ONCALL = "arn:aws:sns:eu-central-1:111122223333:oncall";
let stage: Stage;
let cloudwatch: CloudWatchClient;

const lint = async (args: readonly string[], expected = 0): Promise<LintJson> =>
  (await stage.json(["lint", ...args], expected)) as unknown as LintJson;

/** Rules that found something about an alarm. */
const rulesFor = ({ findings }: LintJson, name: string): readonly string[] =>
  findings.filter(({ alarms }) => alarms.some((alarm) => alarm.name === name)).map(({ rule }) => rule);

async function put(AlarmName: string, more: Partial<PutMetricAlarmInput> = {}): Promise<void> {
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: await anInstance() }],
      Statistic: "Average",
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 85,
      ComparisonOperator: "GreaterThanThreshold",
      AlarmActions: [ONCALL.replace("oncall", "team")],
      ...more,
    }),
  );
}

/** The id of a running instance. */
async function anInstance(): Promise<string> {
  const { resources } = JSON.parse(
    (await stage.quick(["inventory", "--json", "--name", "web-1"])).stdout,
  ) as {
    readonly resources: readonly { readonly id: string }[];
  };
  return resources[0]?.id ?? "";
}

beforeAll(async () => {
  stage = await openStage(SCENARIO, configuration());
  ({ cloudwatch } = stage.person("eu-central-1"));
  await stage.json(["apply", "--yes"]);
  await stage.advance("1h");
});
afterEach(() => stage.faults({}));
afterAll(() => stage.close());

describe("a configuration in its account", () => {
  it("is judged with few calls, which are counted and priced", async () => {
    const report = await lint([]);
    expect(report).toMatchObject({ complete: true, alarms: 6, errors: 0, notes: [] });
    // CPU alarms of severity critical: one finding for the definition, with its three alarms.
    expect(report.findings.map(({ rule, definition, alarms }) => [rule, definition, alarms.length])).toEqual([
      ["night-page", "production/cpu", 3],
    ]);
    expect(report.findings[0]?.position).toMatchObject({ file: "watchkeeper.yaml", line: 8 });
    expect(report.calls.made).toEqual({
      "cloudwatch:DescribeAlarmHistory": 1,
      "cloudwatch:DescribeAlarms": 1,
      "cloudwatch:ListMetrics": 2,
      "ec2:DescribeInstances": 1,
      "sns:GetTopicAttributes": 2,
      "sns:ListTopics": 1,
      "sts:GetCallerIdentity": 1,
    });
    const { stdout } = await stage.quick(["lint"]);
    expect(stdout).toMatch(/^warning {2}night-page {2}watchkeeper\.yaml:8:7 {2}production\/cpu$/m);
    expect(stdout).toMatch(/^6 alarms judged by \d+ rules: 1 warning · 9 calls made \(\$0\.00\)$/m);
  });

  it("needs no topic that the plan will make, and fails by what can't fire", async () => {
    stage.write(
      "other.yaml",
      configuration({ cpuThreshold: 120 }).replaceAll("name: oncall }", "name: brand-new }"),
    );
    const report = await lint(["-c", "other.yaml"], 1);
    expect(report.findings.map(({ rule }) => rule)).toEqual(["impossible-threshold", "night-page"]);
  });

  it("may be told to leave rules out, once, or for an alarm", async () => {
    expect((await lint(["--ignore", "night-page"])).findings).toEqual([]);
    expect((await lint(["--rule", "missing-topic", "no-action"])).calls.made).not.toHaveProperty(
      "cloudwatch:DescribeAlarmHistory",
    );
    expect((await lint(["--strict"], 1)).warnings).toBe(1);
    stage.write(
      "quiet.yaml",
      configuration().replace("      cpu:\n", "      cpu:\n        lint: { ignore: night-page }\n"),
    );
    expect(await lint(["-c", "quiet.yaml", "--strict"])).toMatchObject({ findings: [], ignored: 3 });
  });

  it("refuses rules that don't exist", async () => {
    const { code, stderr } = await stage.quick(["lint", "--rule", "night-pages"]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('Did you mean "night-page"?'),
    });
    stage.write(
      "wrong.yaml",
      configuration().replace("      cpu:\n", "      cpu:\n        lint: { ignore: night }\n"),
    );
    expect((await stage.quick(["lint", "--offline", "-c", "wrong.yaml"])).stderr).toMatch(
      /^wrong\.yaml:8:7 .*rule "night", which doesn't exist/,
    );
  });

  it("says what it couldn't read, and that it is not whole", async () => {
    await stage.faults({
      rules: [{ effect: "accessDenied", service: "cloudwatch", operation: "DescribeAlarmHistory" }],
    });
    const report = await lint([], 1);
    expect(report.complete).toBe(false);
    expect(report.notes).toEqual([
      expect.stringMatching(/^alarm histories of 111122223333 eu-central-1 can't be read/),
    ]);
    expect(report.findings.map(({ rule }) => rule)).toEqual(["night-page"]);
  });
});

describe("all alarms that exist", () => {
  let report: LintJson;

  beforeAll(async () => {
    await put("orphan", { Dimensions: [{ Name: "InstanceId", Value: "i-00000000000000000" }] });
    await put("nobody-hears", { AlarmActions: [ONCALL.replace("oncall", "gone")] });
    await put("tells-nobody", { AlarmActions: [], Threshold: 86 });
    await put("never", { Threshold: 100 });
    await put("wrong-dimensions", {
      Dimensions: [
        { Name: "InstanceId", Value: await anInstance() },
        { Name: "ImageId", Value: "ami-1" },
      ],
    });
    await put("twin-a", { Threshold: 70 });
    await put("twin-b", { Threshold: 70, AlarmActions: [ONCALL] });
    await put("restless", { Threshold: 71 });
    await put("off", { Threshold: 72, ActionsEnabled: false });
    await cloudwatch.send(
      new PutCompositeAlarmCommand({
        AlarmName: "both",
        AlarmRule: "ALARM(tells-nobody) AND ALARM(never)",
        AlarmActions: [ONCALL],
      }),
    );
    for (let i = 0; i < 7; i += 1)
      for (const StateValue of ["ALARM", "OK"] as const)
        await cloudwatch.send(
          new SetAlarmStateCommand({ AlarmName: "restless", StateValue, StateReason: "a person said so" }),
        );
    report = await lint(["--existing"], 1);
  });

  it.each([
    ["orphan", ["resource-gone"]],
    ["nobody-hears", ["missing-topic"]],
    // A composite asks for it.
    ["tells-nobody", []],
    ["never", ["impossible-threshold"]],
    ["wrong-dimensions", ["no-such-metric"]],
    ["twin-a", ["duplicate-alarm"]],
    ["twin-b", ["night-page"]],
    ["restless", ["flapping"]],
    ["off", ["actions-disabled"]],
    ["both", []],
  ])("%s: %j", (name, rules) => {
    expect(rulesFor(report, name)).toEqual(rules);
  });

  it("are judged whoever made them, ours by their definitions", () => {
    expect(report.alarms).toBe(16);
    const [own] = report.findings.filter(({ definition }) => definition === "production/cpu");
    expect(own).toMatchObject({ rule: "night-page", position: { file: "watchkeeper.yaml" } });
    const gone = report.findings.find(({ rule }) => rule === "resource-gone");
    expect(gone?.remedy).toContain("aws cloudwatch delete-alarms");
  });

  it("need no configuration", async () => {
    const file = join(stage.folder, "watchkeeper.yaml");
    renameSync(file, `${file}.away`);
    try {
      const { code, stdout } = await stage.quick([
        "lint",
        "--existing",
        "--json",
        "--region",
        "eu-central-1",
      ]);
      expect(code).toBe(1);
      const without = JSON.parse(stdout) as LintJson;
      expect(without.alarms).toBe(16);
      expect(without.findings.every(({ definition }) => definition === undefined)).toBe(true);
    } finally {
      renameSync(`${file}.away`, file);
    }
  });

  it("of a region that can't be read leave the report incomplete", async () => {
    await stage.faults({
      rules: [{ effect: "accessDenied", service: "cloudwatch", operation: "DescribeAlarms" }],
    });
    const broken = await lint(["--existing"], 1);
    expect(broken).toMatchObject({ complete: false, alarms: 0, findings: [] });
    expect(broken.notes).toEqual([
      expect.stringMatching(/^111122223333 eu-central-1 can't be read, so nothing is judged there: /),
    ]);
  });

  it("cost as many calls as pages, however many alarms there are", () => {
    const { made } = report.calls;
    expect(made["cloudwatch:DescribeAlarms"]).toBe(1);
    expect(made["cloudwatch:DescribeAlarmHistory"]).toBe(1);
    expect(made["cloudwatch:ListMetrics"]).toBe(2);
  });
});
