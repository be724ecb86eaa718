import type { AwsSession, OperationName, ServiceName } from "../aws/session.ts";
import { estimateSeconds } from "../plan/estimate.ts";
import type { PlannedChanges } from "../plan/planner.ts";

/** Seconds that applying parts of a plan takes at the quotas of their account and region. */
export function secondsOf(parts: readonly PlannedChanges[], session: AwsSession): number {
  return parts.reduce(
    (sum, { callsToMake }) =>
      sum +
      estimateSeconds(callsToMake, (call) => {
        const [service, operation] = call.split(":") as [ServiceName, OperationName<ServiceName>];
        return session.quota(service, operation).ratePerSecond;
      }),
    0,
  );
}
