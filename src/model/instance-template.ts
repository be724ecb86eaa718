import type { Tags } from "./resource.ts";

/** What a runbook's texts can say about the instance under repair. */
export interface InstanceValues {
  readonly id: string;
  readonly name: string;
  readonly privateIp?: string;
  readonly tags: Tags;
}

/** A text with everything filled in, or what the instance lacks for it: `has no tag "Role"`. */
export type FilledTemplate = { readonly text: string } | { readonly lacks: string };

/** What can stand behind `$resource.`, beside `tags.KEY`. */
export const INSTANCE_FIELDS = [
  "id",
  "name",
  "privateIp",
] as const satisfies readonly (keyof InstanceValues)[];
type Field = (typeof INSTANCE_FIELDS)[number];

const isField = (text: string): text is Field => (INSTANCE_FIELDS as readonly string[]).includes(text);

/**
 * `$resource.id`, `$resource.tags.Role`, and in braces where a tag's key holds other characters: `${resource.tags.cost-center}`.
 * Groups: tag and field in braces, tag and field without.
 */
export const INSTANCE_EXPRESSION =
  /\$(?:\{resource\.(?:tags\.([^}]+)|([^}]*))\}|resource\.(?:tags\.([\p{L}\p{N}_]+(?::[\p{L}\p{N}_]+)*)|(\w+)))/gu;

/**
 * A text of a runbook with the instance's values in place of `$resource.id`, `.name`, `.privateIp` and `.tags.KEY`. What the
 * instance doesn't have is never an empty text. `escaped` makes a value safe where it goes: names and tags are written by
 * whoever may tag the instance, so that a command must not be able to take them for more than text.
 */
export function fillTemplate(
  template: string,
  instance: InstanceValues,
  escaped: (value: string) => string = (value) => value,
): FilledTemplate {
  let lacks: string | undefined;
  const text = template.replace(INSTANCE_EXPRESSION, (whole, quotedTag, quotedField, tag, field) => {
    const name: string | undefined = quotedField ?? field;
    if (name !== undefined && !isField(name)) return whole;
    const key: string = quotedTag ?? tag;
    const tagged = Object.hasOwn(instance.tags, key) ? instance.tags[key] : undefined;
    const value = name === undefined ? tagged : instance[name];
    if (value) return escaped(value);
    lacks ??= name === undefined ? `has no tag "${key}"` : `has no ${name}`;
    return "";
  });
  return lacks === undefined ? { text } : { lacks };
}
