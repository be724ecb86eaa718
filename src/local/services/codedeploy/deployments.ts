// Deployments of one account and region. They run from one time to another; nothing is deployed.
import type { DeploymentStatus } from "@aws-sdk/client-codedeploy";
import { sha256 } from "../../../support/canonical-json.ts";
import type { Cloud, StateKey } from "../../cloud.ts";

export const OUTCOMES = ["Succeeded", "Failed", "Stopped"] as const satisfies readonly DeploymentStatus[];
export type Outcome = (typeof OUTCOMES)[number];

/** One deployment to instances, from and until when (milliseconds); undefined: it goes on. */
export interface Deployment {
  readonly id: string;
  readonly application: string;
  readonly group: string;
  readonly instanceIds: readonly string[];
  readonly from: number;
  until: number | undefined;
  outcome: Outcome;
}

/** What a deployment is to be. */
export type DeploymentPlan = Omit<Deployment, "id">;

/** Deployments in the order they were planned. */
export const deploymentsKey: StateKey<Deployment[]> = { name: "codedeploy-deployments", create: () => [] };

interface Place {
  readonly account: string;
  readonly region: string;
}

/** Plans a deployment; it can be seen once it has begun. */
export function planDeployment(cloud: Cloud, { account, region }: Place, plan: DeploymentPlan): Deployment {
  const deployments = cloud.state(deploymentsKey, account, region);
  const id = `d-${letters(`${account} ${region} ${plan.application} ${deployments.length}`)}`;
  const deployment = { id, ...plan };
  deployments.push(deployment);
  return deployment;
}

/** Ends what is being deployed to an instance now. */
export function endDeployments(
  cloud: Cloud,
  { account, region }: Place,
  instanceId: string,
  outcome: Outcome,
): void {
  const now = cloud.clock.time();
  for (const deployment of cloud.state(deploymentsKey, account, region)) {
    if (!deployment.instanceIds.includes(instanceId) || statusOf(deployment, now) !== "InProgress") continue;
    deployment.until = now;
    deployment.outcome = outcome;
  }
}

/** Whether something is being deployed to an instance. */
export function isDeploying(cloud: Cloud, { account, region }: Place, instanceId: string): boolean {
  const now = cloud.clock.time();
  return cloud
    .state(deploymentsKey, account, region)
    .some((one) => one.instanceIds.includes(instanceId) && statusOf(one, now) === "InProgress");
}

/** How it stands; undefined before it begins. */
export function statusOf({ from, until, outcome }: Deployment, now: number): DeploymentStatus | undefined {
  if (now < from) return undefined;
  return until === undefined || now < until ? "InProgress" : outcome;
}

/** Nine capital letters and digits, as in `d-A1B2C3D4E`. */
function letters(text: string): string {
  return BigInt(`0x${sha256(text).slice(0, 24)}`)
    .toString(36)
    .toUpperCase()
    .padStart(9, "0")
    .slice(-9);
}
