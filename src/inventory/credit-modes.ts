import type { AwsSession } from "../aws/session.ts";
import type { Resource } from "../model/resource.ts";
import { isGone } from "./selector.ts";

/**
 * The instances with the fact `creditMode` where they are burstable. One listing, and none at all when nothing burstable is
 * there. Asked without ids, EC2 names those that are or were `unlimited`; the others are `standard`.
 */
export async function withCreditModes(
  session: AwsSession,
  instances: readonly Resource[],
): Promise<readonly Resource[]> {
  const burstable = (resource: Resource): boolean =>
    resource.facts["burstable"] === true && !isGone(resource);
  if (!instances.some(burstable)) return instances;
  const modes = new Map<string, string>();
  for await (const page of session.pages("ec2", "DescribeInstanceCreditSpecifications", {})) {
    for (const { InstanceId, CpuCredits } of page.InstanceCreditSpecifications ?? []) {
      if (InstanceId && CpuCredits) modes.set(InstanceId, CpuCredits);
    }
  }
  return instances.map((instance) => {
    if (!burstable(instance)) return instance;
    const creditMode = modes.get(instance.id) === "unlimited" ? "unlimited" : "standard";
    return { ...instance, facts: { ...instance.facts, creditMode } };
  });
}
