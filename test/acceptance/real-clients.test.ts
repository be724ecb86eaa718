// The AWS CLI and boto3, as the machine has them, against the local cloud over HTTP: what a user of either would do.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodePng } from "../support/png.ts";
import { awsCli, awsCliVersion } from "./support/aws-cli.ts";
import { aboutBoto, type Boto, type BotoSettings, startBoto } from "./support/boto.ts";
import { counterpart } from "./support/counterpart.ts";
import { credentialVariables, type ObservedCloud, startObservedCloud } from "./support/observed-cloud.ts";
import { textAt, valuesAt } from "./support/values-at.ts";

const MINUTE = 60_000;
/** Python starts once for each command, twice as slowly in some versions; seven tests share the machine. */
const CLI_TIMEOUT = { timeout: 3 * MINUTE };
const IMAGE = "ami-0123456789abcdef0";
const ROLE = "arn:aws:iam::444455556666:role/watchkeeper";

let cloud: ObservedCloud;
/** How far the cloud's idea of the host's time is from the clients'; milliseconds. */
let skew = 0;

beforeAll(async () => {
  cloud = await startObservedCloud({ hostNow: () => Date.now() + skew });
});

afterAll(() => cloud.close());

/** Width and height of the picture in an answer. */
function sizeOf(answer: unknown): readonly number[] {
  const { width, height } = decodePng(Buffer.from(textAt(answer, "MetricWidgetImage"), "base64"));
  return [width, height];
}

/** Lets time go by between a client's clock and the cloud's, for the length of some calls. */
async function skewedBy<T>(ms: number, calls: () => Promise<T>): Promise<T> {
  skew = ms;
  try {
    return await calls();
  } finally {
    skew = 0;
  }
}

const cliVersion = awsCliVersion();
const cliProgram = counterpart(cliVersion, "aws is not installed");

// Concurrent: most of a CLI call is Python starting. Each test has a region of its own.
describe.skipIf(cliProgram.absent).concurrent(cliProgram.title("the AWS CLI"), CLI_TIMEOUT, () => {
  const cliIn = (region: string) => awsCli(cloud.endpoint, credentialVariables(cloud.keys, region));

  it("runs, tags, finds, pages and terminates instances", async () => {
    const aws = cliIn("eu-west-1");
    const launched = await aws(
      ...["ec2", "run-instances", "--image-id", IMAGE, "--instance-type", "t3.micro", "--count", "7"],
      "--tag-specifications",
      "ResourceType=instance,Tags=[{Key=Managed,Value=Yes}]",
    );
    const ids = valuesAt(launched, "Instances.InstanceId") as string[];
    expect(ids).toHaveLength(7);
    const [first = "", second = ""] = ids;
    await aws("ec2", "create-tags", "--resources", first, second, "--tags", "Key=Name,Value=web one");

    const named = await aws(
      ...["ec2", "describe-instances", "--filters", "Name=tag:Name,Values=web*"],
      "Name=instance-state-name,Values=pending,running",
    );
    expect(new Set(valuesAt(named, "Reservations.Instances.InstanceId"))).toEqual(new Set([first, second]));

    // Pages of five on the wire, however many the CLI shows.
    const before = cloud.local.requests.get("ec2:DescribeInstances") ?? 0;
    const whole = await aws("ec2", "describe-instances", "--page-size", "5");
    expect(new Set(valuesAt(whole, "Reservations.Instances.InstanceId"))).toEqual(new Set(ids));
    expect(cloud.local.requests.get("ec2:DescribeInstances")).toBe(before + 2);
    const some = await aws("ec2", "describe-tags", "--max-items", "6", "--page-size", "5");
    const rest = await aws("ec2", "describe-tags", "--starting-token", textAt(some, "NextToken"));
    expect([...valuesAt(some, "Tags"), ...valuesAt(rest, "Tags")]).toHaveLength(9);

    const ended = await aws("ec2", "terminate-instances", "--instance-ids", first);
    expect(valuesAt(ended, "TerminatingInstances.CurrentState.Name")).toEqual(["shutting-down"]);
    expect(await aws.refused("ec2", "describe-instances", "--instance-ids", "i-0123456789abcdef0")).toMatch(
      /\(InvalidInstanceID\.NotFound\) when calling the DescribeInstances operation/,
    );
  });

  it("puts, pages, tags, switches and deletes alarms, composite ones too", async () => {
    const aws = cliIn("eu-west-2");
    for (const name of ["cpu-1", "cpu-2"]) {
      await aws(
        ...["cloudwatch", "put-metric-alarm", "--alarm-name", name, "--namespace", "AWS/EC2"],
        ...["--metric-name", "CPUUtilization", "--statistic", "Average", "--period", "300"],
        ...["--dimensions", "Name=InstanceId,Value=i-0123456789abcdef0", "--evaluation-periods", "3"],
        ...["--comparison-operator", "GreaterThanThreshold", "--threshold", "80.5"],
        ...["--tags", "Key=Team,Value=web"],
      );
    }
    await aws(
      ...["cloudwatch", "put-composite-alarm", "--alarm-name", "any-cpu"],
      ...["--alarm-rule", 'ALARM("cpu-1") OR ALARM("cpu-2")'],
    );
    const paged = await aws("cloudwatch", "describe-alarms", "--max-items", "1", "--page-size", "1");
    expect(valuesAt(paged, "MetricAlarms.AlarmName")).toEqual(["cpu-1"]);
    expect(valuesAt(paged, "MetricAlarms.Threshold")).toEqual([80.5]);
    const rest = await aws("cloudwatch", "describe-alarms", "--starting-token", textAt(paged, "NextToken"));
    expect(valuesAt(rest, "MetricAlarms.AlarmName")).toEqual(["cpu-2"]);

    const arn = textAt(rest, "MetricAlarms.AlarmArn");
    expect(arn).toBe("arn:aws:cloudwatch:eu-west-2:111122223333:alarm:cpu-2");
    await aws("cloudwatch", "tag-resource", "--resource-arn", arn, "--tags", "Key=Role,Value=a=b c");
    await aws("cloudwatch", "untag-resource", "--resource-arn", arn, "--tag-keys", "Team");
    const tags = await aws("cloudwatch", "list-tags-for-resource", "--resource-arn", arn);
    expect(tags).toEqual({ Tags: [{ Key: "Role", Value: "a=b c" }] });

    await aws(
      ...["cloudwatch", "set-alarm-state", "--alarm-name", "cpu-1", "--state-value", "ALARM"],
      ...["--state-reason", "by hand"],
    );
    const history = await aws(
      ...["cloudwatch", "describe-alarm-history", "--alarm-name", "cpu-1"],
      ...["--history-item-type", "StateUpdate"],
    );
    expect(valuesAt(history, "AlarmHistoryItems.HistorySummary")).toEqual([
      "Alarm updated from INSUFFICIENT_DATA to ALARM",
    ]);

    expect(await aws.refused("cloudwatch", "delete-alarms", "--alarm-names", "cpu-1")).toMatch(
      /\(ValidationError\).*composite/,
    );
    await aws("cloudwatch", "delete-alarms", "--alarm-names", "any-cpu");
    await aws("cloudwatch", "delete-alarms", "--alarm-names", "cpu-1", "cpu-2");
    const left = await aws(
      ...["cloudwatch", "describe-alarms", "--alarm-types", "MetricAlarm", "CompositeAlarm"],
    );
    expect([...valuesAt(left, "MetricAlarms"), ...valuesAt(left, "CompositeAlarms")]).toEqual([]);
  });

  it("puts metric data and reads it back by both ways", async () => {
    const aws = cliIn("eu-west-3");
    const minute = Math.floor(Date.now() / MINUTE) * MINUTE;
    const iso = (offset: number) => new Date(minute + offset * MINUTE).toISOString();
    for (const [offset, value] of [
      [-3, "10"],
      [-2, "20"],
    ] as const)
      await aws(
        ...["cloudwatch", "put-metric-data", "--namespace", "Acme/Shop", "--metric-name", "Orders"],
        ...["--value", value, "--timestamp", iso(offset), "--dimensions", "Shop=berlin", "--unit", "Count"],
      );
    expect(await aws("cloudwatch", "list-metrics", "--namespace", "Acme/Shop")).toEqual({
      Metrics: [
        { Namespace: "Acme/Shop", MetricName: "Orders", Dimensions: [{ Name: "Shop", Value: "berlin" }] },
      ],
    });
    const window = ["--start-time", iso(-5), "--end-time", iso(0)];
    const statistics = await aws(
      ...["cloudwatch", "get-metric-statistics", "--namespace", "Acme/Shop", "--metric-name", "Orders"],
      ...["--dimensions", "Name=Shop,Value=berlin", "--period", "60", "--statistics", "Sum", ...window],
    );
    expect(new Set(valuesAt(statistics, "Datapoints.Sum"))).toEqual(new Set([10, 20]));
    const query = {
      Id: "orders",
      MetricStat: {
        Metric: {
          Namespace: "Acme/Shop",
          MetricName: "Orders",
          Dimensions: [{ Name: "Shop", Value: "berlin" }],
        },
        Period: 60,
        Stat: "Average",
      },
    };
    const data = await aws(
      ...["cloudwatch", "get-metric-data", "--metric-data-queries", JSON.stringify([query])],
      ...["--scan-by", "TimestampAscending", ...window],
    );
    expect(valuesAt(data, "MetricDataResults.Values")).toEqual([10, 20]);
    const widget = JSON.stringify({
      metrics: [["Acme/Shop", "Orders", "Shop", "berlin"]],
      width: 320,
      height: 200,
    });
    const image = await aws("cloudwatch", "get-metric-widget-image", "--metric-widget", widget);
    expect(sizeOf(image)).toEqual([320, 200]);
  });

  it("receives from a queue what was published to a topic", async () => {
    const aws = cliIn("eu-north-1");
    const topic = textAt(await aws("sns", "create-topic", "--name", "alarms"), "TopicArn");
    const url = textAt(await aws("sqs", "create-queue", "--queue-name", "inbox"), "QueueUrl");
    const attributes = await aws(
      ...["sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "QueueArn"],
    );
    const queue = textAt(attributes, "Attributes.QueueArn");
    await aws(
      ...["sns", "subscribe", "--topic-arn", topic, "--protocol", "sqs", "--notification-endpoint", queue],
    );
    const published = await aws(
      ...[
        "sns",
        "publish",
        "--topic-arn",
        topic,
        "--subject",
        "ALARM",
        "--message",
        "disk voll: 90 % ≥ 80 %",
      ],
    );
    const received = await aws("sqs", "receive-message", "--queue-url", url, "--wait-time-seconds", "2");
    expect(JSON.parse(textAt(received, "Messages.Body"))).toMatchObject({
      Type: "Notification",
      MessageId: textAt(published, "MessageId"),
      TopicArn: topic,
      Subject: "ALARM",
      Message: "disk voll: 90 % ≥ 80 %",
    });
  });

  it("lists zones, records and quotas", async () => {
    const aws = cliIn("us-east-1");
    const made = await aws(
      ...["route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "cli"],
    );
    const zone = textAt(made, "HostedZone.Id");
    const record = { Name: "web.example.com", Type: "A", TTL: 60, ResourceRecords: [{ Value: "10.0.0.1" }] };
    await aws(
      ...["route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch"],
      JSON.stringify({ Changes: [{ Action: "CREATE", ResourceRecordSet: record }] }),
    );
    const zones = await aws("route53", "list-hosted-zones");
    expect(valuesAt(zones, "HostedZones.Name")).toEqual(["example.com."]);
    const records = await aws("route53", "list-resource-record-sets", "--hosted-zone-id", zone);
    expect(valuesAt(records, "ResourceRecordSets")).toContainEqual({ ...record, Name: "web.example.com." });
    const quotas = await aws("service-quotas", "list-service-quotas", "--service-code", "monitoring");
    expect(valuesAt(quotas, "Quotas.QuotaName")).toContain("Rate of PutMetricAlarm requests");
  });

  it("assumes a role of another account and acts there", async () => {
    const aws = cliIn("eu-central-1");
    const assumed = await aws("sts", "assume-role", "--role-arn", ROLE, "--role-session-name", "night-shift");
    const session = aws.with({
      AWS_ACCESS_KEY_ID: textAt(assumed, "Credentials.AccessKeyId"),
      AWS_SECRET_ACCESS_KEY: textAt(assumed, "Credentials.SecretAccessKey"),
      AWS_SESSION_TOKEN: textAt(assumed, "Credentials.SessionToken"),
    });
    expect(await session("sts", "get-caller-identity")).toMatchObject({
      Account: "444455556666",
      Arn: "arn:aws:sts::444455556666:assumed-role/watchkeeper/night-shift",
    });
    expect(await session("sns", "create-topic", "--name", "theirs")).toEqual({
      TopicArn: "arn:aws:sns:eu-central-1:444455556666:theirs",
    });
  });

  it("is refused with a wrong secret, an unknown key and a wrong clock, in AWS's words", async () => {
    const aws = cliIn("eu-central-1");
    const wrongSecret = aws.with({ AWS_SECRET_ACCESS_KEY: "wrong" });
    expect(await wrongSecret.refused("ec2", "describe-instances")).toMatch(/\(SignatureDoesNotMatch\)/);
    expect(await wrongSecret.refused("sts", "get-caller-identity")).toMatch(/\(SignatureDoesNotMatch\)/);
    const unknownKey = aws.with({ AWS_ACCESS_KEY_ID: "AKIAUNKNOWNKEY000000" });
    expect(await unknownKey.refused("sts", "get-caller-identity")).toMatch(/\(InvalidClientTokenId\)/);
    expect(await unknownKey.refused("ec2", "describe-instances")).toMatch(/\(AuthFailure\)/);
    const later = await startObservedCloud({ hostNow: () => Date.now() + 20 * MINUTE });
    const late = awsCli(later.endpoint, credentialVariables(later.keys, "eu-central-1"));
    expect(await late.refused("sts", "get-caller-identity")).toMatch(
      /\(SignatureDoesNotMatch\).*Signature expired/,
    );
    await later.close();
  });
});

const boto3 = aboutBoto();
const botoProgram = counterpart(
  boto3 && `boto3 ${boto3.boto3}, botocore ${boto3.botocore}`,
  "python3 with boto3 is not installed",
);

describe.skipIf(botoProgram.absent)(botoProgram.title("boto3"), () => {
  let boto: Boto;
  let settings: BotoSettings;

  beforeAll(() => {
    settings = { endpoint: cloud.endpoint, region: "eu-central-1", ...cloud.keys };
    boto = startBoto(settings);
  });

  afterAll(() => boto.close());

  const headersDuring = async (calls: () => Promise<unknown>) => {
    const before = cloud.headers.length;
    await calls();
    return cloud.headers.slice(before);
  };

  it("runs, tags, finds and pages instances", async () => {
    const at = { region: "ap-south-1" };
    const launched = await boto.call(
      "ec2",
      "run_instances",
      { ImageId: IMAGE, InstanceType: "t3.micro", MinCount: 12, MaxCount: 12 },
      at,
    );
    const ids = valuesAt(launched, "Instances.InstanceId");
    await boto.call("ec2", "create_tags", { Resources: ids, Tags: [{ Key: "Managed", Value: "Yes" }] }, at);
    const pages = await boto.pages(
      "ec2",
      "describe_instances",
      5,
      { Filters: [{ Name: "tag:Managed", Values: ["Yes"] }] },
      at,
    );
    expect(pages.map((page) => valuesAt(page, "Reservations.Instances").length)).toEqual([5, 5, 2]);
    expect(new Set(valuesAt(pages, "Reservations.Instances.InstanceId"))).toEqual(new Set(ids));
    const described = valuesAt(pages, "Reservations.Instances.LaunchTime");
    expect(described.every((time) => !Number.isNaN(Date.parse(String(time))))).toBe(true);
  });

  const protocols = boto3?.protocols.cloudwatch ?? [];
  const SPOKEN: Readonly<Record<string, (headers: Readonly<Record<string, string | undefined>>) => boolean>> =
    {
      query: (headers) => headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false,
      json: (headers) => headers["x-amz-target"]?.startsWith("GraniteServiceVersion20100801.") ?? false,
      "smithy-rpc-v2-cbor": (headers) => headers["smithy-protocol"] === "rpc-v2-cbor",
    };

  it.each(protocols)("keeps alarms, history and metrics over %s", async (protocol) => {
    const at = { region: "sa-east-1", protocol };
    const names = ["a", "b", "c"].map((letter) => `${protocol}-${letter}`);
    const spoken = await headersDuring(async () => {
      for (const AlarmName of names)
        await boto.call(
          "cloudwatch",
          "put_metric_alarm",
          {
            AlarmName,
            AlarmDescription: "über 80 %\n<b>&amp;</b>",
            Namespace: "AWS/EC2",
            MetricName: "CPUUtilization",
            Dimensions: [{ Name: "InstanceId", Value: "i-0123456789abcdef0" }],
            Statistic: "Average",
            Period: 60,
            EvaluationPeriods: 2,
            ComparisonOperator: "GreaterThanThreshold",
            Threshold: 0.1,
            Tags: [{ Key: "Team", Value: "web" }],
          },
          at,
        );
      const composite = { AlarmName: `${protocol}-all`, AlarmRule: `ALARM("${names[0]}")` };
      await boto.call("cloudwatch", "put_composite_alarm", composite, at);
      const listing = { AlarmNamePrefix: `${protocol}-`, AlarmTypes: ["MetricAlarm", "CompositeAlarm"] };
      const pages = await boto.pages("cloudwatch", "describe_alarms", 2, listing, at);
      expect(pages).toHaveLength(2);
      expect(valuesAt(pages, "CompositeAlarms.AlarmName")).toEqual([`${protocol}-all`]);
      expect(valuesAt(pages, "MetricAlarms.AlarmName")).toEqual(names);
      expect(valuesAt(pages, "MetricAlarms.Threshold")).toEqual([0.1, 0.1, 0.1]);
      expect(new Set(valuesAt(pages, "MetricAlarms.AlarmDescription"))).toEqual(
        new Set(["über 80 %\n<b>&amp;</b>"]),
      );
      const [ResourceARN] = valuesAt(pages, "MetricAlarms.AlarmArn");
      expect(
        valuesAt(await boto.call("cloudwatch", "list_tags_for_resource", { ResourceARN }, at), "Tags"),
      ).toEqual([{ Key: "Team", Value: "web" }]);
      const state = { AlarmName: names[0], StateValue: "OK", StateReason: "quiet" };
      await boto.call("cloudwatch", "set_alarm_state", state, at);
      const history = await boto.pages(
        "cloudwatch",
        "describe_alarm_history",
        1,
        { AlarmName: names[0] },
        at,
      );
      expect(valuesAt(history, "AlarmHistoryItems.HistoryItemType")).toEqual([
        "StateUpdate",
        "ConfigurationUpdate",
      ]);
      await boto.call("cloudwatch", "delete_alarms", { AlarmNames: [`${protocol}-all`] }, at);
      await boto.call("cloudwatch", "delete_alarms", { AlarmNames: names }, at);

      const Namespace = `Acme/${protocol}`;
      const time = new Date(Date.now() - 5 * MINUTE).toISOString();
      const datum = { MetricName: "Depth", Timestamp: time, Values: [1, 2.5], Counts: [1, 3] };
      await boto.call("cloudwatch", "put_metric_data", { Namespace, MetricData: [datum] }, at);
      const listed = await boto.call("cloudwatch", "list_metrics", { Namespace }, at);
      expect(valuesAt(listed, "Metrics.MetricName")).toEqual(["Depth"]);
      const window = {
        StartTime: new Date(Date.now() - 10 * MINUTE).toISOString(),
        EndTime: new Date(Date.now()).toISOString(),
      };
      const Metric = { Namespace, MetricName: "Depth" };
      const data = await boto.call(
        "cloudwatch",
        "get_metric_data",
        { MetricDataQueries: [{ Id: "m1", MetricStat: { Metric, Period: 60, Stat: "Sum" } }], ...window },
        at,
      );
      expect(valuesAt(data, "MetricDataResults.Values")).toEqual([8.5]);
      const statistics = await boto.call(
        "cloudwatch",
        "get_metric_statistics",
        { ...Metric, Period: 60, Statistics: ["SampleCount", "Maximum"], ...window },
        at,
      );
      expect(valuesAt(statistics, "Datapoints")).toMatchObject([{ SampleCount: 4, Maximum: 2.5 }]);
      const MetricWidget = JSON.stringify({ metrics: [[Namespace, "Depth"]] });
      const image = await boto.call("cloudwatch", "get_metric_widget_image", { MetricWidget }, at);
      expect(sizeOf(image)).toEqual([600, 400]);
      const unknown = { AlarmName: "no-such-alarm", StateValue: "OK", StateReason: "?" };
      await expect(boto.call("cloudwatch", "set_alarm_state", unknown, at)).rejects.toMatchObject({
        code: "ResourceNotFound",
        status: 404,
      });
    });
    expect(spoken.every(SPOKEN[protocol] ?? (() => false))).toBe(true);
  });

  it.skipIf(!boto3?.compresses)(
    boto3?.compresses
      ? "sends large bodies gzipped"
      : "sends large bodies gzipped (skipped: this boto3 doesn't)",
    async () => {
      const MetricData = Array.from({ length: 300 }, (_, i) => ({ MetricName: `metric-${i}`, Value: i }));
      const spoken = await headersDuring(() =>
        boto.call("cloudwatch", "put_metric_data", { Namespace: "Acme/Large", MetricData }),
      );
      expect(spoken.map((headers) => headers["content-encoding"])).toEqual(["gzip"]);
      const pages = await boto.pages("cloudwatch", "list_metrics", 0, { Namespace: "Acme/Large" });
      expect(valuesAt(pages, "Metrics")).toHaveLength(300);
    },
  );

  it("receives from a queue what was published to a topic", async () => {
    const TopicArn = textAt(await boto.call("sns", "create_topic", { Name: "boto" }), "TopicArn");
    const QueueUrl = textAt(await boto.call("sqs", "create_queue", { QueueName: "boto" }), "QueueUrl");
    const attributes = await boto.call("sqs", "get_queue_attributes", {
      QueueUrl,
      AttributeNames: ["QueueArn"],
    });
    const Endpoint = textAt(attributes, "Attributes.QueueArn");
    await boto.call("sns", "subscribe", { TopicArn, Protocol: "sqs", Endpoint });
    await boto.call("sns", "publish", { TopicArn, Message: "hello" });
    const received = await boto.call("sqs", "receive_message", { QueueUrl, WaitTimeSeconds: 2 });
    expect(JSON.parse(textAt(received, "Messages.Body"))).toMatchObject({ TopicArn, Message: "hello" });
    const ReceiptHandle = textAt(received, "Messages.ReceiptHandle");
    await boto.call("sqs", "delete_message", { QueueUrl, ReceiptHandle });
  });

  it("lists zones and quotas, and acts with a session", async () => {
    const CallerReference = "boto";
    await boto.call("route53", "create_hosted_zone", { Name: "boto.example.com", CallerReference });
    const zones = await boto.call("route53", "list_hosted_zones");
    expect(valuesAt(zones, "HostedZones.Name")).toContain("boto.example.com.");
    const quota = { ServiceCode: "monitoring", QuotaCode: "L-0720E68F" };
    expect(valuesAt(await boto.call("service-quotas", "get_service_quota", quota), "Quota.Value")).toEqual([
      3,
    ]);
    const session = await sessionOf();
    expect(await boto.call("sts", "get_caller_identity", {}, session)).toMatchObject({
      Account: "444455556666",
    });
  });

  async function sessionOf(seconds = 900) {
    const assumed = await boto.call("sts", "assume_role", {
      RoleArn: ROLE,
      RoleSessionName: "boto",
      DurationSeconds: seconds,
    });
    return {
      accessKeyId: textAt(assumed, "Credentials.AccessKeyId"),
      secretAccessKey: textAt(assumed, "Credentials.SecretAccessKey"),
      sessionToken: textAt(assumed, "Credentials.SessionToken"),
    };
  }

  /** A call of each service, and what AWS answers it by what is wrong with its signature. */
  const REFUSALS = [
    ["ec2", "describe_instances", "SignatureDoesNotMatch", "AuthFailure", "RequestExpired", "RequestExpired"],
    [
      "sts",
      "get_caller_identity",
      "SignatureDoesNotMatch",
      "InvalidClientTokenId",
      "SignatureDoesNotMatch",
      "ExpiredToken",
    ],
    [
      "sns",
      "list_topics",
      "SignatureDoesNotMatch",
      "InvalidClientTokenId",
      "SignatureDoesNotMatch",
      "ExpiredToken",
    ],
    [
      "service-quotas",
      "list_services",
      "InvalidSignatureException",
      "UnrecognizedClientException",
      "InvalidSignatureException",
      "ExpiredTokenException",
    ],
    [
      "route53",
      "list_hosted_zones",
      "SignatureDoesNotMatch",
      "InvalidClientTokenId",
      "SignatureDoesNotMatch",
      "ExpiredToken",
    ],
  ] as const;

  it.each(REFUSALS)(
    "is refused by %s (%s) as AWS refuses",
    async (service, operation, secret, key, clock, token) => {
      const code = (more: Partial<BotoSettings>) =>
        boto.call(service, operation, {}, more).then(
          () => "it was not refused",
          (error: { code?: string }) => error.code ?? String(error),
        );
      expect(await code({ secretAccessKey: "wrong" })).toBe(secret);
      expect(await code({ accessKeyId: "AKIAUNKNOWNKEY000000" })).toBe(key);
      expect(await skewedBy(20 * MINUTE, () => code({}))).toBe(clock);
      expect(await skewedBy(-20 * MINUTE, () => code({}))).toBe(clock);
      // Given ten minutes ago by the cloud's clock, over ten minutes from now: both within what a signature may be off.
      const session = await skewedBy(-10 * MINUTE, () => sessionOf());
      expect(await code(session)).toBe("it was not refused");
      expect(await skewedBy(10 * MINUTE, () => code(session))).toBe(token);
      const { sessionToken: _, ...withoutToken } = session;
      expect(await code(withoutToken)).toBe(key);
    },
  );

  it.each(protocols)("is refused over %s as AWS refuses", async (protocol) => {
    const call = (more: Partial<BotoSettings>) =>
      boto.call("cloudwatch", "list_metrics", {}, { protocol, ...more });
    const query = protocol === "query";
    await expect(call({ secretAccessKey: "wrong" })).rejects.toMatchObject({
      code: query ? "SignatureDoesNotMatch" : "InvalidSignatureException",
    });
    await expect(call({ accessKeyId: "AKIAUNKNOWNKEY000000" })).rejects.toMatchObject({
      code: query ? "InvalidClientTokenId" : "UnrecognizedClientException",
    });
    await expect(skewedBy(20 * MINUTE, () => call({}))).rejects.toMatchObject({
      message: expect.stringContaining("Signature expired"),
    });
  });
});
