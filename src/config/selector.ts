import type { Selector, TagCondition } from "../model/selector.ts";
import { didYouMean } from "../support/suggest.ts";
import { compact, type Reading } from "./reading.ts";
import { selectorSchema } from "./selector-schema.ts";
import type { Path } from "./yaml-source.ts";

/** The selector written at a path; undefined when there is none or its form is wrong. */
export function selectorAt(
  path: Path,
  reading: Reading,
  knownTypes: readonly string[],
): Selector | undefined {
  if (reading.pick(selectorSchema, path) === undefined) return undefined;
  const texts = (key: string): readonly string[] | undefined => {
    const values = reading.texts([...path, key]);
    return values.length === 0 ? undefined : values;
  };
  const types = texts("type");
  checkTypes([...path, "type"], types ?? [], reading, knownTypes);
  return compact({
    types,
    tags: tagsAt([...path, "tags"], reading),
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

function tagsAt(path: Path, reading: Reading): Record<string, TagCondition> | undefined {
  const keys = reading.keys(path);
  if (keys.length === 0) return undefined;
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
