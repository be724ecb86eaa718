import type { DeploymentTarget, TargetFilterName, TargetStatus } from "@aws-sdk/client-codedeploy";
import { AwsError } from "../../aws-error.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { pageByKey } from "../key-paging.ts";
import { type Deployment, statusOf } from "./deployments.ts";
import { batchLimit, deploymentById, invalidToken, PAGE } from "./lookup.ts";

/** Most targets of a request. */
const MOST = 25;

const FILTERS: readonly TargetFilterName[] = ["TargetStatus", "ServerInstanceLabel"];

/** Instances of deployments as clients list them. For deployments to EC2 a target's id is the instance's. */
export const targets = {
  ListDeploymentTargets(input, context) {
    const deployment = deploymentById(input.deploymentId, context);
    const { TargetStatus: statuses, ...others } = input.targetFilters ?? {};
    const unknown = Object.keys(others).find((name) => !FILTERS.includes(name as TargetFilterName));
    if (unknown !== undefined)
      throw new AwsError("InvalidTargetFilterNameException", `The target filter ${unknown} is not valid`);
    const status = targetStatus(deployment, context);
    // Instances here are never part of a blue/green deployment: no label fits.
    const fits =
      (statuses === undefined || statuses.includes(status)) && others.ServerInstanceLabel === undefined;
    const page = pageByKey(
      fits ? deployment.instanceIds : [],
      (id) => id,
      { size: PAGE, token: input.nextToken, binding: ["targets", deployment.id, input.targetFilters] },
      invalidToken,
    );
    return { targetIds: [...page.items], nextToken: page.next };
  },

  BatchGetDeploymentTargets(input, context) {
    const deployment = deploymentById(input.deploymentId, context);
    const ids = input.targetIds ?? [];
    if (ids.length === 0)
      throw new AwsError("DeploymentTargetIdRequiredException", "A deployment target ID was not provided");
    if (ids.length > MOST) throw batchLimit(MOST);
    return { deploymentTargets: ids.map((id) => targetShape(deployment, id, context)) };
  },

  GetDeploymentTarget(input, context) {
    const deployment = deploymentById(input.deploymentId, context);
    return { deploymentTarget: targetShape(deployment, input.targetId ?? "", context) };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-codedeploy")>;

function targetStatus(deployment: Deployment, { now }: RequestContext): TargetStatus {
  const status = statusOf(deployment, now.getTime());
  if (status === "Stopped") return "Skipped";
  return status === "Succeeded" || status === "Failed" ? status : "InProgress";
}

function targetShape(deployment: Deployment, id: string, context: RequestContext): DeploymentTarget {
  if (!deployment.instanceIds.includes(id))
    throw new AwsError(
      "DeploymentTargetDoesNotExistException",
      `The deployment target ${id} does not exist for the deployment ${deployment.id}`,
    );
  const { partition, region, account, now } = context;
  const ended = deployment.until !== undefined && now.getTime() >= deployment.until;
  return {
    deploymentTargetType: "InstanceTarget",
    instanceTarget: {
      deploymentId: deployment.id,
      targetId: id,
      targetArn: `arn:${partition}:ec2:${region}:${account}:instance/${id}`,
      status: targetStatus(deployment, context),
      lastUpdatedAt: new Date(ended ? (deployment.until ?? 0) : deployment.from),
      lifecycleEvents: [],
    },
  };
}
