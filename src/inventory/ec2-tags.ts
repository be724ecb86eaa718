import type { Tags } from "../model/resource.ts";

/** What people call a thing: its Name tag, else its id. */
export function nameOf(tags: Tags, id: string): string {
  const name = Object.hasOwn(tags, "Name") ? tags["Name"]?.trim() : undefined;
  return name ? name : id;
}
