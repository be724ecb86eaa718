import { StopInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import {
  DescribeTargetGroupsCommand,
  type DescribeTargetGroupsCommandInput,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, describe, expect, it } from "vitest";
import { ACCOUNT, ec2Client, REGION, refusal } from "../../../../test/support/ec2-cloud.ts";
import { elbv2Client } from "../../../../test/support/local-clients.ts";
import { scenarioCloud } from "../../../../test/support/scenario-cloud.ts";
import { changeGuest } from "../../control/guests.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
afterEach(() => local.close());

const SHOP =
  "{ name: a, count: 2, targetGroup: shop, guest: { services: [{ name: app, kind: compose, port: 8080, onBoot: true }] } }";

async function shop(groups = SHOP) {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  const elb = elbv2Client(local);
  const { TargetGroups = [] } = await elb.send(new DescribeTargetGroupsCommand({}));
  const TargetGroupArn = TargetGroups[0]?.TargetGroupArn ?? "";
  const descriptions = async () =>
    (await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }))).TargetHealthDescriptions ?? [];
  const ids = (await descriptions()).map(({ Target }) => Target?.Id ?? "");
  return {
    elb,
    ids,
    TargetGroupArn,
    /** Health of the first target. */
    health: async () => (await descriptions())[0]?.TargetHealth,
    states: async () => (await descriptions()).map(({ TargetHealth }) => TargetHealth?.State),
  };
}

const advance = (seconds: number) => local.cloud.clock.advance(seconds * 1000);

describe("target groups", () => {
  it("are listed by name, ARN, balancer and pages", async () => {
    const { elb, TargetGroupArn } = await shop(`${SHOP}, { name: b, targetGroup: { name: api, port: 81 } }`);
    const names = async (input: DescribeTargetGroupsCommandInput) =>
      (await elb.send(new DescribeTargetGroupsCommand(input))).TargetGroups?.map(
        (group) => group.TargetGroupName,
      );
    expect(TargetGroupArn).toMatch(
      new RegExp(`^arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/api/[0-9a-f]{16}$`),
    );
    expect(await names({})).toEqual(["api", "shop"]);
    expect(await names({ Names: ["shop"] })).toEqual(["shop"]);
    expect(await names({ TargetGroupArns: [TargetGroupArn] })).toEqual(["api"]);
    const first = await elb.send(new DescribeTargetGroupsCommand({ PageSize: 1 }));
    expect(first.TargetGroups?.[0]).toMatchObject({
      TargetGroupName: "api",
      Port: 81,
      TargetType: "instance",
    });
    expect(await names({ PageSize: 1, Marker: first.NextMarker })).toEqual(["shop"]);
    const LoadBalancerArn = first.TargetGroups?.[0]?.LoadBalancerArns?.[0];
    expect(await names({ LoadBalancerArn })).toEqual(["api"]);
    expect(await refusal(names({ Names: ["db"] }))).toBe(
      "TargetGroupNotFoundException: One or more target groups not found",
    );
    expect(await refusal(names({ LoadBalancerArn: "x" }))).toMatch(/^LoadBalancerNotFoundException/);
    expect(await refusal(names({ Names: ["api"], TargetGroupArns: [TargetGroupArn] }))).toMatch(
      /^ValidationError/,
    );
    expect(await refusal(elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: "x" })))).toMatch(
      /^TargetGroupNotFound/,
    );
  });

  it("find a target unhealthy after two bad looks and healthy after five good ones", async () => {
    const { ids, health, states } = await shop();
    const [id = ""] = ids;
    expect(await states()).toEqual(["healthy", "healthy"]);
    changeGuest(local.cloud, id, { frozen: true });
    await advance(29);
    expect((await health())?.State).toBe("healthy");
    await advance(60);
    expect(await health()).toEqual({
      State: "unhealthy",
      Reason: "Target.Timeout",
      Description: "Request timed out",
    });
    expect(await states()).toEqual(["unhealthy", "healthy"]);
    changeGuest(local.cloud, id, { frozen: false });
    await advance(100);
    expect((await health())?.State).toBe("unhealthy");
    await advance(60);
    expect((await health())?.State).toBe("healthy");
  });

  it("tell services that say no from services that are gone", async () => {
    const { ids, health } = await shop();
    const [id = ""] = ids;
    changeGuest(local.cloud, id, { busy: true });
    await advance(90);
    expect(await health()).toMatchObject({
      Reason: "Target.ResponseCodeMismatch",
      Description: "Health checks failed with these codes: [503]",
    });
    changeGuest(local.cloud, id, { services: { app: "stopped" } });
    await advance(90);
    expect(await health()).toMatchObject({ State: "unhealthy", Reason: "Target.FailedHealthChecks" });
  });

  it("follow instances that stop and end", async () => {
    const { elb, ids, states, health, TargetGroupArn } = await shop();
    const [first = "", second = ""] = ids;
    await ec2Client(local).send(new StopInstancesCommand({ InstanceIds: [first] }));
    await ec2Client(local).send(new TerminateInstancesCommand({ InstanceIds: [second] }));
    expect(await states()).toEqual(["unused", "draining"]);
    await advance(60);
    expect(await states()).toEqual(["unused"]);
    expect(await health()).toMatchObject({ Reason: "Target.InvalidState" });
    const asked = await elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn, Targets: [{ Id: second }] }),
    );
    expect(asked.TargetHealthDescriptions?.[0]?.TargetHealth).toMatchObject({
      State: "unused",
      Reason: "Target.NotRegistered",
    });
  });
});
