import { compileSelector } from "../../inventory/selector.ts";
import type { RunReason } from "../../model/remediation-run.ts";
import type { Tags } from "../../model/resource.ts";
import type { TagCondition } from "../../model/selector.ts";

/** Why tags don't meet a condition; undefined where they do. Keys and values count to the letter, as IAM compares them. */
export function tagMismatch(tags: Tags, key: string, condition: TagCondition): RunReason | undefined {
  const { matches, reason } = compileSelector({ tags: { [key]: condition } }).explain({
    arn: "",
    type: "ec2.instance",
    account: "",
    region: "",
    id: "",
    name: "",
    state: "",
    tags,
    facts: {},
  });
  return matches ? undefined : reason;
}
