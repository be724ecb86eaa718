import {
  DescribeAutoScalingGroupsCommand,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  SetInstanceHealthCommand,
} from "@aws-sdk/client-auto-scaling";
import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, ec2Client, REGION, refusal, START } from "../../../../test/support/ec2-cloud.ts";
import { autoScalingClient, elbv2Client } from "../../../../test/support/local-clients.ts";
import { scenarioCloud } from "../../../../test/support/scenario-cloud.ts";
import { changeGuest } from "../../control/guests.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
afterEach(() => local.close());

function world(groups: string): {
  readonly asg: ReturnType<typeof autoScalingClient>;
  instances(): Promise<readonly [string, string][]>;
} {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  const asg = autoScalingClient(local);
  return {
    asg,
    async instances() {
      const { AutoScalingInstances = [] } = await asg.send(new DescribeAutoScalingInstancesCommand({}));
      return AutoScalingInstances.map(({ LifecycleState = "", HealthStatus = "" }) => [
        LifecycleState,
        HealthStatus,
      ]);
    },
  };
}

const advance = (seconds: number) => local.cloud.clock.advance(seconds * 1000);

async function onlyId(asg: ReturnType<typeof autoScalingClient>): Promise<string> {
  const { AutoScalingInstances = [] } = await asg.send(new DescribeAutoScalingInstancesCommand({}));
  return AutoScalingInstances[0]?.InstanceId ?? "";
}

describe("Auto Scaling", () => {
  it("lists groups with their members, and members alone", async () => {
    const { asg } = world(`
      { name: a, count: 2, names: "web-{n}", tags: { Team: shop }, autoScalingGroup: { name: web, gracePeriod: 90 } },
      { name: b, autoScalingGroup: { name: web, lifecycle: Standby } },
      { name: c, autoScalingGroup: api }, { name: d }`);
    const { AutoScalingGroups = [] } = await asg.send(new DescribeAutoScalingGroupsCommand({}));
    expect(AutoScalingGroups.map((group) => [group.AutoScalingGroupName, group.DesiredCapacity])).toEqual([
      ["api", 1],
      ["web", 2],
    ]);
    expect(AutoScalingGroups[1]).toMatchObject({
      AutoScalingGroupARN: expect.stringMatching(
        new RegExp(
          `^arn:aws:autoscaling:${REGION}:${ACCOUNT}:autoScalingGroup:[0-9a-f-]{36}:autoScalingGroupName/web$`,
        ),
      ),
      HealthCheckGracePeriod: 90,
      SuspendedProcesses: [{ ProcessName: "HealthCheck" }],
      Instances: expect.arrayContaining([
        expect.objectContaining({
          LifecycleState: "InService",
          HealthStatus: "Healthy",
          InstanceType: "t3.micro",
        }),
        expect.objectContaining({ LifecycleState: "Standby" }),
      ]),
    });
    const { AutoScalingInstances: members = [] } = await asg.send(
      new DescribeAutoScalingInstancesCommand({}),
    );
    expect(members.map((one) => one.AutoScalingGroupName).sort()).toEqual(["api", "web", "web", "web"]);
    const filtered = await asg.send(
      new DescribeAutoScalingGroupsCommand({ Filters: [{ Name: "tag-key", Values: ["Team"] }] }),
    );
    expect(filtered.AutoScalingGroups).toEqual([]);
  });

  it("goes through members by pages, and leaves out ids that are in no group", async () => {
    const { asg } = world("{ name: a, count: 5, autoScalingGroup: web }, { name: b }");
    const ids: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await asg.send(new DescribeAutoScalingInstancesCommand({ MaxRecords: 2, NextToken }));
      ids.push(...(page.AutoScalingInstances ?? []).map(({ InstanceId = "" }) => InstanceId));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(new Set(ids).size).toBe(5);
    const some = await asg.send(
      new DescribeAutoScalingInstancesCommand({ InstanceIds: [ids[0] ?? "", "i-0123456789abcdef0"] }),
    );
    expect(some.AutoScalingInstances?.map(({ InstanceId }) => InstanceId)).toEqual([ids[0]]);
    expect(await refusal(asg.send(new DescribeAutoScalingInstancesCommand({ NextToken: "x" })))).toMatch(
      /^InvalidNextToken/,
    );
    const many = Array.from({ length: 51 }, (_, n) => `i-${String(n).padStart(17, "0")}`);
    expect(await refusal(asg.send(new DescribeAutoScalingInstancesCommand({ InstanceIds: many })))).toMatch(
      /^ValidationError: .*50/,
    );
    expect(await refusal(asg.send(new DescribeAutoScalingInstancesCommand({ MaxRecords: 51 })))).toMatch(
      /^ValidationError/,
    );
  });

  it("replaces a member that was marked unhealthy by one that is well, behind the same load balancer", async () => {
    const { asg, instances } = world(`
      { name: a, names: web, tags: { Role: web }, volumes: [{ size: 20 }, { size: 50 }], terminationProtection: true,
        autoScalingGroup: web, targetGroup: web,
        guest: { frozenAt: start, services: [{ name: nginx, port: 80 }] } }`);
    const before = await onlyId(asg);
    await asg.send(new SetInstanceHealthCommand({ InstanceId: before, HealthStatus: "Unhealthy" }));
    expect(await instances()).toEqual([["InService", "UNHEALTHY"]]);
    await advance(31);
    expect((await instances()).map(([state]) => state).sort()).toEqual(["Pending", "Terminating"]);
    await advance(300);
    expect(await instances()).toEqual([["InService", "HEALTHY"]]);
    const after = await onlyId(asg);
    expect(after).not.toBe(before);
    const { Reservations = [] } = await ec2Client(local).send(
      new DescribeInstancesCommand({ InstanceIds: [after] }),
    );
    const [launched] = Reservations[0]?.Instances ?? [];
    expect(launched?.BlockDeviceMappings).toHaveLength(2);
    expect(launched?.Tags).toEqual(
      expect.arrayContaining([
        { Key: "aws:autoscaling:groupName", Value: "web" },
        { Key: "Role", Value: "web" },
      ]),
    );
    const arn = await targetGroupArn();
    const { TargetHealthDescriptions = [] } = await elbv2Client(local).send(
      new DescribeTargetHealthCommand({ TargetGroupArn: arn }),
    );
    expect(
      TargetHealthDescriptions.map(({ Target, TargetHealth }) => [Target?.Id, TargetHealth?.State]),
    ).toEqual([[after, "healthy"]]);
  });

  it("respects the grace period, and changes its mind", async () => {
    const { asg, instances } = world(
      "{ name: a, launched: 1m ago, autoScalingGroup: { name: web, gracePeriod: 5m } }",
    );
    const InstanceId = await onlyId(asg);
    await asg.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: "Unhealthy" }));
    expect(await instances()).toEqual([["InService", "HEALTHY"]]);
    const now = { InstanceId, HealthStatus: "Unhealthy", ShouldRespectGracePeriod: false };
    await asg.send(new SetInstanceHealthCommand(now));
    expect(await instances()).toEqual([["InService", "UNHEALTHY"]]);
    await asg.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: "Healthy" }));
    await advance(120);
    expect(await onlyId(asg)).toBe(InstanceId);
  });

  it("replaces once, however often it was told", async () => {
    const { asg } = world("{ name: a, autoScalingGroup: web }");
    const unhealthy = { InstanceId: await onlyId(asg), HealthStatus: "Unhealthy" };
    await asg.send(new SetInstanceHealthCommand(unhealthy));
    await asg.send(new SetInstanceHealthCommand(unhealthy));
    await advance(600);
    const { AutoScalingInstances = [] } = await asg.send(new DescribeAutoScalingInstancesCommand({}));
    expect(AutoScalingInstances).toHaveLength(1);
  });

  it("leaves members alone that stand by, until they come back", async () => {
    const { asg } = world("{ name: a, autoScalingGroup: { name: web, lifecycle: Standby } }");
    const InstanceId = await onlyId(asg);
    await asg.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: "Unhealthy" }));
    await advance(600);
    expect(await onlyId(asg)).toBe(InstanceId);
    changeGuest(local.cloud, InstanceId, { lifecycle: "InService" });
    await advance(600);
    expect(await onlyId(asg)).not.toBe(InstanceId);
  });

  it("refuses instances of no group, terminated ones, and what is no health", async () => {
    const { asg } = world("{ name: a, autoScalingGroup: web }");
    const InstanceId = await onlyId(asg);
    expect(
      await refusal(asg.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: "Sick" }))),
    ).toMatch(/^ValidationError/);
    await ec2Client(local).send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    await advance(60);
    expect(
      await refusal(asg.send(new SetInstanceHealthCommand({ InstanceId, HealthStatus: "Unhealthy" }))),
    ).toBe(
      `ValidationError: Instance Id not found - No managed instance found for instance ID: ${InstanceId}`,
    );
  });

  it("says that a refresh is under way while it is", async () => {
    const { asg } = world(
      '{ name: a, count: 4, autoScalingGroup: { name: web, refresh: { at: "+10m", for: 20m } } }',
    );
    const refreshes = async () =>
      (await asg.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: "web" })))
        .InstanceRefreshes;
    expect(await refreshes()).toEqual([]);
    await advance(20 * 60);
    expect(await refreshes()).toMatchObject([
      { Status: "InProgress", PercentageComplete: 50, InstancesToUpdate: 2 },
    ]);
    await advance(20 * 60);
    expect(await refreshes()).toMatchObject([
      { Status: "Successful", PercentageComplete: 100, EndTime: new Date(START.getTime() + 30 * 60_000) },
    ]);
    expect(
      await refusal(asg.send(new DescribeInstanceRefreshesCommand({ AutoScalingGroupName: "db" }))),
    ).toBe("ValidationError: AutoScalingGroup name not found - AutoScalingGroup: db not found");
  });
});

async function targetGroupArn(): Promise<string> {
  const { TargetGroups = [] } = await elbv2Client(local).send(new DescribeTargetGroupsCommand({}));
  return TargetGroups[0]?.TargetGroupArn ?? "";
}
