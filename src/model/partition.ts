/** An AWS partition: a set of regions with accounts, credentials and ARNs of its own. */
export type Partition = "aws" | "aws-cn" | "aws-us-gov";

/** The partition a region belongs to. Unknown regions belong to the commercial partition. */
export function partitionOf(region: string): Partition {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return "aws";
}

/** DNS suffix of a partition's endpoints, for example `amazonaws.com.cn`. */
export function dnsSuffix(partition: Partition): string {
  return partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
}

/** Host of the management console in a region, without scheme. */
export function consoleHost(region: string): string {
  switch (partitionOf(region)) {
    case "aws-cn":
      return `${region}.console.amazonaws.cn`;
    case "aws-us-gov":
      return `console.amazonaws-us-gov.com`;
    case "aws":
      return `${region}.console.aws.amazon.com`;
  }
}

/** The region whose endpoints answer for a partition's global services (IAM, Route 53, Organizations). */
export function globalRegion(partition: Partition): string {
  switch (partition) {
    case "aws-cn":
      return "cn-north-1";
    case "aws-us-gov":
      return "us-gov-west-1";
    case "aws":
      return "us-east-1";
  }
}
