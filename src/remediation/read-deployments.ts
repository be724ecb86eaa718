import type { AwsSession } from "../aws/session.ts";
import { isWatchkeeperError } from "../support/errors.ts";

/** Statuses of CodeDeploy deployments that aren't over. */
const UNDER_WAY = ["Created", "Queued", "InProgress", "Baking", "Ready"] as const;

/** Ids that one call takes. */
const BATCH = 25;

/**
 * Ids of the CodeDeploy deployments under way that an instance is part of; those that haven't begun count, since their targets
 * aren't known yet. One call; where deployments are under way another for every 25, and one for each that goes to instances.
 * Throws AWS's errors.
 */
export async function readDeployments(session: AwsSession, instance: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { deployments = [] } of session.pages("codedeploy", "ListDeployments", {
    includeOnlyStatuses: [...UNDER_WAY],
  }))
    ids.push(...deployments);
  const found = await Promise.all(
    (await toInstances(session, ids)).map(async (id) => ((await targets(session, id, instance)) ? [id] : [])),
  );
  return found.flat();
}

/** Those of the deployments that go to instances, not to functions or containers. */
async function toInstances(session: AwsSession, ids: readonly string[]): Promise<readonly string[]> {
  const batches: string[][] = [];
  for (let from = 0; from < ids.length; from += BATCH) batches.push(ids.slice(from, from + BATCH));
  const infos = await Promise.all(
    batches.map((deploymentIds) => session.send("codedeploy", "BatchGetDeployments", { deploymentIds })),
  );
  const elsewhere = new Set(
    infos
      .flatMap(({ deploymentsInfo = [] }) => deploymentsInfo)
      .flatMap(({ deploymentId = "", computePlatform }) =>
        computePlatform === "ECS" || computePlatform === "Lambda" ? [deploymentId] : [],
      ),
  );
  return ids.filter((id) => !elsewhere.has(id));
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
