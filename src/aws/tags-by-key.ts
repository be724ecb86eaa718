import type { Tags } from "../model/resource.ts";

/**
 * AWS's list of tags by key. Values may be missing, which is the same as empty. `text`: what texts go through, for those who keep many
 * that are the same.
 */
export function tagsByKey(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
  text: (text: string) => string = (text) => text,
): Tags {
  // Entries, not assignments: a tag may be called `__proto__`.
  return Object.fromEntries((tags ?? []).map(({ Key = "", Value = "" }) => [text(Key), text(Value)]));
}
