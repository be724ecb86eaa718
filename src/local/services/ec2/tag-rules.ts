import type { Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import { invalidValue, missingParameter } from "./errors.ts";

/** Limits of tags. Source: EC2 user guide, "Tag restrictions". */
const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

/** Tags after adding some; checks keys, values and the number. System tags (`aws:`) don't count. */
export function withTags(
  present: ReadonlyMap<string, string>,
  added: readonly Tag[],
): ReadonlyMap<string, string> {
  const tags = new Map(present);
  for (const { Key: key, Value: value } of added) {
    checkTag(key, value);
    tags.set(key as string, value ?? "");
  }
  if ([...tags.keys()].filter((key) => !key.startsWith("aws:")).length > MAX_TAGS)
    throw new AwsError(
      "TagLimitExceeded",
      "The maximum number of Tags for a resource has been reached.",
      400,
    );
  return tags;
}

/** The tags that a request gives to resources of a type; other types than `allowed` are refused. */
export function specifiedTags(
  specifications: readonly TagSpecification[] | undefined,
  type: string,
  allowed: readonly string[],
): ReadonlyMap<string, string> {
  const seen = new Set<string>();
  let tags: ReadonlyMap<string, string> = new Map();
  for (const { ResourceType: of, Tags: given } of specifications ?? []) {
    if (of === undefined) throw missingParameter("TagSpecification.1.ResourceType");
    if (!allowed.includes(of))
      throw invalidValue(`'${of}' is not a valid taggable resource type for this operation.`);
    if (seen.has(of)) throw invalidValue(`Duplicate resource type '${of}' in the TagSpecifications.`);
    seen.add(of);
    if (!given || given.length === 0) throw invalidValue("Tag specification must have at least one tag");
    const keys = given.map(({ Key }) => Key);
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) throw invalidValue(`Duplicate tag key '${twice}' specified.`);
    if (of === type) tags = withTags(new Map(), given);
  }
  return tags;
}

/** Refuses a key that can't be set or removed. */
export function checkTag(key: string | undefined, value: string | undefined): void {
  if (key === undefined) throw missingParameter("Tag.1.Key");
  if (key === "") throw invalidValue("Tag key cannot be empty.");
  if (/^aws:/i.test(key)) throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
  if ([...key].length > MAX_KEY)
    throw invalidValue(`Tag key exceeds the maximum length of ${MAX_KEY} characters`);
  if ([...(value ?? "")].length > MAX_VALUE)
    throw invalidValue(`Tag value exceeds the maximum length of ${MAX_VALUE} characters`);
}
