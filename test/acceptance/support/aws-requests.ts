// One list of requests, to be sent to any implementation of AWS: what Watchkeeper's users do most, and what goes wrong most.
import * as cloudwatch from "@aws-sdk/client-cloudwatch";
import * as ec2 from "@aws-sdk/client-ec2";
import * as route53 from "@aws-sdk/client-route-53";
import * as sns from "@aws-sdk/client-sns";
import * as sqs from "@aws-sdk/client-sqs";
import * as sts from "@aws-sdk/client-sts";
import { textAt, valuesAt } from "./values-at.ts";

const MINUTE = 60_000;

/** Clients of one implementation. */
export interface Clients {
  readonly cloudwatch: cloudwatch.CloudWatchClient;
  readonly ec2: ec2.EC2Client;
  readonly route53: route53.Route53Client;
  readonly sns: sns.SNSClient;
  readonly sqs: sqs.SQSClient;
  readonly sts: sts.STSClient;
}

/** Answers of earlier requests by name. */
export type Answers = ReadonlyMap<string, unknown>;

/** A request: its name, and how it is made from the answers before. */
export interface AwsRequest {
  readonly name: string;
  send(clients: Clients, answers: Answers): Promise<unknown>;
}

/** Clients of the implementation at an endpoint. */
export function clientsAt(
  endpoint: string,
  region: string,
  credentials: { readonly accessKeyId: string; readonly secretAccessKey: string },
): Clients {
  const options = { endpoint, region, credentials, maxAttempts: 1, disableRequestCompression: true };
  return {
    cloudwatch: new cloudwatch.CloudWatchClient(options),
    ec2: new ec2.EC2Client(options),
    route53: new route53.Route53Client(options),
    sns: new sns.SNSClient(options),
    sqs: new sqs.SQSClient(options),
    sts: new sts.STSClient(options),
  };
}

const ids = (answers: Answers): string[] =>
  valuesAt(answers.get("run instances"), "Instances.InstanceId") as string[];
const topic = (answers: Answers): string => textAt(answers.get("create topic"), "TopicArn");
const queueUrl = (answers: Answers): string => textAt(answers.get("create queue"), "QueueUrl");
const queueArn = (answers: Answers): string => textAt(answers.get("describe queue"), "Attributes.QueueArn");
const alarmArn = (answers: Answers): string =>
  textAt(answers.get("describe one alarm"), "MetricAlarms.AlarmArn");
const zone = (answers: Answers): string => textAt(answers.get("create zone"), "HostedZone.Id");

const CPU = {
  AlarmName: "cpu-1",
  AlarmDescription: "CPU über 80 %",
  Namespace: "AWS/EC2",
  MetricName: "CPUUtilization",
  Dimensions: [{ Name: "InstanceId", Value: "i-0123456789abcdef0" }],
  Statistic: "Average",
  Period: 300,
  EvaluationPeriods: 3,
  DatapointsToAlarm: 2,
  Threshold: 80,
  ComparisonOperator: "GreaterThanThreshold",
  TreatMissingData: "notBreaching",
  AlarmActions: ["arn:aws:sns:eu-central-1:111122223333:alarms"],
} satisfies cloudwatch.PutMetricAlarmCommandInput;

/** Points of the last minutes, at whole minutes, so that both implementations see the same. */
const now = Math.floor(Date.now() / MINUTE) * MINUTE;
const WINDOW = { StartTime: new Date(now - 10 * MINUTE), EndTime: new Date(now) };
const ORDERS = {
  Namespace: "Acme/Shop",
  MetricName: "Orders",
  Dimensions: [{ Name: "Shop", Value: "berlin" }],
};

/** The requests, in their order. */
export const AWS_REQUESTS: readonly AwsRequest[] = [
  { name: "who am I", send: ({ sts: client }) => client.send(new sts.GetCallerIdentityCommand({})) },
  {
    name: "assume role",
    send: ({ sts: client }) =>
      client.send(
        new sts.AssumeRoleCommand({
          RoleArn: "arn:aws:iam::444455556666:role/watchkeeper",
          RoleSessionName: "compare",
        }),
      ),
  },
  {
    name: "assume role for a minute",
    send: ({ sts: client }) =>
      client.send(
        new sts.AssumeRoleCommand({
          RoleArn: "arn:aws:iam::444455556666:role/watchkeeper",
          RoleSessionName: "compare",
          DurationSeconds: 60,
        }),
      ),
  },
  {
    name: "run instances",
    send: ({ ec2: client }) =>
      client.send(
        new ec2.RunInstancesCommand({
          ImageId: "ami-0123456789abcdef0",
          InstanceType: "t3.micro",
          MinCount: 6,
          MaxCount: 6,
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Managed", Value: "Yes" }] }],
        }),
      ),
  },
  {
    name: "run instances of no type",
    send: ({ ec2: client }) =>
      client.send(
        new ec2.RunInstancesCommand({
          ImageId: "ami-0123456789abcdef0",
          InstanceType: "t3.gigantic" as never,
          MinCount: 1,
          MaxCount: 1,
        }),
      ),
  },
  {
    name: "tag two instances",
    send: ({ ec2: client }, answers) =>
      client.send(
        new ec2.CreateTagsCommand({
          Resources: ids(answers).slice(0, 2),
          Tags: [{ Key: "Name", Value: "web one" }],
        }),
      ),
  },
  {
    name: "tag with a reserved key",
    send: ({ ec2: client }, answers) =>
      client.send(
        new ec2.CreateTagsCommand({ Resources: ids(answers), Tags: [{ Key: "aws:x", Value: "y" }] }),
      ),
  },
  {
    name: "describe one instance",
    send: ({ ec2: client }, answers) =>
      client.send(new ec2.DescribeInstancesCommand({ InstanceIds: ids(answers).slice(0, 1) })),
  },
  {
    name: "find instances by tag",
    send: async ({ ec2: client }) => {
      const found = await client.send(
        new ec2.DescribeInstancesCommand({ Filters: [{ Name: "tag:Name", Values: ["web*"] }] }),
      );
      return { ids: valuesAt(found, "Reservations.Instances.InstanceId") };
    },
  },
  {
    name: "page through instances",
    send: async ({ ec2: client }) => {
      const pages = ec2.paginateDescribeInstances({ client, pageSize: 5 }, {});
      const sizes: number[] = [];
      for await (const page of pages) sizes.push(valuesAt(page, "Reservations.Instances").length);
      return { sizes };
    },
  },
  {
    name: "describe an unknown instance",
    send: ({ ec2: client }) =>
      client.send(new ec2.DescribeInstancesCommand({ InstanceIds: ["i-0aaaaaaaaaaaaaaaa"] })),
  },
  {
    name: "filter instances by colour",
    send: ({ ec2: client }) =>
      client.send(new ec2.DescribeInstancesCommand({ Filters: [{ Name: "colour", Values: ["red"] }] })),
  },
  {
    name: "describe tags",
    send: ({ ec2: client }, answers) =>
      client.send(
        new ec2.DescribeTagsCommand({
          Filters: [{ Name: "resource-id", Values: ids(answers).slice(0, 1) }],
        }),
      ),
  },
  {
    name: "describe volumes of an instance",
    send: ({ ec2: client }, answers) =>
      client.send(
        new ec2.DescribeVolumesCommand({
          Filters: [{ Name: "attachment.instance-id", Values: ids(answers).slice(0, 1) }],
        }),
      ),
  },
  {
    name: "terminate an instance",
    send: ({ ec2: client }, answers) =>
      client.send(new ec2.TerminateInstancesCommand({ InstanceIds: ids(answers).slice(0, 1) })),
  },
  {
    name: "describe the regions of Europe",
    send: ({ ec2: client }) =>
      client.send(new ec2.DescribeRegionsCommand({ Filters: [{ Name: "region-name", Values: ["eu-*-1"] }] })),
  },
  {
    name: "put alarm",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.PutMetricAlarmCommand({ ...CPU, Tags: [{ Key: "Team", Value: "web" }] })),
  },
  {
    name: "put two more",
    send: async ({ cloudwatch: client }) => {
      for (const AlarmName of ["cpu-2", "cpu-3"])
        await client.send(new cloudwatch.PutMetricAlarmCommand({ ...CPU, AlarmName }));
      return {};
    },
  },
  {
    name: "put alarm of metric math",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.PutMetricAlarmCommand({
          AlarmName: "math",
          EvaluationPeriods: 1,
          Threshold: 1,
          ComparisonOperator: "GreaterThanThreshold",
          Metrics: [
            { Id: "rate", Expression: "orders / PERIOD(orders)", Label: "Orders a second" },
            {
              Id: "orders",
              MetricStat: { Metric: ORDERS, Period: 60, Stat: "Sum" },
              ReturnData: false,
            },
          ],
        }),
      ),
  },
  {
    name: "put alarm without threshold",
    send: ({ cloudwatch: client }) => {
      const { Threshold: _, ...rest } = CPU;
      return client.send(new cloudwatch.PutMetricAlarmCommand({ ...rest, AlarmName: "bad" }));
    },
  },
  {
    name: "put alarm with an odd period",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.PutMetricAlarmCommand({ ...CPU, AlarmName: "bad", Period: 45 })),
  },
  {
    name: "put alarm over more than a week",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.PutMetricAlarmCommand({
          ...CPU,
          AlarmName: "bad",
          Period: 86_400,
          EvaluationPeriods: 8,
        }),
      ),
  },
  {
    name: "put composite alarm",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.PutCompositeAlarmCommand({
          AlarmName: "any-cpu",
          AlarmRule: 'ALARM("cpu-1") OR ALARM("cpu-2")',
        }),
      ),
  },
  {
    name: "put composite alarm of an unknown one",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.PutCompositeAlarmCommand({ AlarmName: "bad", AlarmRule: 'ALARM("no-such-alarm")' }),
      ),
  },
  {
    name: "describe one alarm",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["cpu-1"] })),
  },
  {
    name: "describe alarm of metric math",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["math"] })),
  },
  {
    name: "describe composite alarms",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.DescribeAlarmsCommand({ AlarmTypes: ["CompositeAlarm"] })),
  },
  {
    name: "describe alarms of no type",
    send: async ({ cloudwatch: client }) => {
      const answer = await client.send(new cloudwatch.DescribeAlarmsCommand({}));
      return {
        metric: answer.MetricAlarms?.map(({ AlarmName }) => AlarmName),
        composite: answer.CompositeAlarms?.map(({ AlarmName }) => AlarmName),
      };
    },
  },
  {
    name: "page through alarms",
    send: async ({ cloudwatch: client }) => {
      const sizes: number[] = [];
      for await (const page of cloudwatch.paginateDescribeAlarms({ client, pageSize: 2 }, {}))
        sizes.push(page.MetricAlarms?.length ?? 0);
      return { sizes };
    },
  },
  {
    name: "describe alarms by prefix and state",
    send: async ({ cloudwatch: client }) => {
      const answer = await client.send(
        new cloudwatch.DescribeAlarmsCommand({ AlarmNamePrefix: "cpu-", StateValue: "INSUFFICIENT_DATA" }),
      );
      return { names: answer.MetricAlarms?.map(({ AlarmName }) => AlarmName) };
    },
  },
  {
    name: "describe more alarms than a page may have",
    send: ({ cloudwatch: client }) => client.send(new cloudwatch.DescribeAlarmsCommand({ MaxRecords: 101 })),
  },
  {
    name: "describe alarms for a metric",
    send: async ({ cloudwatch: client }) => {
      const { Namespace, MetricName, Dimensions } = CPU;
      const answer = await client.send(
        new cloudwatch.DescribeAlarmsForMetricCommand({ Namespace, MetricName, Dimensions }),
      );
      return { names: answer.MetricAlarms?.map(({ AlarmName }) => AlarmName) };
    },
  },
  {
    name: "tag alarm",
    send: ({ cloudwatch: client }, answers) =>
      client.send(
        new cloudwatch.TagResourceCommand({
          ResourceARN: alarmArn(answers),
          Tags: [{ Key: "Role", Value: "web" }],
        }),
      ),
  },
  {
    name: "put alarm again with other tags",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.PutMetricAlarmCommand({ ...CPU, Tags: [{ Key: "Team", Value: "other" }] })),
  },
  {
    name: "list tags of alarm",
    send: ({ cloudwatch: client }, answers) =>
      client.send(new cloudwatch.ListTagsForResourceCommand({ ResourceARN: alarmArn(answers) })),
  },
  {
    name: "set alarm state",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.SetAlarmStateCommand({
          AlarmName: "cpu-1",
          StateValue: "ALARM",
          StateReason: "by hand",
          StateReasonData: '{"why":"test"}',
        }),
      ),
  },
  {
    name: "set state of an unknown alarm",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.SetAlarmStateCommand({
          AlarmName: "no-such-alarm",
          StateValue: "OK",
          StateReason: "?",
        }),
      ),
  },
  {
    name: "describe alarm in ALARM",
    send: async ({ cloudwatch: client }) => {
      const answer = await client.send(new cloudwatch.DescribeAlarmsCommand({ StateValue: "ALARM" }));
      return answer.MetricAlarms?.map(({ AlarmName, StateValue, StateReason, StateReasonData }) => ({
        AlarmName,
        StateValue,
        StateReason,
        StateReasonData,
      }));
    },
  },
  {
    name: "disable alarm actions",
    send: async ({ cloudwatch: client }) => {
      await client.send(new cloudwatch.DisableAlarmActionsCommand({ AlarmNames: ["cpu-2"] }));
      const answer = await client.send(new cloudwatch.DescribeAlarmsCommand({ AlarmNames: ["cpu-2"] }));
      return { enabled: answer.MetricAlarms?.map(({ ActionsEnabled }) => ActionsEnabled) };
    },
  },
  {
    name: "describe alarm history",
    send: async ({ cloudwatch: client }) => {
      const answer = await client.send(
        new cloudwatch.DescribeAlarmHistoryCommand({ AlarmName: "cpu-1", HistoryItemType: "StateUpdate" }),
      );
      return answer.AlarmHistoryItems?.map(({ HistoryItemType, HistorySummary }) => ({
        HistoryItemType,
        HistorySummary,
      }));
    },
  },
  {
    name: "delete an alarm that a composite needs",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: ["cpu-1"] })),
  },
  {
    name: "delete composite and metric alarms",
    send: async ({ cloudwatch: client }) => {
      await client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: ["any-cpu"] }));
      return client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: ["cpu-2", "cpu-3", "math"] }));
    },
  },
  {
    name: "delete an unknown alarm",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: ["no-such-alarm"] })),
  },
  {
    name: "put metric data",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.PutMetricDataCommand({
          Namespace: ORDERS.Namespace,
          MetricData: [
            [10, 5],
            [20, 4],
            [30, 4],
          ].map(([Value, minutes = 0]) => ({
            MetricName: ORDERS.MetricName,
            Dimensions: ORDERS.Dimensions,
            Value,
            Timestamp: new Date(now - minutes * MINUTE),
            Unit: "Count" as const,
          })),
        }),
      ),
  },
  {
    name: "put metric data into AWS's namespace",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.PutMetricDataCommand({
          Namespace: "AWS/EC2",
          MetricData: [{ MetricName: "CPUUtilization", Value: 1 }],
        }),
      ),
  },
  {
    name: "put metric data of three weeks ago",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.PutMetricDataCommand({
          Namespace: "Acme/Shop",
          MetricData: [{ MetricName: "Old", Value: 1, Timestamp: new Date(now - 21 * 86_400_000) }],
        }),
      ),
  },
  {
    name: "list metrics",
    send: ({ cloudwatch: client }) =>
      client.send(new cloudwatch.ListMetricsCommand({ Namespace: ORDERS.Namespace, MetricName: "Orders" })),
  },
  {
    name: "get metric statistics",
    send: async ({ cloudwatch: client }) => {
      const answer = await client.send(
        new cloudwatch.GetMetricStatisticsCommand({
          ...ORDERS,
          ...WINDOW,
          Period: 60,
          Statistics: ["Sum", "Average", "SampleCount", "Maximum", "Minimum"],
        }),
      );
      const points = [...(answer.Datapoints ?? [])].sort((a, b) => Number(a.Timestamp) - Number(b.Timestamp));
      return { Label: answer.Label, points: points.map(({ Timestamp: _, ...point }) => point) };
    },
  },
  {
    name: "get metric data",
    send: ({ cloudwatch: client }) =>
      client.send(
        new cloudwatch.GetMetricDataCommand({
          ...WINDOW,
          ScanBy: "TimestampAscending",
          MetricDataQueries: [
            { Id: "sum", MetricStat: { Metric: ORDERS, Period: 60, Stat: "Sum" } },
            {
              Id: "none",
              MetricStat: { Metric: { ...ORDERS, MetricName: "Nothing" }, Period: 60, Stat: "Sum" },
            },
          ],
        }),
      ),
  },
  {
    name: "get metric data backwards by default",
    send: async ({ cloudwatch: client }) => {
      const answer = await client.send(
        new cloudwatch.GetMetricDataCommand({
          ...WINDOW,
          MetricDataQueries: [{ Id: "sum", MetricStat: { Metric: ORDERS, Period: 60, Stat: "Sum" } }],
        }),
      );
      return { values: answer.MetricDataResults?.[0]?.Values };
    },
  },
  {
    name: "create topic",
    send: ({ sns: client }) =>
      client.send(new sns.CreateTopicCommand({ Name: "alarms", Tags: [{ Key: "Team", Value: "web" }] })),
  },
  {
    name: "create topic again",
    send: ({ sns: client }) => client.send(new sns.CreateTopicCommand({ Name: "alarms" })),
  },
  {
    name: "create topic with a slash",
    send: ({ sns: client }) => client.send(new sns.CreateTopicCommand({ Name: "a/b" })),
  },
  {
    name: "describe topic",
    send: async ({ sns: client }, answers) => {
      const { Attributes } = await client.send(
        new sns.GetTopicAttributesCommand({ TopicArn: topic(answers) }),
      );
      const {
        Owner,
        SubscriptionsConfirmed,
        SubscriptionsPending,
        SubscriptionsDeleted,
        DisplayName,
        TopicArn,
      } = Attributes ?? {};
      return {
        Owner,
        SubscriptionsConfirmed,
        SubscriptionsPending,
        SubscriptionsDeleted,
        DisplayName,
        TopicArn,
      };
    },
  },
  {
    name: "describe an unknown topic",
    send: ({ sns: client }, answers) =>
      client.send(new sns.GetTopicAttributesCommand({ TopicArn: `${topic(answers)}-not` })),
  },
  { name: "list topics", send: ({ sns: client }) => client.send(new sns.ListTopicsCommand({})) },
  {
    name: "list tags of topic",
    send: ({ sns: client }, answers) =>
      client.send(new sns.ListTagsForResourceCommand({ ResourceArn: topic(answers) })),
  },
  {
    name: "create queue",
    send: ({ sqs: client }) => client.send(new sqs.CreateQueueCommand({ QueueName: "inbox" })),
  },
  {
    name: "describe queue",
    send: ({ sqs: client }, answers) =>
      client.send(
        new sqs.GetQueueAttributesCommand({ QueueUrl: queueUrl(answers), AttributeNames: ["All"] }),
      ),
  },
  {
    name: "find an unknown queue",
    send: ({ sqs: client }) => client.send(new sqs.GetQueueUrlCommand({ QueueName: "nobody" })),
  },
  {
    name: "subscribe queue",
    send: ({ sns: client }, answers) =>
      client.send(
        new sns.SubscribeCommand({
          TopicArn: topic(answers),
          Protocol: "sqs",
          Endpoint: queueArn(answers),
        }),
      ),
  },
  {
    name: "publish",
    send: ({ sns: client }, answers) =>
      client.send(
        new sns.PublishCommand({
          TopicArn: topic(answers),
          Subject: "ALARM",
          Message: "disk voll",
          MessageAttributes: { team: { DataType: "String", StringValue: "web" } },
        }),
      ),
  },
  {
    name: "receive",
    send: async ({ sqs: client }, answers) => {
      const answer = await client.send(
        new sqs.ReceiveMessageCommand({ QueueUrl: queueUrl(answers), WaitTimeSeconds: 1 }),
      );
      return answer.Messages?.map(({ Body }) => JSON.parse(Body ?? "null") as unknown);
    },
  },
  {
    name: "publish to an unknown topic",
    send: ({ sns: client }, answers) =>
      client.send(new sns.PublishCommand({ TopicArn: `${topic(answers)}-not`, Message: "m" })),
  },
  {
    name: "send and receive with attributes",
    send: async ({ sqs: client }, answers) => {
      const QueueUrl = queueUrl(answers);
      const sent = await client.send(
        new sqs.SendMessageCommand({
          QueueUrl,
          MessageBody: "hello",
          MessageAttributes: { n: { DataType: "Number", StringValue: "1" } },
        }),
      );
      const got = await client.send(
        new sqs.ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ["All"], WaitTimeSeconds: 1 }),
      );
      const [message] = got.Messages ?? [];
      return { sent, body: message?.Body, attributes: message?.MessageAttributes, md5: message?.MD5OfBody };
    },
  },
  {
    name: "create zone",
    send: ({ route53: client }) =>
      client.send(new route53.CreateHostedZoneCommand({ Name: "example.com", CallerReference: "compare" })),
  },
  {
    name: "add record",
    send: ({ route53: client }, answers) =>
      client.send(
        new route53.ChangeResourceRecordSetsCommand({
          HostedZoneId: zone(answers),
          ChangeBatch: {
            Changes: [
              {
                Action: "CREATE",
                ResourceRecordSet: {
                  Name: "web.example.com",
                  Type: "A",
                  TTL: 60,
                  ResourceRecords: [{ Value: "10.0.0.1" }],
                },
              },
            ],
          },
        }),
      ),
  },
  {
    name: "list records of a name",
    send: ({ route53: client }, answers) =>
      client.send(
        new route53.ListResourceRecordSetsCommand({
          HostedZoneId: zone(answers),
          StartRecordName: "web.example.com",
          MaxItems: 1,
        }),
      ),
  },
  {
    name: "list zones",
    send: ({ route53: client }) => client.send(new route53.ListHostedZonesCommand({})),
  },
  {
    name: "list records of an unknown zone",
    send: ({ route53: client }) =>
      client.send(new route53.ListResourceRecordSetsCommand({ HostedZoneId: "Z00000000000000000000" })),
  },
];
