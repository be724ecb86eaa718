// Terraform with its own AWS provider against the local cloud, with the provider block that the documentation shows.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import { ListTopicsCommand, PublishCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Clients, clientsAt } from "./support/aws-requests.ts";
import { counterpart } from "./support/counterpart.ts";
import { type ObservedCloud, startObservedCloud } from "./support/observed-cloud.ts";
import { findTerraform, type TerraformProject, terraformProject } from "./support/terraform.ts";

const PAGE = resolve(import.meta.dirname, "../../docs/local.md");
const REGION = "eu-central-1";

const found = findTerraform();
const plugins = "plugins" in found ? found.plugins : undefined;
const program = counterpart(plugins && "with its AWS provider", "missing" in found ? found.missing : "");

/** The documented provider at an endpoint, and what a team would make with it. */
function configuration(endpoint: string, threshold: number): string {
  const [, provider = ""] = /^```hcl\n(.*?)^```$/ms.exec(readFileSync(PAGE, "utf8")) ?? [];
  return `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
${provider.replaceAll("http://127.0.0.1:4599", endpoint)}
resource "aws_sns_topic" "alarms" {
  name = "tf-alarms"
  tags = { Team = "web" }
}
resource "aws_sns_topic_subscription" "inbox" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:${REGION}:111122223333:inbox"
}
resource "aws_cloudwatch_metric_alarm" "cpu" {
  alarm_name          = "tf-cpu"
  alarm_description   = "CPU über ${threshold} %"
  namespace           = "AWS/EC2"
  metric_name         = "CPUUtilization"
  dimensions          = { InstanceId = "i-0123456789abcdef0" }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 3
  threshold           = ${threshold}
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  tags                = { Team = "web" }
}
resource "aws_cloudwatch_composite_alarm" "any" {
  alarm_name = "tf-any"
  alarm_rule = "ALARM(\\"\${aws_cloudwatch_metric_alarm.cpu.alarm_name}\\")"
}
`;
}

describe.skipIf(program.absent)(program.title("Terraform"), () => {
  let cloud: ObservedCloud;
  let clients: Clients;
  let project: TerraformProject;

  beforeAll(async () => {
    cloud = await startObservedCloud();
    clients = clientsAt(cloud.endpoint, REGION, cloud.keys);
    project = terraformProject();
  });

  afterAll(async () => {
    project.remove();
    await cloud.close();
  });

  const alarms = async () => {
    const { MetricAlarms, CompositeAlarms } = await clients.cloudwatch.send(
      new DescribeAlarmsCommand({ AlarmTypes: ["MetricAlarm", "CompositeAlarm"] }),
    );
    return [...(MetricAlarms ?? []), ...(CompositeAlarms ?? [])].map((alarm) => ({
      name: alarm.AlarmName,
      ...("Threshold" in alarm ? { threshold: alarm.Threshold } : {}),
    }));
  };

  /** What a command that must succeed prints. */
  const succeeds = async (command: string, ...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await project.run(command, ...args);
    expect({ code, complaints: code === 0 ? "" : stdout + stderr }).toEqual({ code: 0, complaints: "" });
    return stdout;
  };

  it("makes a topic, a subscription and alarms, changes nothing but what changed, and destroys them", async () => {
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: "inbox" }));
    project.write(configuration(cloud.endpoint, 80));
    await succeeds("init", `-plugin-dir=${plugins}`);
    await succeeds("apply", "-auto-approve");
    expect(await alarms()).toEqual([{ name: "tf-cpu", threshold: 80 }, { name: "tf-any" }]);
    const { Topics } = await clients.sns.send(new ListTopicsCommand({}));
    await clients.sns.send(new PublishCommand({ TopicArn: Topics?.[0]?.TopicArn, Message: "hello" }));
    const received = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    expect(received.Messages).toHaveLength(1);

    // Only what was changed has changed: everything else came back as it was sent.
    project.write(configuration(cloud.endpoint, 90.5));
    const changed = await succeeds("apply", "-auto-approve");
    expect(changed).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");
    expect([...changed.matchAll(/^ +~ (\w+) +=/gm)].map(([, attribute]) => attribute)).toEqual([
      "alarm_description",
      "threshold",
    ]);
    expect(await alarms()).toContainEqual({ name: "tf-cpu", threshold: 90.5 });

    await succeeds("destroy", "-auto-approve", "-refresh=false");
    expect(await alarms()).toEqual([]);
    expect((await clients.sns.send(new ListTopicsCommand({}))).Topics).toEqual([]);
  }, 120_000);
});
