import type { Handlers, LocalService } from "../service.ts";
import { describe } from "./autoscaling/describe.ts";
import { memberNotFound, validationError } from "./autoscaling/errors.ts";
import { fleetAt, memberById } from "./autoscaling/groups.ts";
import { replaceSoon } from "./autoscaling/replacement.ts";

const health = {
  SetInstanceHealth(input, context) {
    const {
      InstanceId: id = "",
      HealthStatus: status = "",
      ShouldRespectGracePeriod: respect = true,
    } = input;
    const now = context.now.getTime();
    const fleet = fleetAt(context.cloud, context);
    const member = memberById(context.cloud, fleet, id, now);
    if (!member) throw memberNotFound(id);
    if (!/^(Healthy|Unhealthy)$/i.test(status))
      throw validationError(
        `Instance Health Status ${status} is not valid. Valid values are: Healthy, Unhealthy`,
      );
    const { group, instance } = member;
    if (/^healthy$/i.test(status)) group.unhealthy.delete(id);
    else if (!respect || now >= (instance.runs[0] ?? now) + group.gracePeriod * 1000) {
      group.unhealthy.add(id);
      replaceSoon(context.cloud, fleet, id);
    }
    return {};
  },
} satisfies Handlers<typeof import("@aws-sdk/client-auto-scaling")>;

/**
 * Auto Scaling: groups that scenarios make, whose members can be listed and marked unhealthy. A group looks at no status checks itself
 * (its process HealthCheck is suspended) and doesn't scale.
 */
export const autoscaling: LocalService = {
  sdk: "@aws-sdk/client-auto-scaling",
  signingName: "autoscaling",
  version: "2011-01-01",
  xmlNamespace: "http://autoscaling.amazonaws.com/doc/2011-01-01/",
  defaultProtocol: "awsQuery",
  handlers: { ...describe, ...health },
};
