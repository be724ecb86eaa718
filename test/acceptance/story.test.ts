// One fleet's life from its first plan to its end, with people who change alarms behind Watchkeeper's back.
import { type MetricAlarm, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import {
  DescribeInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { liveAlarm, liveAlarms, settledWorld, tune } from "./support/live-alarms.ts";
import { type PlanJson, planJson } from "./support/plan-json.ts";
import { openStage, type Person, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

const MARK = /\n\[wk1 web-team production\/[^\]]+\]$/;
const ONCALL = "arn:aws:sns:eu-central-1:111122223333:oncall";

let stage: Stage;
let person: Person;
/** Ids of web-1, web-2 and web-3. */
let ids: readonly string[];

const id = (n: number): string => ids[n - 1] ?? "";
const cpu = (n: number): string => `cpu-${id(n)}`;
const status = (n: number): string => `status-${id(n)}`;
const plan = (...args: string[]): Promise<PlanJson> => planJson(stage, args);
const nothing = { create: 0, update: 0, delete: 0, mark: 0 };

beforeAll(async () => {
  stage = await openStage(SCENARIO, configuration());
  person = stage.person("eu-central-1");
  const { Reservations = [] } = await person.ec2.send(
    new DescribeInstancesCommand({ Filters: [{ Name: "tag:Role", Values: ["web"] }] }),
  );
  ids = Reservations.flatMap(({ Instances = [] }) => Instances)
    .map(({ InstanceId = "", Tags = [] }) => [Tags.find(({ Key }) => Key === "Name")?.Value, InstanceId])
    .sort()
    .map(([, instanceId]) => instanceId ?? "");
  await person.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "somebody-else",
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: id(1) }],
      Statistic: "Average",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 50,
      ComparisonOperator: "GreaterThanThreshold",
    }),
  );
});
afterAll(() => stage.close());

describe("a first apply", () => {
  it("plans what is missing, and says so by its exit code where asked", async () => {
    const { code, stdout } = await stage.watchkeeper("plan", "--json", "--detailed-exitcode");
    expect(code).toBe(2);
    const planned = JSON.parse(stdout) as PlanJson;
    expect(planned).toMatchObject({ version: 1, complete: true, summary: { ...nothing, create: 8 } });
    expect(planned.calls.toMake).toEqual({
      "cloudwatch:DescribeAlarms": 1,
      "cloudwatch:PutMetricAlarm": 6,
      "sns:CreateTopic": 2,
    });
    expect(planned.changes.map(({ address }) => address).sort()).toEqual(
      [
        ...["oncall", "team"].map((topic) => `111122223333/eu-central-1/sns.topic/web-team/${topic}`),
        ...ids.flatMap((each) =>
          ["cpu", "status"].map(
            (alarm) => `111122223333/eu-central-1/cloudwatch.alarm/web-team/production/${alarm}/${each}`,
          ),
        ),
      ].sort(),
    );
    expect((await stage.quick(["plan"])).code).toBe(0);
  });

  it("makes what was planned, by the calls that were announced", async () => {
    stage.local.resetRequests();
    const { code, stdout } = await stage.watchkeeper("apply", "--yes", "--json");
    expect(code).toBe(0);
    const applied = JSON.parse(stdout) as { summary: object; outcomes: { status: string }[] };
    expect(applied.summary).toEqual({ applied: 8, failed: 0, refused: 0, pending: 0, waiting: 0 });
    expect(applied.outcomes).toHaveLength(8);
    expect(Object.fromEntries(stage.local.requests)).toMatchObject({
      "cloudwatch:PutMetricAlarm": 6,
      "sns:CreateTopic": 2,
      // One to plan, one to look again.
      "cloudwatch:DescribeAlarms": 2,
    });
  });

  it("leaves nothing to a second plan", async () => {
    const { code, stdout } = await stage.watchkeeper("plan", "--detailed-exitcode");
    expect(stdout).toContain("Nothing to change: 8 unchanged\n");
    expect(code).toBe(0);
    expect((await plan()).summary).toMatchObject({ ...nothing, unchanged: 8, kept: 0, conflict: 0 });
  });
});

describe("a threshold that somebody tuned", () => {
  /** Exactly one change in the plan, and it is this. */
  async function onlyChange(...args: string[]) {
    const { changes } = await plan(...args);
    expect(changes).toHaveLength(1);
    return changes[0] as PlanJson["changes"][number];
  }

  it("is kept when everything else was sent along", async () => {
    await tune(person.cloudwatch, cpu(1), { Threshold: 95 });
    const before = await settledWorld(person.cloudwatch);
    const change = await onlyChange();
    expect(change).toMatchObject({ action: "keep", name: cpu(1), reason: { code: "tuned-by-hand" } });
    expect(change.fields).toEqual([
      { field: "threshold", live: 95, desired: 80, verdict: "keep", lastAsked: "desired" },
    ]);
    const { code, stdout } = await stage.watchkeeper("plan", "--detailed-exitcode");
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /= cpu-i-\S+ +web-1 +threshold 95 % kept +tuned by hand \d{4}-\d\d-\d\d, configuration says/,
    );
    expect((await stage.quick(["apply", "--yes"])).code).toBe(0);
    expect(await settledWorld(person.cloudwatch)).toEqual(before);
  });

  it("is kept when the rest was lost, which is restored", async () => {
    const { Namespace, MetricName, Dimensions, Statistic, Period, EvaluationPeriods, ComparisonOperator } =
      await liveAlarm(person.cloudwatch, cpu(2));
    await person.cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: cpu(2),
        ...{ Namespace, MetricName, Dimensions, Statistic, Period, EvaluationPeriods, ComparisonOperator },
        Threshold: 96,
      }),
    );
    const { changes, summary } = await plan();
    expect(summary).toMatchObject({ ...nothing, update: 1, kept: 1 });
    const [change] = changes.filter(({ action }) => action === "update");
    expect(change).toMatchObject({ name: cpu(2), after: { threshold: 96, alarmActions: [ONCALL] } });
    expect(change?.reason.text).toContain("mark lost");
    const told = change?.fields.filter(({ verdict }) => verdict !== "mark") ?? [];
    expect(Object.fromEntries(told.map(({ field, verdict }) => [field, verdict]))).toEqual({
      alarmActions: "restore",
      alarmDescription: "restore",
      threshold: "keep",
    });
    // It silenced the alarm, so that it stands first.
    const { stdout } = await stage.quick(["plan"]);
    expect(stdout.split("\n")[2]).toMatch(/^ {2}! cpu-i-/);

    await stage.json(["apply", "--yes"]);
    const restored = await liveAlarm(person.cloudwatch, cpu(2));
    expect(restored).toMatchObject({ Threshold: 96, AlarmActions: [ONCALL] });
    expect(restored.AlarmDescription).toMatch(MARK);
    const kept = (await plan()).changes;
    expect(kept.map(({ name, action }) => [name, action]).sort()).toEqual(
      [cpu(1), cpu(2)].sort().map((name) => [name, "keep"]),
    );
  });

  it("is the only thing told when the console wrote all defaults out", async () => {
    await tune(person.cloudwatch, cpu(3), {
      Threshold: 97,
      DatapointsToAlarm: 3,
      TreatMissingData: "missing",
      ActionsEnabled: true,
      OKActions: [],
      InsufficientDataActions: [],
    });
    const change = (await plan()).changes.find(({ name }) => name === cpu(3));
    expect(change).toMatchObject({ action: "keep" });
    expect(change?.fields.map(({ field }) => field)).toEqual(["threshold"]);
  });

  it("is a conflict once the configuration changes it too, and nothing happens to it", async () => {
    stage.write("watchkeeper.yaml", configuration({ cpuThreshold: 85 }));
    const before = await settledWorld(person.cloudwatch);
    const { code, stdout } = await stage.quick(["plan", "--detailed-exitcode"]);
    expect(stdout).toContain(`watchkeeper reset ${cpu(1)}`);
    expect(code).toBe(0);
    const { changes, summary } = await plan();
    expect(summary).toMatchObject({ ...nothing, conflict: 3 });
    expect(changes.find(({ name }) => name === cpu(1))?.fields).toEqual([
      { field: "threshold", live: 95, desired: 85, verdict: "conflict", lastAsked: "other" },
    ]);
    expect((await stage.quick(["apply", "--yes"])).code).toBe(0);
    expect(await settledWorld(person.cloudwatch)).toEqual(before);
  });

  it("goes back to the configuration's when it is reset, and only then", async () => {
    const { code, stdout } = await stage.watchkeeper("reset", cpu(1), "threshold", "--yes");
    expect(stdout).toContain("1 applied, 0 failed");
    expect(code).toBe(0);
    expect((await liveAlarm(person.cloudwatch, cpu(1))).Threshold).toBe(85);
    expect((await liveAlarm(person.cloudwatch, cpu(2))).Threshold).toBe(96);
    expect((await plan()).summary).toMatchObject({ ...nothing, conflict: 2 });
  });

  it("gives way where the policy says that the configuration wins", async () => {
    stage.write("watchkeeper.yaml", configuration({ cpuThreshold: 85, policy: "    merge: config\n" }));
    expect((await plan()).summary).toMatchObject({ ...nothing, update: 2 });
    await stage.json(["apply", "--yes"]);
    for (const n of [1, 2, 3]) expect((await liveAlarm(person.cloudwatch, cpu(n))).Threshold).toBe(85);
    stage.write("watchkeeper.yaml", configuration({ cpuThreshold: 85 }));
    expect((await plan()).summary).toMatchObject({ ...nothing, unchanged: 8, kept: 0, conflict: 0 });
  });
});

describe("an alarm that was silenced", () => {
  it("is told first and gets its actions back", async () => {
    await tune(person.cloudwatch, status(2), { ActionsEnabled: false });
    const { stdout } = await stage.quick(["plan"]);
    expect(stdout.split("\n")[2]).toMatch(/^ {2}! status-i-.*actions/);
    await stage.json(["apply", "--yes"]);
    expect((await liveAlarm(person.cloudwatch, status(2))).ActionsEnabled).toBe(true);
  });

  it("stays silent with merge: keep-silenced", async () => {
    stage.write(
      "watchkeeper.yaml",
      configuration({ cpuThreshold: 85, policy: "    merge: keep-silenced\n" }),
    );
    await tune(person.cloudwatch, status(2), { ActionsEnabled: false, AlarmActions: [] });
    expect((await plan()).summary).toMatchObject({ ...nothing, kept: 1 });
    stage.write("watchkeeper.yaml", configuration({ cpuThreshold: 85 }));
    await stage.json(["apply", "--yes"]);
    expect(await liveAlarm(person.cloudwatch, status(2))).toMatchObject({
      ActionsEnabled: true,
      AlarmActions: ["arn:aws:sns:eu-central-1:111122223333:team"],
    });
  });
});

describe("instances that come to an end", () => {
  it("keep their alarms while they are merely stopped and their agent is silent", async () => {
    await person.ec2.send(new StopInstancesCommand({ InstanceIds: [...ids] }));
    await stage.advance("6h");
    expect((await plan()).summary).toMatchObject({ ...nothing, unchanged: 8 });
    stage.local.resetRequests();
    expect((await stage.quick(["apply", "--yes"])).code).toBe(0);
    expect(stage.local.requests.get("cloudwatch:DeleteAlarms")).toBeUndefined();
  });

  it("take their own alarms along when they are seen terminated, and nobody else's", async () => {
    const before = await settledWorld(person.cloudwatch);
    await person.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id(1)] }));
    await stage.advance("5m");
    const { changes, summary } = await plan();
    expect(summary).toMatchObject({ ...nothing, delete: 2 });
    expect(changes.map(({ name, reason }) => [name, reason.code]).sort()).toEqual([
      [cpu(1), "terminated"],
      [status(1), "terminated"],
    ]);
    const { code, stdout } = await stage.watchkeeper("apply", "--yes");
    expect(stdout).toContain("2 applied, 0 failed");
    expect(code).toBe(0);
    const { [cpu(1)]: _, [status(1)]: __, ...rest } = before;
    expect(await settledWorld(person.cloudwatch)).toEqual(rest);
    expect(rest).toHaveProperty("somebody-else");
  });

  it("also when they vanished since, whether their end was seen or not", async () => {
    await person.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id(2)] }));
    await stage.advance("5m");
    expect((await plan()).summary.delete).toBe(2);
    await person.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id(3)] }));
    await stage.advance("3h");
    const { Reservations = [] } = await person.ec2.send(new DescribeInstancesCommand({}));
    expect(Reservations.flatMap(({ Instances = [] }) => Instances)).toHaveLength(1);
    const { changes } = await plan();
    expect(changes.map(({ action, reason }) => [action, reason.code])).toEqual(
      Array.from({ length: 4 }, () => ["delete", "absent"]),
    );
    expect((await stage.quick(["apply", "--yes"])).code).toBe(0);
    const left: MetricAlarm[] = [...(await liveAlarms(person.cloudwatch)).values()];
    expect(left.map(({ AlarmName }) => AlarmName)).toEqual(["somebody-else"]);
  });
});
