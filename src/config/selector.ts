import type { Selector, TagCondition } from "../model/selector.ts";
import { didYouMean } from "../support/suggest.ts";
import { compact, type Reading } from "./reading.ts";
import { selectorSchema } from "./selector-schema.ts";
import type { Path } from "./yaml-source.ts";

/** The selector written at a path, as far as its parts are sound; undefined when there is none. */
export function selectorAt(
  path: Path,
  reading: Reading,
  knownTypes: readonly string[],
): Selector | undefined {
  if (reading.raw(path) === undefined) return undefined;
  const { shape } = selectorSchema;
  const texts = (key: keyof typeof shape): readonly string[] | undefined => {
    const sound = reading.pick(shape[key], [...path, key]) !== undefined;
    return sound ? reading.texts([...path, key]) : undefined;
  };
  const types = texts("type");
  checkTypes([...path, "type"], types ?? [], reading, knownTypes);
  return compact({
    types,
    tags: reading.pick(shape.tags, [...path, "tags"]) && tagsAt([...path, "tags"], reading),
    states: texts("state"),
    names: texts("name"),
    ids: texts("id"),
    dnsNames: texts("dnsName"),
    regions: texts("region"),
    accounts: texts("account"),
  });
}

/** Reports resource types that don't exist. `path` holds one type or a list. */
export function checkTypes(
  path: Path,
  types: readonly string[],
  reading: Reading,
  knownTypes: readonly string[],
): void {
  for (const [index, type] of types.entries()) {
    if (knownTypes.includes(type)) continue;
    const place = Array.isArray(reading.raw(path)) ? [...path, index] : path;
    const guess = didYouMean(type, knownTypes) || ` Known: ${knownTypes.join(", ")}`;
    reading.error("unknown-resource-type", `unknown resource type ${JSON.stringify(type)}.${guess}`, place);
  }
}

/** Conditions on tags, by key, written at a path whose form is right. */
export function tagsAt(path: Path, reading: Reading): Record<string, TagCondition> {
  const keys = reading.keys(path);
  return Object.fromEntries(keys.map((key) => [key, conditionAt([...path, key], reading)]));
}

function conditionAt(path: Path, reading: Reading): TagCondition {
  const value = reading.raw(path);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const { exists, pattern } = value as { exists?: boolean; pattern?: string };
    return pattern === undefined ? { exists: exists === true } : { pattern };
  }
  const values = Array.isArray(value) ? value : [value];
  for (const [index, item] of values.entries()) {
    if (typeof item === "string") continue;
    const place = Array.isArray(value) ? [...path, index] : path;
    const written = reading.text(place);
    reading.warn(
      "unquoted-tag",
      `tag values are text: ${written} is taken as "${written}"; put quotes around it to say so`,
      place,
    );
  }
  return { anyOf: reading.texts(path) };
}
