import type { Tag } from "@aws-sdk/client-iam";
import { AwsError } from "../../aws-error.ts";
import { pageByKey } from "../key-paging.ts";
import { invalid } from "./errors.ts";

/** Most letters of a name by what it names. Source: IAM user guide, "IAM and AWS STS quotas". */
const NAME_LENGTHS = { roleName: 64, instanceProfileName: 128, policyName: 128 } as const;
const MAX_TAGS = 50;

/** A name, checked as IAM checks it. Throws ValidationError. */
export function checkName(member: keyof typeof NAME_LENGTHS, value: string | undefined): string {
  const name = value ?? "";
  const longest = NAME_LENGTHS[member];
  if (name.length === 0) throw invalid(member, name, "Member must have length greater than or equal to 1");
  if (name.length > longest)
    throw invalid(member, name, `Member must have length less than or equal to ${longest}`);
  if (!/^[\w+=,.@-]+$/.test(name))
    throw new AwsError(
      "ValidationError",
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
      400,
    );
  return name;
}

/** A path: slashes around it. */
export function checkPath(value: string | undefined): string {
  const path = value ?? "/";
  if (!/^(\/|\/[!-~]+\/)$/.test(path) || path.length > 512)
    throw new AwsError(
      "ValidationError",
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
      400,
    );
  return path;
}

/** A thing's tags with others added or replaced; keys don't tell case apart. Throws LimitExceeded, InvalidInput, ValidationError. */
export function addTags(
  tags: ReadonlyMap<string, string>,
  added: readonly Tag[] | undefined,
): ReadonlyMap<string, string> {
  const after = new Map(tags);
  const given = new Set<string>();
  for (const { Key: key = "", Value: value = "" } of added ?? []) {
    if (key.length < 1 || key.length > 128)
      throw invalid("tags.1.member.key", key, "Member must have length between 1 and 128");
    if (value.length > 256)
      throw invalid("tags.1.member.value", value, "Member must have length less than or equal to 256");
    if (/^aws:/i.test(key))
      throw new AwsError("InvalidInputException", `Tag keys starting with aws: are reserved for system use.`);
    if (given.has(key.toLowerCase()))
      throw new AwsError(
        "InvalidInputException",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
      );
    given.add(key.toLowerCase());
    for (const known of after.keys()) if (known.toLowerCase() === key.toLowerCase()) after.delete(known);
    after.set(key, value);
  }
  if (after.size > MAX_TAGS)
    throw new AwsError("LimitExceededException", `Cannot exceed quota for TagsPerResource: ${MAX_TAGS}`);
  return after;
}

/** A thing's tags without some. */
export function removeTags(
  tags: ReadonlyMap<string, string>,
  keys: readonly string[] | undefined,
): ReadonlyMap<string, string> {
  const gone = new Set((keys ?? []).map((key) => key.toLowerCase()));
  return new Map([...tags].filter(([key]) => !gone.has(key.toLowerCase())));
}

/** What a listing asks for. */
interface PageRequest {
  readonly Marker?: string | undefined;
  readonly MaxItems?: number | undefined;
}

/** One page of things in the order of their names, in IAM's form. `binding`: what was asked for. */
export function pageOf<T>(
  things: readonly T[],
  { Marker: marker, MaxItems: size = 100 }: PageRequest,
  binding: unknown,
  nameOf: (thing: T) => string,
): { readonly items: readonly T[]; readonly IsTruncated: boolean; readonly Marker?: string } {
  if (!Number.isInteger(size) || size < 1)
    throw invalid("maxItems", size, "Member must have value greater than or equal to 1");
  if (size > 1000) throw invalid("maxItems", size, "Member must have value less than or equal to 1000");
  const { items, next } = pageByKey(
    things,
    nameOf,
    { size, token: marker, binding },
    () => new AwsError("ValidationError", `Invalid Marker.`, 400),
  );
  return next === undefined ? { items, IsTruncated: false } : { items, IsTruncated: true, Marker: next };
}
