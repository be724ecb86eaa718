import type { AwsSession } from "../aws/session.ts";
import { isWatchkeeperError } from "../support/errors.ts";

/** Statuses of CodeDeploy deployments that aren't over. */
const UNDER_WAY = ["Created", "Queued", "InProgress", "Baking", "Ready"] as const;

/**
 * Ids of the CodeDeploy deployments under way that an instance is part of; those that haven't begun count, since their targets
 * aren't known yet. One call, and one more for each deployment under way. Throws AWS's errors.
 */
export async function readDeployments(session: AwsSession, instance: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { deployments = [] } of session.pages("codedeploy", "ListDeployments", {
    includeOnlyStatuses: [...UNDER_WAY],
  }))
    ids.push(...deployments);
  const parts = await Promise.all(
    ids.map(async (id) => ((await targets(session, id, instance)) ? [id] : [])),
  );
  return parts.flat();
}

async function targets(session: AwsSession, deploymentId: string, instance: string): Promise<boolean> {
  try {
    for await (const { targetIds = [] } of session.pages("codedeploy", "ListDeploymentTargets", {
      deploymentId,
    }))
      if (targetIds.some((id) => id === instance || id.endsWith(`/${instance}`))) return true;
    return false;
  } catch (error) {
    if (isWatchkeeperError(error) && error.code === "DeploymentNotStartedException") return true;
    throw error;
  }
}
