// What hears the topics: the queue that the plan makes, who may send to it, and the subscriptions that lead there.
import { parseArn } from "../../model/arn.ts";
import type { Target } from "./subscription.ts";

/** What hears the topics of a configuration, worked out for the accounts that were reached. */
export interface Listening {
  readonly queue?: {
    readonly arn: string;
    /** The plan makes it; else it is somebody else's. */
    readonly isMade: boolean;
  };
  readonly endpoint?: string;
  /** Where the queue is could not be found out, since its account isn't reached: nothing is known to be superfluous then. */
  readonly error?: { readonly account: string; readonly code: string; readonly message: string };
}

/** Everything that is to be subscribed. */
export function targetsOf({ queue, endpoint }: Listening): readonly Target[] {
  return [
    ...(queue ? [{ protocol: "sqs" as const, endpoint: queue.arn }] : []),
    ...(endpoint === undefined
      ? []
      : [{ protocol: endpoint.startsWith("https:") ? ("https" as const) : ("http" as const), endpoint }]),
  ];
}

/** Account and region of an ARN. */
export function placeOf(arn: string): { readonly account: string; readonly region: string } {
  const { account = "", region = "" } = parseArn(arn) ?? {};
  return { account, region };
}
