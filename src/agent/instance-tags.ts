import type { AwsSession } from "../aws/session.ts";
import { tagsByKey } from "../aws/tags-by-key.ts";

type Tags = Readonly<Record<string, string>>;

/** Ids that one filter takes, and resources that one call tags. Source: EC2 API reference. */
export const IDS_A_CALL = 200;
const TAGGED_AT_ONCE = 1000;

/** The tags that instances have now, by id; those that are gone for good are absent. */
export async function readTags(
  session: AwsSession,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Tags>> {
  const found = new Map<string, Tags>();
  for (let from = 0; from < ids.length; from += IDS_A_CALL) {
    const Filters = [{ Name: "instance-id", Values: ids.slice(from, from + IDS_A_CALL) }];
    for await (const { Reservations = [] } of session.pages("ec2", "DescribeInstances", { Filters }))
      for (const { InstanceId = "", State, Tags } of Reservations.flatMap(({ Instances = [] }) => Instances))
        if (State?.Name !== "terminated" && State?.Name !== "shutting-down")
          found.set(InstanceId, tagsByKey(Tags));
  }
  return found;
}

/** Gives instances tags: one call for all that get the same. */
export async function writeTags(
  session: AwsSession,
  tags: readonly (readonly [string, Tags])[],
): Promise<undefined> {
  const groups = new Map<string, { readonly tags: Tags; readonly ids: string[] }>();
  for (const [id, given] of tags) {
    const key = JSON.stringify(Object.entries(given).sort());
    const group = groups.get(key);
    if (group) group.ids.push(id);
    else groups.set(key, { tags: given, ids: [id] });
  }
  for (const { tags: given, ids } of groups.values()) {
    const Tags = Object.entries(given).map(([Key, Value]) => ({ Key, Value }));
    for (const Resources of slices(ids)) await session.send("ec2", "CreateTags", { Resources, Tags });
  }
}

/** Takes tags off instances, whatever their values. */
export async function removeTags(
  session: AwsSession,
  ids: readonly string[],
  keys: readonly string[],
): Promise<undefined> {
  const Tags = keys.map((Key) => ({ Key }));
  for (const Resources of slices(ids)) await session.send("ec2", "DeleteTags", { Resources, Tags });
}

function slices(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / TAGGED_AT_ONCE) }, (_, index) =>
    ids.slice(index * TAGGED_AT_ONCE, (index + 1) * TAGGED_AT_ONCE),
  );
}
