// What guards of repairs ask about the servers of examples/scenarios/repair.yaml: through our own sessions, and as the AWS CLI and
// boto3 see it over HTTP.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsSession } from "../../src/aws/session.ts";
import { applyScenario } from "../../src/local/scenario/apply.ts";
import { parseScenario } from "../../src/local/scenario/scenario.ts";
import { localSession } from "../support/local-session.ts";
import { scenarioCloud } from "../support/scenario-cloud.ts";
import { awsCli, awsCliVersion } from "./support/aws-cli.ts";
import { aboutBoto, startBoto } from "./support/boto.ts";
import { counterpart } from "./support/counterpart.ts";
import { credentialVariables, type ObservedCloud, startObservedCloud } from "./support/observed-cloud.ts";
import { textAt, valuesAt } from "./support/values-at.ts";

const FILE = resolve(import.meta.dirname, "../../examples/scenarios/repair.yaml");
const YAML = readFileSync(FILE, "utf8");
const REGION = "eu-central-1";

/** Instance ids by name. */
async function idsByName(session: AwsSession): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  for await (const { Reservations = [] } of session.pages("ec2", "DescribeInstances", {}))
    for (const { InstanceId = "", Tags = [] } of Reservations.flatMap(({ Instances = [] }) => Instances))
      ids.set(Tags.find(({ Key }) => Key === "Name")?.Value ?? "", InstanceId);
  return ids;
}

describe("our own sessions", () => {
  it("learn everything that guards ask, when all hang", async () => {
    const local = scenarioCloud(YAML);
    await local.cloud.clock.advance(14 * 60_000);
    const { session } = await localSession(local);
    const ids = await idsByName(session);
    expect(ids.size).toBe(14);
    const names = new Map([...ids].map(([name, id]) => [id, name]));

    const impaired: (readonly [string, string | undefined])[] = [];
    const scheduled: string[] = [];
    for await (const { InstanceStatuses = [] } of session.pages("ec2", "DescribeInstanceStatus", {}))
      for (const { InstanceId = "", InstanceStatus, SystemStatus, Events = [] } of InstanceStatuses) {
        const name = names.get(InstanceId) ?? "";
        if (InstanceStatus?.Status === "impaired") impaired.push([name, SystemStatus?.Status]);
        if (Events.length > 0) scheduled.push(name);
      }
    expect(impaired).toHaveLength(12);
    expect(impaired.filter(([, system]) => system === "impaired")).toEqual([["host-1", "impaired"]]);
    expect(scheduled).toEqual(["planned-1"]);

    const { AutoScalingInstances = [] } = await session.send("autoscaling", "DescribeAutoScalingInstances", {
      InstanceIds: [...ids.values()],
    });
    expect(AutoScalingInstances.map(({ InstanceId = "" }) => names.get(InstanceId)).sort()).toEqual([
      "web-1",
      "web-2",
    ]);

    const { TargetGroups = [] } = await session.send("elbv2", "DescribeTargetGroups", {});
    const { TargetHealthDescriptions = [] } = await session.send("elbv2", "DescribeTargetHealth", {
      TargetGroupArn: TargetGroups[0]?.TargetGroupArn,
    });
    expect(
      TargetHealthDescriptions.map(({ Target, TargetHealth }) => [
        names.get(Target?.Id ?? ""),
        TargetHealth?.State,
      ]),
    ).toEqual([
      ["shop-1", "unhealthy"],
      ["shop-2", "unhealthy"],
    ]);

    const { deployments = [] } = await session.send("codedeploy", "ListDeployments", {
      includeOnlyStatuses: ["Created", "Queued", "InProgress", "Ready"],
    });
    const { targetIds = [] } = await session.send("codedeploy", "ListDeploymentTargets", {
      deploymentId: deployments[0],
    });
    expect([deployments.length, targetIds.map((id) => names.get(id))]).toEqual([1, ["release-1"]]);
    local.close();
  });

  it("reboot once even when the answer is lost", async () => {
    const local = scenarioCloud(YAML);
    const { session, calls } = await localSession(local);
    const [id = ""] = (await idsByName(session)).values();
    local.faults.set({
      rules: [{ service: "ec2", operation: "RebootInstances", effect: "timeoutAfterEffect" }],
    });
    await expect(session.send("ec2", "RebootInstances", { InstanceIds: [id] })).rejects.toThrow();
    expect(calls.made()["ec2:RebootInstances"]).toBe(1);
    local.close();
  });
});

let cloud: ObservedCloud;

beforeAll(async () => {
  cloud = await startObservedCloud();
  const { scenario } = parseScenario(YAML, FILE);
  if (scenario) applyScenario(cloud.local.cloud, scenario);
  await cloud.local.cloud.clock.advance(14 * 60_000);
});

afterAll(() => cloud.close());

const cliVersion = awsCliVersion();
const cliProgram = counterpart(cliVersion, "aws is not installed");

describe.skipIf(cliProgram.absent)(cliProgram.title("the AWS CLI"), { timeout: 180_000 }, () => {
  it("lists groups, targets, deployments and events", async () => {
    const aws = awsCli(cloud.endpoint, credentialVariables(cloud.keys, REGION));
    const [groups, targetGroups, deployments, status] = await Promise.all([
      aws("autoscaling", "describe-auto-scaling-groups"),
      aws("elbv2", "describe-target-groups"),
      aws("deploy", "list-deployments", "--include-only-statuses", "InProgress"),
      aws("ec2", "describe-instance-status", "--filters", "Name=event.code,Values=system-reboot"),
    ]);
    expect(valuesAt(groups, "AutoScalingGroups.Instances.LifecycleState")).toEqual([
      "InService",
      "InService",
    ]);
    expect(valuesAt(status, "InstanceStatuses.Events.Code")).toEqual(["system-reboot"]);
    const health = await aws(
      ...[
        "elbv2",
        "describe-target-health",
        "--target-group-arn",
        textAt(targetGroups, "TargetGroups.TargetGroupArn"),
      ],
    );
    expect(valuesAt(health, "TargetHealthDescriptions.TargetHealth.Reason")).toEqual([
      "Target.Timeout",
      "Target.Timeout",
    ]);
    const target = await aws(
      ...["deploy", "list-deployment-targets", "--deployment-id", textAt(deployments, "deployments")],
    );
    expect(valuesAt(target, "targetIds")).toHaveLength(1);
  });
});

const boto3 = aboutBoto();
const botoProgram = counterpart(boto3 && `boto3 ${boto3.boto3}`, "python3 with boto3 is not installed");

describe.skipIf(botoProgram.absent)(botoProgram.title("boto3"), () => {
  it("pages through members and deployments, and hears refusals in AWS's words", async () => {
    const boto = startBoto({ endpoint: cloud.endpoint, region: REGION, ...cloud.keys });
    const pages = await boto.pages("autoscaling", "describe_auto_scaling_instances", 1);
    expect(pages.map((page) => valuesAt(page, "AutoScalingInstances.HealthStatus"))).toEqual([
      ["HEALTHY"],
      ["HEALTHY"],
    ]);
    const deployments = await boto.call("codedeploy", "list_deployments");
    const described = await boto.call("codedeploy", "batch_get_deployments", {
      deploymentIds: valuesAt(deployments, "deployments"),
    });
    expect(valuesAt(described, "deploymentsInfo.status")).toEqual(["InProgress"]);
    const refused = (service: string, operation: string, args: object) =>
      boto.call(service, operation, args).then(
        () => undefined,
        (error: unknown) => (error as { readonly code: string }).code,
      );
    expect(
      await refused("autoscaling", "set_instance_health", {
        InstanceId: "i-0123456789abcdef0",
        HealthStatus: "Healthy",
      }),
    ).toBe("ValidationError");
    expect(await refused("elbv2", "describe_target_groups", { Names: ["nobody"] })).toBe(
      "TargetGroupNotFound",
    );
    expect(await refused("codedeploy", "get_deployment", { deploymentId: "d-000000000" })).toBe(
      "DeploymentDoesNotExistException",
    );
    expect(
      await refused("autoscaling", "create_auto_scaling_group", {
        AutoScalingGroupName: "x",
        MinSize: 0,
        MaxSize: 0,
      }),
    ).toBe("NotImplemented");
    boto.close();
  });
});
