import type { AwsSession } from "../aws/session.ts";
import type { TagCondition } from "../model/selector.ts";

/**
 * Running instances of the account and region with these tags: what the fleet's cap is a percentage of. A call for every page
 * of 1,000. Undefined where EC2 can't be asked so (`exists: false`). Throws AWS's errors.
 */
export async function countOptedIn(
  session: AwsSession,
  optIn: Readonly<Record<string, TagCondition>>,
): Promise<number | undefined> {
  const Filters = [{ Name: "instance-state-name", Values: ["running"] }];
  for (const [key, condition] of Object.entries(optIn)) {
    if ("exists" in condition) {
      if (!condition.exists) return undefined;
      Filters.push({ Name: "tag-key", Values: [key] });
    } else {
      const values = "pattern" in condition ? [condition.pattern] : condition.anyOf.map(literal);
      Filters.push({ Name: `tag:${key}`, Values: values });
    }
  }
  let count = 0;
  for await (const { Reservations = [] } of session.pages("ec2", "DescribeInstances", { Filters }))
    for (const { Instances = [] } of Reservations) count += Instances.length;
  return count;
}

/** EC2's filters take `*` and `?` as wildcards, and a backslash before them as text. */
function literal(value: string): string {
  return value.replace(/[\\*?]/g, "\\$&");
}
