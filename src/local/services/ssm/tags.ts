import type { Tag } from "@aws-sdk/client-ssm";
import { AwsError } from "../../aws-error.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { invalid } from "./errors.ts";
import { parametersKey, type StoredParameter } from "./parameter-store.ts";

const MAX_TAGS = 50;

/** Tags of parameters. */
export const tags = {
  AddTagsToResource(input, context) {
    const parameter = tagged(input, context);
    parameter.tags = addTags(parameter.tags, input.Tags);
    return {};
  },

  RemoveTagsFromResource(input, context) {
    const parameter = tagged(input, context);
    const gone = new Set(input.TagKeys);
    parameter.tags = new Map([...parameter.tags].filter(([key]) => !gone.has(key)));
    return {};
  },

  ListTagsForResource(input, context) {
    return { TagList: [...tagged(input, context).tags].map(([Key, Value]) => ({ Key, Value })) };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

/** A thing's tags with others added or replaced. Throws TooManyTagsError and ValidationException. */
export function addTags(
  known: ReadonlyMap<string, string>,
  added: readonly Tag[] | undefined,
): ReadonlyMap<string, string> {
  const after = new Map(known);
  for (const { Key: key = "", Value: value = "" } of added ?? []) {
    if (key.length < 1 || key.length > 128)
      throw invalid("tags.1.member.key", key, "Member must have length between 1 and 128");
    if (value.length > 256)
      throw invalid("tags.1.member.value", value, "Member must have length less than or equal to 256");
    if (/^aws:/i.test(key)) throw invalid("tags.1.member.key", key, "Tag keys can't begin with aws:");
    after.set(key, value);
  }
  if (after.size > MAX_TAGS)
    throw new AwsError("TooManyTagsError", `The number of tags exceeds the limit of ${MAX_TAGS}.`);
  return after;
}

function tagged(
  {
    ResourceType,
    ResourceId,
  }: { readonly ResourceType?: string | undefined; readonly ResourceId?: string | undefined },
  { cloud, account, region }: RequestContext,
): StoredParameter {
  if (ResourceType !== "Parameter")
    throw new AwsError("InvalidResourceType", `The resource type ${ResourceType} can't be tagged here.`);
  const parameter = cloud.state(parametersKey, account, region).get(ResourceId ?? "");
  if (!parameter) throw new AwsError("InvalidResourceId", `The resource ID ${ResourceId} is not valid.`);
  return parameter;
}
