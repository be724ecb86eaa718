// The whole way of an alarm, in one process and through the SDK's clients: an instance's CPU goes wild, the alarm notices, people
// are told, and it recovers.
import {
  CloudWatchClient,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from "@aws-sdk/client-eventbridge";
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import type { LocalAccount } from "../../src/local/accounts.ts";
import { applyScenario, cloudOptions } from "../../src/local/scenario/apply.ts";
import { parseScenario } from "../../src/local/scenario/scenario.ts";
import { createLocalCloud } from "../../src/local/server.ts";

const REGION = "eu-central-1";
const ACCOUNT = "111122223333";
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:alarms`;
const MINUTE = 60_000;
const START = Date.parse("2026-11-20T10:00:00Z");

const SCENARIO = `
version: 1
start: 2026-11-20T10:00:00Z
region: ${REGION}
queues: [{ name: inbox }]
topics: [{ name: alarms, queues: [inbox] }]
groups:
  - name: web
    type: m6i.large
    names: web-1
    monitoring: detailed
    launched: 3d ago
    metrics:
      CPUUtilization: { steady: 20, spike: { height: 75, at: "+10m", for: 20m } }
    impairments:
      - { check: system, at: "+1h" }
`;

const { scenario, diagnostics } = parseScenario(SCENARIO, "story.yaml");
if (!scenario) throw new Error(JSON.stringify(diagnostics));
const local = createLocalCloud(cloudOptions(scenario, () => 0));
applyScenario(local.cloud, scenario);
const { accessKeyId, secretAccessKey } = scenario.accounts[0] as LocalAccount;
const config = {
  region: REGION,
  credentials: { accessKeyId, secretAccessKey },
  requestHandler: local.requestHandler(),
  maxAttempts: 1,
};
const cloudwatch = new CloudWatchClient(config);
const ec2 = new EC2Client(config);
const events = new EventBridgeClient(config);
const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
afterAll(() => local.close());

async function received(QueueName: string): Promise<Record<string, unknown>[]> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 43_200 }),
  );
  return Messages.map(({ Body }) => JSON.parse(Body ?? "") as Record<string, unknown>);
}

const minutesAfterStart = (time: unknown): number => (Date.parse(String(time)) - START) / MINUTE;

describe("the story of an alarm", () => {
  it("begins with an alarm that finds its instance well", async () => {
    const { Reservations } = await ec2.send(new DescribeInstancesCommand({}));
    const InstanceId = Reservations?.[0]?.Instances?.[0]?.InstanceId ?? "";
    const Dimensions = [{ Name: "InstanceId", Value: InstanceId }];
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "cpu",
        Namespace: "AWS/EC2",
        MetricName: "CPUUtilization",
        Dimensions,
        Statistic: "Average",
        Period: 60,
        EvaluationPeriods: 3,
        DatapointsToAlarm: 3,
        Threshold: 80,
        ComparisonOperator: "GreaterThanThreshold",
        AlarmActions: [TOPIC],
        OKActions: [TOPIC],
      }),
    );
    await cloudwatch.send(
      new PutMetricAlarmCommand({
        AlarmName: "host",
        Namespace: "AWS/EC2",
        MetricName: "StatusCheckFailed_System",
        Dimensions,
        Statistic: "Maximum",
        Period: 60,
        EvaluationPeriods: 2,
        Threshold: 1,
        ComparisonOperator: "GreaterThanOrEqualToThreshold",
        AlarmActions: [`arn:aws:automate:${REGION}:ec2:recover`, `${TOPIC}-gone`],
      }),
    );
    await cloudwatch.send(
      new PutCompositeAlarmCommand({
        AlarmName: "any",
        AlarmRule: "ALARM(cpu) OR ALARM(host)",
        AlarmActions: [TOPIC],
      }),
    );
    await sqs.send(new CreateQueueCommand({ QueueName: "events" }));
    const EventPattern = JSON.stringify({
      source: ["aws.cloudwatch"],
      detail: { alarmName: ["cpu"], state: { value: ["ALARM"] } },
    });
    await events.send(new PutRuleCommand({ Name: "alarms", EventPattern }));
    await events.send(
      new PutTargetsCommand({
        Rule: "alarms",
        Targets: [{ Id: "queue", Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:events` }],
      }),
    );
    await local.cloud.clock.advance(5 * MINUTE);
    const { MetricAlarms, CompositeAlarms } = await cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    expect([...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])].map(({ StateValue }) => StateValue)).toEqual(
      ["OK", "OK", "OK"],
    );
    // Alarms that go from INSUFFICIENT_DATA to OK run their OK actions, as CloudWatch's do.
    expect(await received("inbox")).toMatchObject([{ Subject: 'OK: "cpu" in EU (Frankfurt)' }]);
  });

  it("goes on with a spike that people are told of, and its end", async () => {
    await local.cloud.clock.advance(45 * MINUTE);
    const [rise, any, fall, ...others] = await received("inbox");
    expect(others).toEqual([]);
    expect(rise).toMatchObject({
      Type: "Notification",
      TopicArn: TOPIC,
      Subject: 'ALARM: "cpu" in EU (Frankfurt)',
    });
    const message = JSON.parse(String(rise?.["Message"])) as Record<string, unknown>;
    expect(message).toMatchObject({
      AlarmName: "cpu",
      OldStateValue: "OK",
      NewStateValue: "ALARM",
      NewStateReason:
        "Threshold Crossed: 3 out of the last 3 datapoints [95.0 (20/11/26 10:12:00), 95.0 (20/11/26 10:11:00), 95.0 (20/11/26 10:10:00)] were greater than the threshold (80.0) (minimum 3 datapoints for OK -> ALARM transition).",
    });
    // Three minutes of breaching points, then the alarm's own second of the minute.
    expect(Math.floor(minutesAfterStart(message["StateChangeTime"]))).toBe(13);
    expect(rise?.["Timestamp"]).toBe(String(message["StateChangeTime"]).replace("+0000", "Z"));
    expect(any).toMatchObject({ Subject: 'ALARM: "any" in EU (Frankfurt)' });
    expect(JSON.parse(String(any?.["Message"]))).toMatchObject({
      TriggeringChildren: [{ Arn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:cpu` }],
      StateChangeTime: message["StateChangeTime"],
    });
    const back = JSON.parse(String(fall?.["Message"])) as Record<string, unknown>;
    expect(back).toMatchObject({ OldStateValue: "ALARM", NewStateValue: "OK" });
    expect(Math.floor(minutesAfterStart(back["StateChangeTime"]))).toBe(31);

    const [event, ...more] = await received("events");
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      version: "0",
      "detail-type": "CloudWatch Alarm State Change",
      source: "aws.cloudwatch",
      account: ACCOUNT,
      region: REGION,
      detail: { alarmName: "cpu", state: { value: "ALARM" }, previousState: { value: "OK" } },
    });
    const { AlarmHistoryItems } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName: "cpu" }),
    );
    expect(AlarmHistoryItems?.map(({ HistorySummary }) => HistorySummary)).toEqual([
      `Successfully executed action ${TOPIC}`,
      "Alarm updated from ALARM to OK",
      `Successfully executed action ${TOPIC}`,
      "Alarm updated from OK to ALARM",
      `Successfully executed action ${TOPIC}`,
      "Alarm updated from INSUFFICIENT_DATA to OK",
      'Alarm "cpu" created',
    ]);
  });

  it("ends with a broken host that an alarm's action recovers", async () => {
    await local.cloud.clock.advance(30 * MINUTE);
    const { AlarmHistoryItems = [] } = await cloudwatch.send(
      new DescribeAlarmHistoryCommand({ AlarmName: "host" }),
    );
    expect(AlarmHistoryItems.slice(0, 4).map(({ HistorySummary }) => HistorySummary)).toEqual([
      "Alarm updated from ALARM to OK",
      `Failed to execute action ${TOPIC}-gone. Received error: "The topic ${TOPIC}-gone does not exist."`,
      `Successfully executed action arn:aws:automate:${REGION}:ec2:recover`,
      "Alarm updated from OK to ALARM",
    ]);
  });
});
