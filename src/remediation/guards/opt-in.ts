import type { Tags } from "../../model/resource.ts";
import type { TagCondition } from "../../model/selector.ts";
import type { Guard } from "../guard.ts";
import { tagMismatch } from "./tags.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("opt-in");

/** Nothing is done to an instance whose owner didn't say so. */
export const optIn: Guard = {
  name: "opt-in",
  refuses: "Instances without the tag `watchkeeper:remediate=yes`, or the tags that `optIn` names.",
  setting: "optIn",
  judge({ settings, instance }) {
    const wanted = Object.entries(settings.optIn);
    for (const [key, condition] of wanted) {
      const mismatch = tagMismatch(instance.tags, key, condition);
      if (!mismatch) continue;
      const near = nearMiss(instance.tags, key, condition);
      return near === undefined
        ? refuse("not-opted-in", `${mismatch.text}: without it nothing is done`)
        : refuse("opt-in-misspelt", near);
    }
    return wanted.length === 0
      ? refuse("not-opted-in", "the configuration names no tag by which instances opt in")
      : pass("opted-in", `has ${wanted.map(([key]) => `${key}=${instance.tags[key] ?? ""}`).join(", ")}`);
  },
};

/** The tag written almost right: `has watchkeeper:Remediate=Yes; write watchkeeper:remediate=yes`. */
function nearMiss(tags: Tags, key: string, condition: TagCondition): string | undefined {
  if (!("anyOf" in condition)) return undefined;
  const plain = (text: string): string => text.trim().toLowerCase();
  for (const [written, value] of Object.entries(tags)) {
    if (plain(written) !== plain(key)) continue;
    const meant = condition.anyOf.find((wanted) => plain(wanted) === plain(value));
    if (meant !== undefined) return `has ${written}=${value}; write ${key}=${meant}`;
  }
  return undefined;
}
