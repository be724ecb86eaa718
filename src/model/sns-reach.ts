import { partitionOf } from "./partition.ts";

/**
 * Commercial regions that were there before 2019-03-20: they are enabled in every account. All later ones must be opted into, and SNS
 * speaks with a name of its own there. Source: SNS developer guide, sns-cross-region-delivery.
 */
const ENABLED_BY_DEFAULT = new Set([
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
]);

/** Whether accounts must opt into a region. */
export function isOptIn(region: string): boolean {
  return partitionOf(region) === "aws" && !ENABLED_BY_DEFAULT.has(region);
}

/** Why SNS can't deliver from a topic in one region to a queue in another, whatever policies allow; undefined when it can. Source: as above. */
export function undeliverableBecause(from: string, to: string): string | undefined {
  const [topics, queue] = [partitionOf(from), partitionOf(to)];
  if (topics !== queue)
    return `topics of partition ${topics} can't send to partition ${queue}: that needs a configuration of its own`;
  if (from !== to && isOptIn(from) && isOptIn(to))
    return `SNS doesn't deliver from ${from} to ${to}, since both must be opted into: put the queue into a region that is enabled by default`;
  return undefined;
}
