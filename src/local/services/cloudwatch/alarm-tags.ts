import type {
  ListTagsForResourceInput,
  ListTagsForResourceOutput,
  TagResourceInput,
  UntagResourceInput,
} from "@aws-sdk/client-cloudwatch";
import { AwsError } from "../../aws-error.ts";
import type { AlarmRecord } from "./alarm-record.ts";
import type { AlarmStore } from "./alarm-store.ts";
import { checkTags, constrainTags, MAX_TAGS } from "./common-shapes.ts";
import { Constraints } from "./constraints.ts";
import { invalidValue } from "./errors.ts";

/** Adds and replaces tags of an alarm; 50 in all. */
export function tagResource(store: AlarmStore, input: TagResourceInput): void {
  const constraints = constrainArn(input.ResourceARN).required("tags", input.Tags);
  constrainTags(constraints, "tags", input.Tags);
  constraints.check();
  checkTags(input.Tags, invalidValue);
  const record = tagged(store, input.ResourceARN);
  const tags = new Map(record.tags);
  for (const { Key = "", Value = "" } of input.Tags ?? []) tags.set(Key, Value);
  if (tags.size > MAX_TAGS)
    throw invalidValue(`The number of tags ${tags.size} exceeds the limit of ${MAX_TAGS}.`);
  record.tags = tags;
}

/** Removes tags of an alarm; keys it doesn't have are passed over. */
export function untagResource(store: AlarmStore, input: UntagResourceInput): void {
  constrainArn(input.ResourceARN).required("tagKeys", input.TagKeys).check();
  const record = tagged(store, input.ResourceARN);
  const tags = new Map(record.tags);
  for (const key of input.TagKeys ?? []) tags.delete(key);
  record.tags = tags;
}

export function listTags(store: AlarmStore, input: ListTagsForResourceInput): ListTagsForResourceOutput {
  constrainArn(input.ResourceARN).check();
  const { tags } = tagged(store, input.ResourceARN);
  return { Tags: [...tags].map(([Key, Value]) => ({ Key, Value })) };
}

function constrainArn(arn: string | undefined): Constraints {
  return new Constraints().required("resourceARN", arn).length("resourceARN", arn, 1, 1024);
}

function tagged(store: AlarmStore, arn = ""): AlarmRecord {
  const name = arn.split(":").slice(6).join(":");
  const record = store.get(name);
  if (record && arn === store.arnOf(name)) return record;
  throw new AwsError("ResourceNotFoundException", "Unknown", undefined, {
    ResourceType: arn.split(":")[5]?.split("/")[0] ?? "",
    ResourceId: arn,
  });
}
