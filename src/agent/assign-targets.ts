import { compileSelector } from "../inventory/selector.ts";
import type { AgentPlatform, AgentPolicy, AgentProfile, AgentTarget } from "../model/agent-policy.ts";
import type { Resource } from "../model/resource.ts";

/** An instance that is to have the agent, and by which target. */
export interface Assignment {
  readonly resource: Resource;
  readonly target: AgentTarget;
  readonly profile: AgentProfile;
  readonly platform: AgentPlatform;
}

/** Gives every instance to the first target that selects it. What is on its way out is left alone. */
export function assignTargets(policy: AgentPolicy, resources: readonly Resource[]): readonly Assignment[] {
  const targets = policy.targets.map((target) => ({ target, selector: compileSelector(target.select) }));
  return resources.flatMap((resource) => {
    if (resource.type !== "ec2.instance" || resource.state === "shutting-down") return [];
    const target = targets.find(({ selector }) => selector.matches(resource))?.target;
    const profile = target && policy.profiles[target.profile];
    return target && profile ? [{ resource, target, profile, platform: platformOf(resource) }] : [];
  });
}

/** The platform of an instance, as the agent tells them apart. */
export function platformOf({ facts }: Resource): AgentPlatform {
  return facts["platform"] === "windows" ? "windows" : "linux";
}
