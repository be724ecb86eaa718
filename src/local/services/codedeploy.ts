import type { DeploymentInfo, DeploymentStatus } from "@aws-sdk/client-codedeploy";
import { AwsError } from "../aws-error.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";
import { type Deployment, statusOf } from "./codedeploy/deployments.ts";
import { batchLimit, begunDeployments, deploymentById, invalidToken, PAGE } from "./codedeploy/lookup.ts";
import { targets } from "./codedeploy/targets.ts";
import { pageByKey } from "./key-paging.ts";

/** Most deployments of a batch. */
const MOST = 25;

const STATUSES: readonly DeploymentStatus[] = [
  "Created",
  "Queued",
  "InProgress",
  "Baking",
  "Succeeded",
  "Failed",
  "Stopped",
  "Ready",
];

const deployments = {
  ListDeployments(input, context) {
    const { applicationName: application, deploymentGroupName: group } = input;
    const { includeOnlyStatuses: statuses = [], createTimeRange: range } = input;
    checkNames(application, group, context);
    const wrong = statuses.find((status) => !STATUSES.includes(status));
    if (wrong !== undefined)
      throw new AwsError("InvalidDeploymentStatusException", `${wrong} is not a deployment status`);
    const found = begunDeployments(context).filter(
      (one) =>
        (application === undefined || one.application === application) &&
        (group === undefined || one.group === group) &&
        (statuses.length === 0 || statuses.includes(statusNow(one, context))) &&
        (range?.start === undefined || one.from >= range.start.getTime()) &&
        (range?.end === undefined || one.from <= range.end.getTime()) &&
        // Nothing outside made one of these.
        input.externalId === undefined,
    );
    const page = pageByKey(
      found.map(({ id, from }) => ({ id, key: `${String(1e14 - from).padStart(15, "0")} ${id}` })),
      ({ key }) => key,
      { size: PAGE, token: input.nextToken, binding: ["deployments", application, group, statuses] },
      invalidToken,
    );
    return { deployments: page.items.map(({ id }) => id), nextToken: page.next };
  },

  BatchGetDeployments(input, context) {
    const ids = input.deploymentIds ?? [];
    if (ids.length === 0)
      throw new AwsError("DeploymentIdRequiredException", "Deployment ids must be specified");
    if (ids.length > MOST) throw batchLimit(MOST);
    const found = begunDeployments(context);
    return {
      // Ids that name nothing are left out.
      deploymentsInfo: ids.flatMap((id) =>
        found.filter((one) => one.id === id).map((one) => deploymentShape(one, context)),
      ),
    };
  },

  GetDeployment(input, context) {
    return { deploymentInfo: deploymentShape(deploymentById(input.deploymentId, context), context) };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-codedeploy")>;

/** CodeDeploy: deployments that scenarios and the control interface begin and end, as clients see them. */
export const codedeploy: LocalService = {
  sdk: "@aws-sdk/client-codedeploy",
  signingName: "codedeploy",
  target: "CodeDeploy_20141006",
  version: "2014-10-06",
  xmlNamespace: "http://codedeploy.amazonaws.com/doc/2014-10-06/",
  defaultProtocol: "awsJson1_1",
  handlers: { ...deployments, ...targets },
};

function checkNames(
  application: string | undefined,
  group: string | undefined,
  context: RequestContext,
): void {
  if (group !== undefined && application === undefined)
    throw new AwsError("ApplicationNameRequiredException", "Application name must be specified");
  if (application !== undefined && group === undefined)
    throw new AwsError("DeploymentGroupNameRequiredException", "Deployment group name must be specified");
  if (application === undefined) return;
  const known = begunDeployments(context).filter((one) => one.application === application);
  if (known.length === 0)
    throw new AwsError("ApplicationDoesNotExistException", `No application found for name: ${application}`);
  if (!known.some((one) => one.group === group))
    throw new AwsError(
      "DeploymentGroupDoesNotExistException",
      `No Deployment Group found for name: ${group}`,
    );
}

function statusNow(deployment: Deployment, { now }: RequestContext): DeploymentStatus {
  return statusOf(deployment, now.getTime()) ?? "Created";
}

function deploymentShape(deployment: Deployment, context: RequestContext): DeploymentInfo {
  const { id, application, group, instanceIds, from, until } = deployment;
  const status = statusNow(deployment, context);
  const counts = { Pending: 0, InProgress: 0, Succeeded: 0, Failed: 0, Skipped: 0, Ready: 0 };
  const all = instanceIds.length;
  if (status === "InProgress") counts.InProgress = all;
  else if (status === "Succeeded") counts.Succeeded = all;
  else if (status === "Failed") counts.Failed = all;
  else counts.Skipped = all;
  return {
    deploymentId: id,
    applicationName: application,
    deploymentGroupName: group,
    deploymentConfigName: "CodeDeployDefault.OneAtATime",
    status,
    createTime: new Date(from),
    startTime: new Date(from),
    ...(status !== "InProgress" && until !== undefined && { completeTime: new Date(until) }),
    deploymentOverview: counts,
    creator: "user",
    ignoreApplicationStopFailures: false,
    updateOutdatedInstancesOnly: false,
    deploymentStyle: { deploymentType: "IN_PLACE", deploymentOption: "WITHOUT_TRAFFIC_CONTROL" },
    computePlatform: "Server",
  };
}
