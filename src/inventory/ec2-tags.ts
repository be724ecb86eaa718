import type { Tags } from "../model/resource.ts";
import type { TextPool } from "./text-pool.ts";

/** EC2's list of tags by key. Values may be missing, which is the same as empty. */
export function readTags(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
  pool: TextPool,
): Tags {
  // Entries, not assignments: a tag may be called `__proto__`.
  return Object.fromEntries(
    (tags ?? []).map(({ Key = "", Value = "" }) => [pool.text(Key), pool.text(Value)]),
  );
}

/** What people call a thing: its Name tag, else its id. */
export function nameOf(tags: Tags, id: string): string {
  const name = Object.hasOwn(tags, "Name") ? tags["Name"]?.trim() : undefined;
  return name ? name : id;
}
