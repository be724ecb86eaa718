import { AwsError } from "../../aws-error.ts";
import type { RequestContext } from "../../service.ts";
import { type Deployment, deploymentsKey } from "./deployments.ts";

/** Items of a page; clients have no say. */
export const PAGE = 100;

/** Deployments that have begun, the newest first. */
export function begunDeployments({ cloud, account, region, now }: RequestContext): readonly Deployment[] {
  return cloud
    .state(deploymentsKey, account, region)
    .filter(({ from }) => from <= now.getTime())
    .sort((a, b) => b.from - a.from);
}

/** A deployment by its id. Throws CodeDeploy's errors. */
export function deploymentById(id: string | undefined, context: RequestContext): Deployment {
  if (id === undefined || id === "")
    throw new AwsError("DeploymentIdRequiredException", "Deployment id must be specified");
  if (!/^d-[A-Z0-9]{9}$/.test(id))
    throw new AwsError(
      "InvalidDeploymentIdException",
      `Specified DeploymentId is not in the valid format: ${id}`,
    );
  const found = begunDeployments(context).find((deployment) => deployment.id === id);
  if (!found)
    throw new AwsError("DeploymentDoesNotExistException", `The deployment ${id} could not be found`);
  return found;
}

export function batchLimit(most: number): AwsError {
  return new AwsError("BatchLimitExceededException", `The maximum number of names or IDs is ${most}`);
}

export function invalidToken(): AwsError {
  return new AwsError("InvalidNextTokenException", "The next token was specified in an invalid format");
}
