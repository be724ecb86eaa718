import {
  BatchGetDeploymentsCommand,
  BatchGetDeploymentTargetsCommand,
  GetDeploymentCommand,
  GetDeploymentTargetCommand,
  ListDeploymentsCommand,
  type ListDeploymentsCommandInput,
  ListDeploymentTargetsCommand,
} from "@aws-sdk/client-codedeploy";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it } from "vitest";
import { ec2Client, refusal, START } from "../../../../test/support/ec2-cloud.ts";
import { codeDeployClient } from "../../../../test/support/local-clients.ts";
import { scenarioCloud } from "../../../../test/support/scenario-cloud.ts";
import { changeGuest } from "../../control/guests.ts";
import type { LocalCloud } from "../../server.ts";

let local: LocalCloud;
afterEach(() => local.close());

const advance = (seconds: number) => local.cloud.clock.advance(seconds * 1000);

async function world() {
  local = scenarioCloud(`{ version: 1, groups: [
    { name: a, count: 2, deployment: { application: shop, group: live, at: "+10m", for: 5m, outcome: Failed } },
    { name: b, deployment: { application: api, at: 1h ago } }] }`);
  const client = codeDeployClient(local);
  const { Reservations = [] } = await ec2Client(local).send(new DescribeInstancesCommand({}));
  const ids = Reservations.flatMap(({ Instances = [] }) =>
    Instances.map(({ InstanceId = "" }) => InstanceId),
  );
  const running = async () =>
    (await client.send(new ListDeploymentsCommand({ includeOnlyStatuses: ["InProgress"] }))).deployments ??
    [];
  return { client, ids, running };
}

describe("CodeDeploy", () => {
  it("lists deployments while they run, newest first, and tells how they ended", async () => {
    const { client, ids, running } = await world();
    expect(await running()).toHaveLength(1);
    await advance(10 * 60 + 1);
    const [shop = "", api = ""] = await running();
    expect(shop).toMatch(/^d-[A-Z0-9]{9}$/);
    const { deploymentsInfo = [] } = await client.send(
      new BatchGetDeploymentsCommand({ deploymentIds: [shop, api, "d-000000000"] }),
    );
    expect(deploymentsInfo).toMatchObject([
      {
        deploymentId: shop,
        applicationName: "shop",
        deploymentGroupName: "live",
        status: "InProgress",
        computePlatform: "Server",
        createTime: new Date(START.getTime() + 600_000),
        deploymentOverview: { InProgress: 2 },
      },
      { deploymentId: api, applicationName: "api", deploymentGroupName: "api" },
    ]);
    const targets = await client.send(
      new ListDeploymentTargetsCommand({
        deploymentId: shop,
        targetFilters: { TargetStatus: ["InProgress"] },
      }),
    );
    expect(targets.targetIds).toEqual(ids.slice(0, 2).sort());
    await advance(300);
    expect(await running()).toEqual([api]);
    const { deploymentInfo } = await client.send(new GetDeploymentCommand({ deploymentId: shop }));
    expect(deploymentInfo).toMatchObject({
      status: "Failed",
      completeTime: new Date(START.getTime() + 900_000),
    });
    const { deploymentTargets } = await client.send(
      new BatchGetDeploymentTargetsCommand({ deploymentId: shop, targetIds: ids.slice(0, 1) }),
    );
    expect(deploymentTargets).toMatchObject([
      { deploymentTargetType: "InstanceTarget", instanceTarget: { targetId: ids[0], status: "Failed" } },
    ]);
  });

  it("lets deployments begin and end from outside", async () => {
    const { ids, running } = await world();
    const [id = ""] = ids;
    changeGuest(local.cloud, id, { deployment: "InProgress" });
    changeGuest(local.cloud, id, { deployment: "InProgress" });
    expect(await running()).toHaveLength(2);
    expect(changeGuest(local.cloud, id, { deployment: "Succeeded" })).toMatchObject({ deployment: null });
    expect(await running()).toHaveLength(1);
  });

  it("goes through many by pages", async () => {
    const { client, ids, running } = await world();
    const [id = ""] = ids;
    for (let n = 0; n < 120; n += 1) {
      changeGuest(local.cloud, id, { deployment: "InProgress" });
      changeGuest(local.cloud, id, { deployment: "Stopped" });
    }
    const first = await client.send(new ListDeploymentsCommand({}));
    const second = await client.send(new ListDeploymentsCommand({ nextToken: first.nextToken }));
    expect([first.deployments?.length, second.deployments?.length, second.nextToken]).toEqual([
      100,
      21,
      undefined,
    ]);
    expect(new Set([...(first.deployments ?? []), ...(second.deployments ?? [])]).size).toBe(121);
    expect(await running()).toHaveLength(1);
  });

  it("refuses as CodeDeploy does", async () => {
    const { client } = await world();
    const list = (input: ListDeploymentsCommandInput) =>
      refusal(client.send(new ListDeploymentsCommand(input)));
    expect(await list({ applicationName: "api" })).toMatch(/^DeploymentGroupNameRequiredException/);
    expect(await list({ deploymentGroupName: "api" })).toMatch(/^ApplicationNameRequiredException/);
    expect(await list({ applicationName: "x", deploymentGroupName: "x" })).toMatch(
      /^ApplicationDoesNotExistException/,
    );
    expect(await list({ applicationName: "api", deploymentGroupName: "x" })).toMatch(
      /^DeploymentGroupDoesNotExistException/,
    );
    expect(await list({ includeOnlyStatuses: ["Done" as "Failed"] })).toMatch(
      /^InvalidDeploymentStatusException/,
    );
    expect(await list({ nextToken: "x" })).toMatch(/^InvalidNextTokenException/);
    const get = (deploymentId: string) => refusal(client.send(new GetDeploymentCommand({ deploymentId })));
    expect(await get("d-000000000")).toMatch(/^DeploymentDoesNotExistException/);
    expect(await get("x")).toMatch(/^InvalidDeploymentIdException/);
    const [known = ""] = (await client.send(new ListDeploymentsCommand({}))).deployments ?? [];
    expect(
      await refusal(client.send(new GetDeploymentTargetCommand({ deploymentId: known, targetId: "i-0" }))),
    ).toMatch(/^DeploymentTargetDoesNotExistException/);
    const many = Array.from({ length: 26 }, (_, n) => `d-${String(n).padStart(9, "0")}`);
    expect(await refusal(client.send(new BatchGetDeploymentsCommand({ deploymentIds: many })))).toMatch(
      /^BatchLimitExceeded/,
    );
  });
});
