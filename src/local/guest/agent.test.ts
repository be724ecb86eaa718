import { GetMetricDataCommand, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { RebootInstancesCommand } from "@aws-sdk/client-ec2";
import { AttachRolePolicyCommand, DetachRolePolicyCommand } from "@aws-sdk/client-iam";
import {
  GetCommandInvocationCommand,
  GetInventoryCommand,
  ListCommandInvocationsCommand,
  ListInventoryEntriesCommand,
  PutParameterCommand,
  SendCommandCommand,
} from "@aws-sdk/client-ssm";
import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, ec2Client, REGION, refusal } from "../../../test/support/ec2-cloud.ts";
import { cloudwatchClient, iamClient, ssmClient } from "../../../test/support/local-clients.ts";
import { scenarioCloud } from "../../../test/support/scenario-cloud.ts";
import type { Instance } from "../fleet/instance.ts";
import type { LocalCloud } from "../server.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";
import { setAgent } from "../services/ec2/incidents.ts";
import { readAgentConfiguration } from "./agent-configuration.ts";
import { freeze } from "./guest.ts";

let local: LocalCloud;

function cloudWith(groups: string): Instance[] {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  return [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()];
}
afterEach(() => local.close());

const CORE = "policies: [AmazonSSMManagedInstanceCore, CloudWatchAgentServerPolicy]";
const AGENT = "arn:aws:iam::aws:policy/CloudWatchAgentServerPolicy";
const placeholders = (...names: string[]) =>
  Object.fromEntries(names.map((name) => [name, `\${aws:${name}}`]));
const LINUX = {
  agent: { metrics_collection_interval: 60 },
  metrics: {
    append_dimensions: placeholders("InstanceId"),
    aggregation_dimensions: [["InstanceId"]],
    metrics_collected: {
      mem: { measurement: ["mem_used_percent"] },
      swap: { measurement: ["used_percent"] },
      disk: { measurement: ["used_percent"], resources: ["*"], drop_device: true, ignore_file_system_types: ["tmpfs", "devtmpfs"] },
    },
  },
  logs: { logs_collected: { files: { collect_list: [{ file_path: "/var/log/messages", log_group_name: "messages" }] } } },
}; // biome-ignore format: as people write it

const pass = (seconds: number) => local.cloud.clock.advance(seconds * 1000);
const put = (Name: string, value: unknown) =>
  ssmClient(local).send(
    new PutParameterCommand({
      Name,
      Type: "String",
      Overwrite: true,
      Value: typeof value === "string" ? value : JSON.stringify(value),
    }),
  );
async function run(ids: readonly string[], DocumentName: string, parameters: Record<string, string>) {
  const ssm = ssmClient(local);
  const { Command } = await ssm.send(
    new SendCommandCommand({
      InstanceIds: [...ids],
      DocumentName,
      Parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]])),
    }),
  );
  await pass(60);
  const { CommandInvocations = [] } = await ssm.send(
    new ListCommandInvocationsCommand({ CommandId: Command?.CommandId, Details: true }),
  );
  return CommandInvocations.map(({ Status, CommandPlugins = [] }) => {
    const output = CommandPlugins.map(({ Output = "" }) => Output).join("\n");
    return { Status, output };
  });
}
const install = (id: string, more = {}) =>
  run([id], "AWS-ConfigureAWSPackage", { action: "Install", name: "AmazonCloudWatchAgent", ...more });
const manage = (id: string, action: string, location?: string) =>
  run([id], "AmazonCloudWatch-ManageAgent", {
    action,
    mode: "ec2",
    ...(location === undefined
      ? {}
      : { optionalConfigurationSource: "ssm", optionalConfigurationLocation: location }),
  });
const metrics = async (Namespace = "CWAgent") =>
  ((await cloudwatchClient(local).send(new ListMetricsCommand({ Namespace, RecentlyActive: "PT3H" }))).Metrics ?? [])
    .map(({ MetricName, Dimensions = [] }) => `${MetricName} ${Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).sort().join()}`)
    .sort(); // biome-ignore format: short
async function points(
  MetricName: string,
  dimensions: Record<string, string>,
  minutes = 10,
  Namespace = "CWAgent",
) {
  const now = local.cloud.clock.time();
  const Dimensions = Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
  const { MetricDataResults } = await cloudwatchClient(local).send(
    new GetMetricDataCommand({
      StartTime: new Date(now - minutes * 60_000),
      EndTime: new Date(now),
      MetricDataQueries: [
        {
          Id: "m",
          MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period: 60, Stat: "Average" },
        },
      ],
    }),
  );
  return MetricDataResults?.[0]?.Values ?? [];
}

describe("the CloudWatch agent", () => {
  it("is installed, configured, and publishes what its configuration says", async () => {
    const [web] = cloudWith(`{ name: web, profile: { role: web, ${CORE} }, volumes: [{}, { size: 20 }] }`);
    const id = web?.id ?? "";
    expect(await manage(id, "status")).toMatchObject([{ Status: "Failed", output: expect.stringMatching(/CloudWatch Agent not installed/) }]);
    expect(await install(id)).toMatchObject([{ Status: "Success", output: expect.stringMatching(/Successfully installed/) }]);
    expect(await install(id)).toMatchObject([{ Status: "Success", output: expect.stringMatching(/already installed/) }]);
    expect(await manage(id, "configure", "AmazonCloudWatch-none")).toMatchObject([{ Status: "Failed", output: expect.stringMatching(/ParameterNotFound/) }]);
    expect((await manage(id, "status"))[0]?.output).toMatch(/"status": "stopped"[\s\S]*"configstatus": "not configured"/);
    await put("AmazonCloudWatch-linux", LINUX);
    expect(await manage(id, "configure", "AmazonCloudWatch-linux")).toMatchObject([{ Status: "Success", output: expect.stringMatching(/validation succeeded/) }]);
    expect((await manage(id, "status"))[0]?.output).toMatch(/"status": "running"[\s\S]*"configstatus": "configured"/);
    await pass(600);
    expect(await metrics()).toEqual([
      `disk_used_percent InstanceId=${id}`,
      `disk_used_percent InstanceId=${id},fstype=xfs,path=/`,
      `disk_used_percent InstanceId=${id},fstype=xfs,path=/data`,
      `mem_used_percent InstanceId=${id}`,
      `swap_used_percent InstanceId=${id}`,
    ]);
    expect(await points("mem_used_percent", { InstanceId: id })).toHaveLength(10);
    const [both = 0] = await points("disk_used_percent", { InstanceId: id });
    const [root = 0] = await points("disk_used_percent", { InstanceId: id, path: "/", fstype: "xfs" });
    const [data = 0] = await points("disk_used_percent", { InstanceId: id, path: "/data", fstype: "xfs" });
    expect(both).toBeCloseTo((root + data) / 2, 6);
  }); // biome-ignore format: long rows

  it("falls silent when it is killed, frozen, rebooting, stopped or not permitted", async () => {
    const [web] = cloudWith(`{ name: web, profile: { role: web, ${CORE} } }`);
    if (!web) throw new Error("no instance");
    const recent = () => points("mem_used_percent", { InstanceId: web.id }, 5);
    await install(web.id);
    await put("AmazonCloudWatch-linux", LINUX);
    await manage(web.id, "configure", "AmazonCloudWatch-linux");
    await pass(300);
    expect(await recent()).toHaveLength(5);
    const place = { account: ACCOUNT, region: REGION, instanceId: web.id };
    setAgent(local.cloud, place, false);
    await pass(300);
    expect(await recent()).toHaveLength(0);
    setAgent(local.cloud, place, true);
    await pass(300);
    expect(await recent()).toHaveLength(5);
    await iamClient(local).send(new DetachRolePolicyCommand({ RoleName: "web", PolicyArn: AGENT }));
    await pass(300);
    expect(await recent()).toHaveLength(0);
    await iamClient(local).send(new AttachRolePolicyCommand({ RoleName: "web", PolicyArn: AGENT }));
    await pass(300);
    expect(await recent()).toHaveLength(5);
    freeze(web, local.cloud.clock.time());
    await pass(300);
    expect(await recent()).toHaveLength(0);
    await ec2Client(local).send(new RebootInstancesCommand({ InstanceIds: [web.id] }));
    await pass(900);
    expect(await recent()).toHaveLength(5);
    await manage(web.id, "stop");
    await pass(300);
    expect(await recent()).toHaveLength(0);
  });

  it("publishes with the dimensions that it appends", async () => {
    const [web] = cloudWith(`{ name: web, type: t3.micro, profile: { role: web, ${CORE} }, autoScalingGroup: asg, guest: { disk: full } }`);
    const id = web?.id ?? "";
    expect(await install(id)).toMatchObject([{ Status: "Failed", output: expect.stringMatching(/no space left on device/) }]);
    if (web?.guest) web.guest.diskFull = false;
    await install(id);
    if (web?.guest) web.guest.diskFull = true;
    await manage(id, "configure");
    if (web?.guest) web.guest.diskFull = false;
    await put("AmazonCloudWatch-host", { metrics: { namespace: "Own", metrics_collected: { mem: { measurement: [{ name: "used_percent", rename: "memory" }] }, cpu: { measurement: ["cpu_usage_idle"], resources: ["*"] } } } });
    await manage(id, "configure", "AmazonCloudWatch-host");
    await pass(120);
    expect(await metrics("Own")).toEqual([
      expect.stringMatching(/^cpu_usage_idle cpu=cpu-total,host=ip-172/),
      expect.stringMatching(/^cpu_usage_idle cpu=cpu0,/),
      expect.stringMatching(/^cpu_usage_idle cpu=cpu1,/),
      expect.stringMatching(/^memory host=ip-172/),
    ]);
    expect(await run([id], "AmazonCloudWatch-ManageAgent", { action: "configure", optionalConfigurationSource: "default" })).toMatchObject([{ Status: "Success" }]);
    await pass(120);
    expect(await metrics()).toContain(`mem_used_percent AutoScalingGroupName=asg,ImageId=${web?.launch.imageId},InstanceId=${id},InstanceType=t3.micro`);
    expect((await metrics()).filter((name) => name.startsWith("disk"))).toHaveLength(3);
    await put("AmazonCloudWatch-group", { metrics: { append_dimensions: placeholders("AutoScalingGroupName"), metrics_collected: { mem: { measurement: ["used_percent"] } } } });
    await manage(id, "configure", "AmazonCloudWatch-group");
    await pass(300);
    expect(await points("mem_used_percent", { AutoScalingGroupName: "asg" }, 5)).toHaveLength(5);
  }); // biome-ignore format: long rows

  it("runs on Windows with counters of its own", async () => {
    const [win] = cloudWith(`{ name: win, platform: windows, profile: { role: win, ${CORE} } }`);
    const id = win?.id ?? "";
    await install(id);
    await put("AmazonCloudWatch-windows", {
      metrics: {
        append_dimensions: placeholders("InstanceId"),
        metrics_collected: {
          Memory: { measurement: ["% Committed Bytes In Use"] },
          LogicalDisk: { measurement: ["% Free Space"], resources: ["C:"] },
        },
      },
    });
    const [configured] = await manage(id, "configure", "AmazonCloudWatch-windows");
    expect(configured?.Status).toBe("Success");
    await pass(120);
    expect(await metrics()).toEqual([
      `LogicalDisk % Free Space InstanceId=${id},instance=C:,objectname=LogicalDisk`,
      `Memory % Committed Bytes In Use InstanceId=${id},objectname=Memory`,
    ]);
  });

  it("takes over from what a scenario let it publish, and reads parameters as its role lets it", async () => {
    const [web, poor] = cloudWith(`
      { name: web, agent: true, profile: { role: web, ${CORE} }, guest: { agent: { version: "1.247350.0b251780" } } },
      { name: poor, agent: true, profile: { role: poor, policies: [CloudWatchAgentServerPolicy], inline: { node: { Version: "2012-10-17",
        Statement: [{ Effect: Allow, Action: ["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"], Resource: "*" }] } } } }`);
    const id = web?.id ?? "";
    expect((await manage(id, "status"))[0]?.output).toMatch(/"status": "running"[\s\S]*"version": "1\.247350/);
    expect(await install(id, { installationType: "In-place update" })).toMatchObject([{ Status: "Failed", output: expect.stringMatching(/does not support in-place/) }]);
    await install(id);
    await put("AmazonCloudWatch-linux", LINUX);
    await put("other", LINUX);
    await manage(id, "configure", "AmazonCloudWatch-linux");
    await pass(300);
    expect(await points("mem_used_percent", { InstanceId: id }, 5)).toHaveLength(5);
    expect(await manage(poor?.id ?? "", "configure", "other")).toMatchObject([{ Status: "Failed", output: expect.stringMatching(/AccessDeniedException/) }]);
    expect(await manage(poor?.id ?? "", "configure", "AmazonCloudWatch-linux")).toMatchObject([{ Status: "Success" }]);
    await manage(id, "configure (remove)");
    await pass(300);
    expect(await points("mem_used_percent", { InstanceId: id }, 5)).toHaveLength(0);
  }); // biome-ignore format: long rows

  it("is in the inventory once that was gathered", async () => {
    const [web] = cloudWith(`{ name: web, profile: { role: web, ${CORE} } }`);
    const id = web?.id ?? "";
    const ssm = ssmClient(local);
    const names = async () =>
      (await ssm.send(new ListInventoryEntriesCommand({ InstanceId: id, TypeName: "AWS:Application" }))).Entries?.map(({ Name }) => Name);
    await install(id);
    expect(await names()).toEqual(["amazon-ssm-agent"]);
    await pass(1800);
    expect(await names()).toEqual(["amazon-cloudwatch-agent", "amazon-ssm-agent"]);
    const { Entities } = await ssm.send(
      new GetInventoryCommand({
        Filters: [{ Key: "AWS:Application.Name", Values: ["amazon-cloudwatch-agent"] }],
        ResultAttributes: [{ TypeName: "AWS:Application" }],
      }),
    );
    expect(Entities).toMatchObject([{ Id: id, Data: { "AWS:Application": { SchemaVersion: "1.1", Content: [{ Name: "amazon-cloudwatch-agent" }, {}] } } }]);
    expect(await refusal(ssm.send(new GetInventoryCommand({ Filters: [{ Key: "nonsense", Values: ["x"] }] })))).toMatch(/^InvalidFilter/);
    expect(await refusal(ssm.send(new ListInventoryEntriesCommand({ InstanceId: id, TypeName: "AWS:Nothing" })))).toMatch(/^InvalidTypeNameException/);
  }); // biome-ignore format: long rows

  it.each<[string, unknown, string]>([
    ["no JSON", "{ nonsense", "unable to parse json"],
    ["nothing", {}, "Under path : / | Error : Must have at least 1 properties"],
    ["an unknown section", { metric: {} }, "Under path : / | Error : Additional property metric is not allowed"],
    ["an unknown plugin", { metrics: { metrics_collected: { memory: { measurement: ["used"] } } } }, "Under path : /metrics/metrics_collected | Error : Additional property memory is not allowed"],
    ["nothing measured", { metrics: { metrics_collected: { mem: {} } } }, "Under path : /metrics/metrics_collected/mem | Error : measurement is required"],
    ["no plugins", { metrics: {} }, "Under path : /metrics | Error : metrics_collected is required"],
    ["an interval of text", { agent: { metrics_collection_interval: "60" } }, "Under path : /agent/metrics_collection_interval | Error : Invalid type. Expected: integer, given: string"],
    ["another dimension", { metrics: { append_dimensions: { Host: "x" }, metrics_collected: { mem: { measurement: ["used"] } } } }, "Under path : /metrics/append_dimensions | Error : Additional property Host is not allowed"],
    ["flat aggregations", { metrics: { aggregation_dimensions: ["InstanceId"], metrics_collected: { mem: { measurement: ["used"] } } } }, "Under path : /metrics/aggregation_dimensions/0 | Error : Invalid type. Expected: array, given: string"],
    ["a log without a file", { logs: { logs_collected: { files: { collect_list: [{}] } } } }, "Under path : /logs/logs_collected/files/collect_list/0 | Error : file_path is required"],
  ])("refuses a configuration with %s", async (_, value, problem) => {
    const [web] = cloudWith(`{ name: web, profile: { role: web, ${CORE} }, guest: { agent: {} } }`);
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const read = readAgentConfiguration(text, "test", false);
    expect("problems" in read && read.problems.join()).toMatch(problem);
    await put("AmazonCloudWatch-bad", text);
    const [outcome] = await manage(web?.id ?? "", "configure", "AmazonCloudWatch-bad");
    expect(outcome?.Status).toBe("Failed");
    expect(outcome?.output).toContain("Configuration validation first phase failed");
    expect(outcome?.output).toContain(problem);
  }); // biome-ignore format: a table
});

describe("a frozen machine", () => {
  it("falls silent, fails its check, takes its CPU, and is mended by a reboot", async () => {
    const [web] = cloudWith(`{ name: web, profile: web, guest: { frozenAt: +10m, cpu: 99, services: [{ name: app, kind: compose, port: 8080 }] } }`);
    const id = web?.id ?? "";
    const cpu = () => points("CPUUtilization", { InstanceId: id }, 30, "AWS/EC2");
    const checks = async () => (await points("StatusCheckFailed_Instance", { InstanceId: id }, 3, "AWS/EC2")).at(0);
    await pass(300);
    expect(Math.max(...(await cpu()))).toBeLessThan(50);
    await pass(900);
    expect(Math.max(...(await cpu()))).toBe(99);
    expect(await checks()).toBe(1);
    await ec2Client(local).send(new RebootInstancesCommand({ InstanceIds: [id] }));
    await pass(900);
    expect(await checks()).toBe(0);
    const ssm = ssmClient(local);
    const commands = ["cd /home/ubuntu", "docker compose up -d", "curl -sf -o /dev/null -w '%{http_code}' http://localhost:8080/"];
    const { Command } = await ssm.send(new SendCommandCommand({ InstanceIds: [id], DocumentName: "AWS-RunShellScript", Parameters: { commands } }));
    await pass(30);
    const read = new GetCommandInvocationCommand({ CommandId: Command?.CommandId, InstanceId: id });
    expect(await ssm.send(read)).toMatchObject({ Status: "Success", StandardOutputContent: "200", StandardErrorContent: " Container app-1  Started\n" });
  }); // biome-ignore format: long rows
});
