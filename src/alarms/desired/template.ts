import type { Resource } from "../../model/resource.ts";
import { didYouMean } from "../../support/suggest.ts";

/** What a template gave: its text, or what the resource lacks for it. */
export type Rendered =
  | { readonly text: string }
  /** `what` reads on after the resource: `has no tag "Role"`. */
  | { readonly lacks: string };

const FIELDS = ["id", "name", "account", "region"] as const;
type Field = (typeof FIELDS)[number];

const isField = (text: string): text is Field => (FIELDS as readonly string[]).includes(text);

/**
 * `$resource.id`, `$resource.tags.Role`, or in braces where the tag's key holds other characters than letters, digits,
 * `_` and inner colons: `${resource.tags.cost-center}`.
 */
const EXPRESSION =
  /\$(?:\{resource\.(?:tags\.([^}]+)|([^}]*))\}|resource\.(?:tags\.([\p{L}\p{N}_]+(?::[\p{L}\p{N}_]+)*)|(\w+)))/gu;

/** Whether a text speaks of a resource. */
export function usesResource(text: string): boolean {
  return text.includes("$resource") || text.includes("${resource");
}

/**
 * A text with `$resource.id`, `.name`, `.account`, `.region` and `.tags.X` filled in. A tag that the resource doesn't have is
 * never an empty text: the answer says what is lacking. Unknown expressions stay as written; `templateProblems` finds them.
 */
export function renderTemplate(template: string, resource: Resource | undefined): Rendered {
  if (!template.includes("$")) return { text: template };
  if (!resource) return usesResource(template) ? { lacks: "belongs to no resource" } : { text: template };
  let lacks: string | undefined;
  const text = template.replace(EXPRESSION, (whole, quotedTag, quotedField, tag, field) => {
    const name: string | undefined = quotedField ?? field;
    if (name !== undefined) return isField(name) ? resource[name] : whole;
    const key: string = quotedTag ?? tag;
    const value = Object.hasOwn(resource.tags, key) ? resource.tags[key] : undefined;
    if (value === undefined || value === "")
      lacks ??= `${value === "" ? "has an empty" : "has no"} tag "${key}"`;
    return value ?? "";
  });
  return lacks === undefined ? { text } : { lacks };
}

/** What is wrong with a template, as sentences: expressions that don't exist. */
export function templateProblems(template: string): string[] {
  if (!usesResource(template)) return [];
  const known = new Set<number>();
  const problems: string[] = [];
  for (const match of template.matchAll(EXPRESSION)) {
    const [whole, , quotedField, , field] = match;
    known.add(match.index);
    const name = quotedField ?? field;
    if (name !== undefined && !isField(name)) {
      const hint = didYouMean(name, [...FIELDS, "tags"]);
      problems.push(
        `"${whole}" is no expression; there are $resource.${FIELDS.join(", $resource.")} and $resource.tags.KEY.${hint}`,
      );
    }
  }
  for (const match of template.matchAll(/\$\{?resource/g))
    if (!known.has(match.index))
      problems.push(
        `"${template.slice(match.index)}" is no complete expression; write $resource.id or \${resource.tags.KEY}`,
      );
  return problems;
}
