import { randomUUID } from "node:crypto";
import type { RequestContext } from "../local/service.ts";
import { SERVICES } from "../local/services/registry.ts";
import { partitionOf } from "../model/partition.ts";
import type { RunningLocal } from "./run-local.ts";

type Handler = (input: Readonly<Record<string, unknown>>, context: RequestContext) => unknown;

/**
 * Does in a local cloud what a person would do with the AWS CLI: for the demo. Answers the operation's output; rejects with
 * the service's error.
 */
export async function actAsPerson(
  { local, variables, endpoint }: RunningLocal,
  service: keyof typeof SERVICES,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const handler = (SERVICES[service].handlers as Readonly<Record<string, unknown>>)[operation] as
    | Handler
    | undefined;
  if (!handler) throw new Error(`${service}:${operation} is not implemented by the local cloud`);
  const region = variables["AWS_REGION"] ?? "us-east-1";
  const [account] = local.accounts.all;
  if (!account) throw new Error("the local cloud has no account");
  const partition = partitionOf(region);
  const output = await handler(input, {
    account: account.id,
    region,
    partition,
    principal: {
      accountId: account.id,
      arn: `arn:${partition}:iam::${account.id}:user/somebody`,
      userId: "AIDASOMEBODY",
    },
    requestId: randomUUID(),
    endpoint,
    now: local.cloud.clock.now(),
    cloud: local.cloud,
  });
  return output as Readonly<Record<string, unknown>>;
}
