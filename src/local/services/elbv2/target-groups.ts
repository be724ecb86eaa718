// Target groups of one account and region: which instances stand behind which load balancer.
import { sha256 } from "../../../support/canonical-json.ts";
import type { Cloud, StateKey } from "../../cloud.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";

/** An instance in a target group, since when (milliseconds). */
export interface Target {
  readonly instanceId: string;
  readonly port: number;
  readonly since: number;
}

/** One target group; HTTP, with targets by instance id. */
export interface TargetGroup {
  readonly name: string;
  /** 16 hexadecimal digits, the end of its ARN. */
  readonly hash: string;
  readonly port: number;
  readonly targets: Target[];
}

/** Target groups by name. */
export const targetGroupsKey: StateKey<Map<string, TargetGroup>> = {
  name: "elbv2-target-groups",
  create: () => new Map(),
};

/** The target group of a name; made if there is none. */
export function provideTargetGroup(
  cloud: Cloud,
  { account, region }: { readonly account: string; readonly region: string },
  name: string,
  port: number,
): TargetGroup {
  const groups = cloud.state(targetGroupsKey, account, region);
  const known = groups.get(name);
  if (known) return known;
  const hash = sha256(`${account} ${region} target group ${name}`).slice(0, 16);
  const group: TargetGroup = { name, hash, port, targets: [] };
  groups.set(name, group);
  return group;
}

/** Puts an instance into every target group that another one is in: what an Auto Scaling group does with those it launches. */
export function registerLike(
  cloud: Cloud,
  fleet: Fleet,
  before: Instance,
  after: Instance,
  now: number,
): void {
  for (const { targets } of cloud.state(targetGroupsKey, fleet.account, fleet.region).values())
    for (const { port } of targets.filter(({ instanceId }) => instanceId === before.id))
      targets.push({ instanceId: after.id, port, since: now });
}
