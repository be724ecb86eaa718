import type { ResourceType, TagDescription } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import type { Volume } from "../../fleet/volume.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { dryRun, missingParameter } from "./errors.ts";
import { compileFilters } from "./filters.ts";
import { fleetOf, instanceById, volumeById } from "./lookup.ts";
import { pageOf } from "./paging.ts";
import { checkTag, withTags } from "./tag-rules.ts";

interface Entry {
  readonly serial: number;
  readonly description: TagDescription;
}

// A resource has at most 50 tags of its own and some of AWS's: room for the place of a tag within its resource.
const TAGS_PER_RESOURCE = 128;

/** Tags of instances and volumes. */
export const tags = {
  CreateTags(input, context) {
    dryRun(input.DryRun);
    const resources = taggedResources(input.Resources, context);
    if (!input.Tags || input.Tags.length === 0) throw missingParameter("tagSet");
    const added = input.Tags;
    const after = resources.map((resource) => withTags(resource.tags, added));
    for (const [index, resource] of resources.entries()) resource.tags = after[index] ?? resource.tags;
    return {};
  },

  DeleteTags(input, context) {
    dryRun(input.DryRun);
    const resources = taggedResources(input.Resources, context);
    for (const tag of input.Tags ?? []) checkTag(tag.Key, tag.Value);
    for (const resource of resources) {
      // Without a list every tag but AWS's own goes; with a value only a tag of that value.
      resource.tags = new Map(
        [...resource.tags].filter(([key, value]) =>
          input.Tags && input.Tags.length > 0
            ? !input.Tags.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value))
            : key.startsWith("aws:"),
        ),
      );
    }
    return {};
  },

  DescribeTags(input, context) {
    dryRun(input.DryRun);
    const fleet = fleetOf(context);
    const matches = compileFilters<Entry>(
      input.Filters,
      {
        key: ({ description }) => description.Key,
        value: ({ description }) => description.Value,
        "resource-id": ({ description }) => description.ResourceId,
        "resource-type": ({ description }) => description.ResourceType,
      },
      ({ description }) => new Map([[description.Key ?? "", description.Value ?? ""]]),
    );
    const page = pageOf(
      entries(fleet, context.now.getTime(), matches),
      input,
      { min: 5, max: 1000, above: "refuse" },
      ["DescribeTags", input.Filters],
      ({ serial }) => serial,
    );
    return { Tags: page.items.map(({ description }) => description), NextToken: page.nextToken };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

function taggedResources(ids: readonly string[] | undefined, context: RequestContext): (Instance | Volume)[] {
  if (!ids || ids.length === 0) throw missingParameter("resourceIdSet");
  const fleet = fleetOf(context);
  const now = context.now.getTime();
  return ids.map((id) => {
    if (id.startsWith("i-")) return instanceById(fleet, id, now);
    if (id.startsWith("vol-")) return volumeById(fleet, id, now);
    throw new AwsError("InvalidID", `The ID '${id}' is not valid`, 400);
  });
}

function* entries(fleet: Fleet, now: number, matches: (entry: Entry) => boolean): Iterable<Entry> {
  const all: [Instance | Volume, ResourceType][] = [];
  for (const instance of fleet.visibleInstances(now)) all.push([instance, "instance"]);
  for (const volume of fleet.existingVolumes(now)) if (volume.tags.size > 0) all.push([volume, "volume"]);
  all.sort(([a], [b]) => a.serial - b.serial);
  for (const [{ id, serial, tags: own }, type] of all) {
    let place = 0;
    for (const [Key, Value] of own) {
      const entry = {
        serial: serial * TAGS_PER_RESOURCE + place,
        description: { Key, Value, ResourceId: id, ResourceType: type },
      };
      place += 1;
      if (matches(entry)) yield entry;
    }
  }
}
