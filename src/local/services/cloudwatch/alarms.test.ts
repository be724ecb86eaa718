import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  type DescribeAlarmsCommandInput,
  DescribeAlarmsForMetricCommand,
  DisableAlarmActionsCommand,
  EnableAlarmActionsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  SetAlarmStateCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
import { beforeEach, describe, expect, it } from "vitest";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../../accounts.ts";
import { VirtualClock } from "../../clock.ts";
import { createLocalCloud, type LocalCloud } from "../../server.ts";
import { alarmActions } from "./run-actions.ts";

const START = new Date("2026-11-20T10:00:00Z");
const REGION = "eu-central-1";
const TOPIC = `arn:aws:sns:${REGION}:111122223333:oncall`;

const [main, second] = DEFAULT_ACCOUNTS as [LocalAccount, LocalAccount];
let local: LocalCloud;
let client: CloudWatchClient;

function clientOf(account: LocalAccount, region = REGION): CloudWatchClient {
  const { accessKeyId, secretAccessKey } = account;
  const credentials = { accessKeyId, secretAccessKey };
  return new CloudWatchClient({
    region,
    credentials,
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  });
}

beforeEach(() => {
  local = createLocalCloud({ clock: new VirtualClock({ start: START, host: () => 0 }) });
  client = clientOf(main);
  return () => local.close();
});

const cpu: PutMetricAlarmCommandInput = {
  AlarmName: "cpu",
  Namespace: "AWS/EC2",
  MetricName: "CPUUtilization",
  Statistic: "Average",
  Period: 300,
  EvaluationPeriods: 3,
  Threshold: 90,
  ComparisonOperator: "GreaterThanThreshold",
};

const put = (change: Partial<PutMetricAlarmCommandInput> = {}) =>
  client.send(new PutMetricAlarmCommand({ ...cpu, ...change }));
const describeAlarms = (input: DescribeAlarmsCommandInput = {}) =>
  client.send(new DescribeAlarmsCommand(input));
const one = async (name = "cpu") => (await describeAlarms({ AlarmNames: [name] })).MetricAlarms?.[0];

describe("a metric alarm", () => {
  it("is described with what was given and CloudWatch's defaults, nothing more", async () => {
    await put();
    expect(await one()).toEqual({
      AlarmName: "cpu",
      AlarmArn: `arn:aws:cloudwatch:${REGION}:111122223333:alarm:cpu`,
      AlarmConfigurationUpdatedTimestamp: START,
      ActionsEnabled: true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      StateValue: "INSUFFICIENT_DATA",
      StateReason: "Unchecked: Initial alarm creation",
      StateUpdatedTimestamp: START,
      StateTransitionedTimestamp: START,
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Statistic: "Average",
      Dimensions: [],
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 90,
      ComparisonOperator: "GreaterThanThreshold",
    });
  });

  it("is wholly overwritten by an update, but keeps its state and its tags", async () => {
    await put({ AlarmDescription: "hot", AlarmActions: [TOPIC], Tags: [{ Key: "team", Value: "web" }] });
    await client.send(new SetAlarmStateCommand({ AlarmName: "cpu", StateValue: "OK", StateReason: "calm" }));
    await local.cloud.clock.advance(1000);
    await put({ Threshold: 95, Tags: [{ Key: "team", Value: "other" }] });
    const alarm = await one();
    expect(alarm).toMatchObject({
      Threshold: 95,
      AlarmActions: [],
      StateValue: "OK",
      StateReason: "calm",
      StateUpdatedTimestamp: START,
      AlarmConfigurationUpdatedTimestamp: new Date(START.getTime() + 1000),
    });
    expect(alarm).not.toHaveProperty("AlarmDescription");
    const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN: alarm?.AlarmArn }));
    expect(Tags).toEqual([{ Key: "team", Value: "web" }]);
  });

  it("lives in its account and region alone", async () => {
    await put();
    for (const other of [clientOf(second), clientOf(main, "us-east-1")])
      expect((await other.send(new DescribeAlarmsCommand({}))).MetricAlarms).toEqual([]);
  });

  it("of metric math comes back with its queries completed", async () => {
    const MetricStat = { Metric: { Namespace: "N", MetricName: "M" }, Period: 60, Stat: "Sum" };
    const { Namespace, MetricName, Statistic, Period, ...rest } = cpu;
    await client.send(
      new PutMetricAlarmCommand({
        ...rest,
        Metrics: [
          { Id: "m1", MetricStat, ReturnData: false },
          { Id: "e1", Expression: "m1 * 2", Label: "double" },
        ],
      }),
    );
    expect((await one())?.Metrics).toEqual([
      {
        Id: "m1",
        MetricStat: { ...MetricStat, Metric: { ...MetricStat.Metric, Dimensions: [] } },
        ReturnData: false,
      },
      { Id: "e1", Expression: "m1 * 2", Label: "double", ReturnData: true },
    ]);
  });
});

describe("DescribeAlarms", () => {
  it("pages in order of names, and every alarm once", async () => {
    const names = Array.from({ length: 120 }, (_, i) => `a-${(i * 37) % 120}`);
    for (const AlarmName of names) await put({ AlarmName });
    const seen: string[] = [];
    const sizes: number[] = [];
    let NextToken: string | undefined;
    do {
      const page = await describeAlarms({ ...(NextToken && { NextToken }) });
      sizes.push(page.MetricAlarms?.length ?? 0);
      seen.push(...(page.MetricAlarms ?? []).map(({ AlarmName = "" }) => AlarmName));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(sizes).toEqual([50, 50, 20]);
    expect(seen).toEqual([...names].sort());
  });

  it("goes on behind an alarm that was deleted between two pages", async () => {
    for (const AlarmName of ["a", "b", "c", "d"]) await put({ AlarmName });
    const { NextToken } = await describeAlarms({ MaxRecords: 2 });
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["b", "c"] }));
    const { MetricAlarms } = await describeAlarms({ MaxRecords: 2, NextToken });
    expect(MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["d"]);
  });

  it("refuses tokens of other requests and made-up ones", async () => {
    for (const AlarmName of ["a", "b"]) await put({ AlarmName });
    const { NextToken } = await describeAlarms({ MaxRecords: 1 });
    for (const input of [{ NextToken, AlarmNamePrefix: "a" }, { NextToken: "!!" }, { NextToken: "bm8" }])
      await expect(describeAlarms(input)).rejects.toMatchObject({ name: "InvalidNextToken" });
  });

  it("filters by name, prefix, state and action", async () => {
    await put({ AlarmName: "web-cpu", AlarmActions: [TOPIC] });
    await put({ AlarmName: "web-disk", OKActions: [`${TOPIC}-night`] });
    await put({ AlarmName: "db-cpu" });
    await client.send(new SetAlarmStateCommand({ AlarmName: "db-cpu", StateValue: "OK", StateReason: "" }));
    const names = async (input: DescribeAlarmsCommandInput) =>
      (await describeAlarms(input)).MetricAlarms?.map(({ AlarmName }) => AlarmName);
    expect(await names({ AlarmNamePrefix: "web" })).toEqual(["web-cpu", "web-disk"]);
    expect(await names({ AlarmNames: ["web-disk", "none", "db-cpu"] })).toEqual(["db-cpu", "web-disk"]);
    expect(await names({ StateValue: "OK" })).toEqual(["db-cpu"]);
    expect(await names({ ActionPrefix: TOPIC })).toEqual(["web-cpu", "web-disk"]);
    expect(await names({ ActionPrefix: `${TOPIC}-n` })).toEqual(["web-disk"]);
    expect(await names({ AlarmNamePrefix: "zzz" })).toEqual([]);
  });

  it("answers metric alarms alone unless asked for composite ones, and composite ones first", async () => {
    await put();
    await put({ AlarmName: "a" });
    await client.send(new PutCompositeAlarmCommand({ AlarmName: "m", AlarmRule: "ALARM(cpu)" }));
    expect((await describeAlarms()).CompositeAlarms).toEqual([]);
    const AlarmTypes = ["MetricAlarm", "CompositeAlarm"] as const;
    const first = await describeAlarms({ AlarmTypes: [...AlarmTypes], MaxRecords: 1 });
    expect(first.CompositeAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["m"]);
    const { NextToken } = first;
    const rest = await describeAlarms({ AlarmTypes: [...AlarmTypes], MaxRecords: 100, NextToken });
    expect(rest.CompositeAlarms).toEqual([]);
    expect(rest.MetricAlarms?.map(({ AlarmName }) => AlarmName)).toEqual(["a", "cpu"]);
  });

  it("refuses what excludes each other", async () => {
    await expect(describeAlarms({ AlarmNames: ["a"], AlarmNamePrefix: "a" })).rejects.toThrow(
      /AlarmNamePrefix/,
    );
    await expect(describeAlarms({ ChildrenOfAlarmName: "a", StateValue: "OK" })).rejects.toThrow(
      /StateValue/,
    );
    await expect(describeAlarms({ MaxRecords: 101 })).rejects.toThrow(
      "1 validation error detected: Value '101' at 'maxRecords' failed to satisfy constraint: Member must have value less than or equal to 100",
    );
  });

  it("lags behind writes when that fault is on", async () => {
    await put({ AlarmName: "old" });
    await put({ AlarmName: "gone" });
    local.faults.set({ listLagMs: 5_000 });
    await local.cloud.clock.advance(10_000);
    await put({ AlarmName: "new" });
    await put({ AlarmName: "old", Threshold: 1 });
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["gone"] }));
    const seen = async () =>
      (await describeAlarms()).MetricAlarms?.map(({ AlarmName, Threshold }) => [AlarmName, Threshold]);
    expect(await seen()).toEqual([
      ["gone", 90],
      ["old", 90],
    ]);
    await local.cloud.clock.advance(5_000);
    expect(await seen()).toEqual([
      ["new", 90],
      ["old", 1],
    ]);
  });
});

it("finds the alarms of exactly one metric", async () => {
  const Dimensions = [{ Name: "InstanceId", Value: "i-1" }];
  await put({ AlarmName: "one", Dimensions });
  await put({ AlarmName: "max", Dimensions, Statistic: "Maximum" });
  await put({ AlarmName: "all" });
  const find = async (more: object) =>
    (
      await client.send(
        new DescribeAlarmsForMetricCommand({ Namespace: "AWS/EC2", MetricName: "CPUUtilization", ...more }),
      )
    ).MetricAlarms?.map(({ AlarmName }) => AlarmName);
  expect(await find({ Dimensions })).toEqual(["max", "one"]);
  expect(await find({ Dimensions, Statistic: "Maximum" })).toEqual(["max"]);
  expect(await find({})).toEqual(["all"]);
});

describe("SetAlarmState", () => {
  it("changes the state, runs its actions once and writes both down", async () => {
    const ran: string[] = [];
    alarmActions(local.cloud).runners.set("sns", (action, change) => {
      ran.push(`${action} ${change.from.value} ${change.to.value} ${change.record.alarm.StateValue}`);
      return { succeeded: true, publishedMessage: "{}" };
    });
    const lambda = `arn:aws:lambda:${REGION}:111122223333:function:f`;
    await put({ AlarmActions: [TOPIC, lambda], OKActions: [TOPIC] });
    await local.cloud.clock.advance(1_000);
    const set = (StateValue: "OK" | "ALARM", StateReason: string) =>
      client.send(
        new SetAlarmStateCommand({ AlarmName: "cpu", StateValue, StateReason, StateReasonData: '{"a":1}' }),
      );
    await set("ALARM", "test");
    await set("ALARM", "again");
    expect(ran).toEqual([`${TOPIC} INSUFFICIENT_DATA ALARM ALARM`]);
    expect(await one()).toMatchObject({ StateReason: "again", StateReasonData: '{"a":1}' });

    const { AlarmHistoryItems = [] } = await client.send(
      new DescribeAlarmHistoryCommand({ AlarmName: "cpu" }),
    );
    expect(
      AlarmHistoryItems.map(({ HistoryItemType, HistorySummary }) => [HistoryItemType, HistorySummary]),
    ).toEqual([
      [
        "Action",
        `Failed to execute action ${lambda}. Received error: "Actions of lambda are not implemented by the local cloud."`,
      ],
      ["Action", `Successfully executed action ${TOPIC}`],
      ["StateUpdate", "Alarm updated from INSUFFICIENT_DATA to ALARM"],
      ["ConfigurationUpdate", 'Alarm "cpu" created'],
    ]);
    expect(JSON.parse(AlarmHistoryItems[2]?.HistoryData ?? "")).toEqual({
      version: "1.0",
      oldState: { stateValue: "INSUFFICIENT_DATA", stateReason: "Unchecked: Initial alarm creation" },
      newState: { stateValue: "ALARM", stateReason: "test", stateReasonData: { a: 1 } },
    });
    expect(JSON.parse(AlarmHistoryItems[3]?.HistoryData ?? "")).toMatchObject({
      version: "1.0",
      type: "Create",
      createdAlarm: {
        alarmName: "cpu",
        namespace: "AWS/EC2",
        okactions: [TOPIC],
        period: 300,
        dimensions: [],
      },
    });
  });

  it("runs nothing while actions are disabled", async () => {
    let ran = 0;
    alarmActions(local.cloud).runners.set("sns", () => {
      ran += 1;
      return { succeeded: true };
    });
    await put({ AlarmActions: [TOPIC] });
    await client.send(new DisableAlarmActionsCommand({ AlarmNames: ["cpu", "unknown"] }));
    await client.send(new SetAlarmStateCommand({ AlarmName: "cpu", StateValue: "ALARM", StateReason: "" }));
    expect(ran).toBe(0);
    expect((await one())?.ActionsEnabled).toBe(false);
    await client.send(new EnableAlarmActionsCommand({ AlarmNames: ["cpu"] }));
    expect((await one())?.ActionsEnabled).toBe(true);
  });

  it("refuses unknown alarms and states as recorded from CloudWatch", async () => {
    await put();
    await expect(
      client.send(new SetAlarmStateCommand({ AlarmName: "no", StateValue: "OK", StateReason: "" })),
    ).rejects.toMatchObject({ name: "ResourceNotFound", $metadata: { httpStatusCode: 404 } });
    await expect(
      client.send(
        new SetAlarmStateCommand({ AlarmName: "cpu", StateValue: "INVALID" as "OK", StateReason: "" }),
      ),
    ).rejects.toThrow(
      "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]",
    );
  });
});

describe("history", () => {
  it("outlives the alarm, pages both ways and ends after 30 days", async () => {
    await put();
    for (const Threshold of [1, 2, 3]) {
      await local.cloud.clock.advance(86_400_000);
      await put({ Threshold });
    }
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["cpu"] }));
    const read = async (input: object) => {
      const found: (string | undefined)[] = [];
      let NextToken: string | undefined;
      do {
        const page: {
          NextToken?: string | undefined;
          AlarmHistoryItems?: { HistorySummary?: string | undefined }[] | undefined;
        } = await client.send(new DescribeAlarmHistoryCommand({ MaxRecords: 2, ...input, NextToken }));
        found.push(
          ...(page.AlarmHistoryItems ?? []).map(({ HistorySummary }) => HistorySummary?.split(" ").at(-1)),
        );
        NextToken = page.NextToken;
      } while (NextToken);
      return found;
    };
    expect(await read({})).toEqual(["deleted", "updated", "updated", "updated", "created"]);
    expect(await read({ ScanBy: "TimestampAscending", AlarmName: "cpu" })).toEqual([
      "created",
      "updated",
      "updated",
      "updated",
      "deleted",
    ]);
    expect(await read({ EndDate: START })).toEqual(["created"]);
    expect(await read({ AlarmTypes: ["CompositeAlarm"] })).toEqual([]);
    expect(await read({ HistoryItemType: "StateUpdate" })).toEqual([]);
    await local.cloud.clock.advance(28.5 * 86_400_000);
    expect(await read({})).toEqual(["deleted", "updated", "updated"]);
  });
});

describe("DeleteAlarms", () => {
  it("deletes what exists, and says so when nothing does", async () => {
    await put();
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["cpu", "never"] }));
    expect(await one()).toBeUndefined();
    await expect(client.send(new DeleteAlarmsCommand({ AlarmNames: ["cpu"] }))).rejects.toMatchObject({
      name: "ResourceNotFound",
    });
  });

  it("refuses the whole batch when a composite alarm depends on one of it", async () => {
    await put();
    await put({ AlarmName: "free" });
    await client.send(new PutCompositeAlarmCommand({ AlarmName: "both", AlarmRule: "ALARM(cpu)" }));
    await expect(client.send(new DeleteAlarmsCommand({ AlarmNames: ["free", "cpu"] }))).rejects.toThrow(
      "Cannot delete cpu as there are composite alarm(s) depending on it.",
    );
    expect(await one("free")).toBeDefined();
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["both"] }));
    await client.send(new DeleteAlarmsCommand({ AlarmNames: ["free", "cpu"] }));
    expect((await describeAlarms()).MetricAlarms).toEqual([]);
  });

  it("takes 100 names and one composite alarm", async () => {
    const AlarmNames = Array.from({ length: 101 }, (_, i) => `${i}`);
    await expect(client.send(new DeleteAlarmsCommand({ AlarmNames }))).rejects.toThrow(
      /length less than or equal to 100/,
    );
    for (const AlarmName of ["a", "b"])
      await client.send(new PutCompositeAlarmCommand({ AlarmName, AlarmRule: "FALSE" }));
    await expect(client.send(new DeleteAlarmsCommand({ AlarmNames: ["a", "b"] }))).rejects.toThrow(
      /one composite/,
    );
  });
});

describe("tags", () => {
  const ResourceARN = `arn:aws:cloudwatch:${REGION}:111122223333:alarm:cpu`;

  it("are added, replaced and removed", async () => {
    await put({ Tags: [{ Key: "a", Value: "1" }] });
    await client.send(
      new TagResourceCommand({
        ResourceARN,
        Tags: [
          { Key: "a", Value: "2" },
          { Key: "b", Value: "" },
        ],
      }),
    );
    await client.send(new UntagResourceCommand({ ResourceARN, TagKeys: ["a", "none"] }));
    const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceARN }));
    expect(Tags).toEqual([{ Key: "b", Value: "" }]);
  });

  it("are at most 50, and of an alarm that exists here", async () => {
    await put({ Tags: Array.from({ length: 50 }, (_, i) => ({ Key: `k${i}`, Value: "" })) });
    const tag = (Key: string) =>
      client.send(new TagResourceCommand({ ResourceARN, Tags: [{ Key, Value: "" }] }));
    await tag("k1");
    await expect(tag("more")).rejects.toMatchObject({ name: "InvalidParameterValueException" });
    for (const arn of [`${ResourceARN}x`, ResourceARN.replace(REGION, "us-east-1"), "nonsense"])
      await expect(client.send(new ListTagsForResourceCommand({ ResourceARN: arn }))).rejects.toMatchObject({
        name: "ResourceNotFoundException",
      });
  });
});
