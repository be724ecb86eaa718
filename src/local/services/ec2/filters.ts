import type { Filter } from "@aws-sdk/client-ec2";
import { globMatcher } from "../../../support/glob.ts";
import { invalidValue } from "./errors.ts";

/** The values of a field that a filter looks at; none when the thing hasn't got the field. */
export type FieldValues = string | readonly string[] | undefined;

/** What a listing can be filtered by: field names with how to read them. */
export type FilterFields<T> = Readonly<Record<string, (thing: T) => FieldValues>>;

/** Most values of all filters of a request. Source: EC2 user guide, "List and filter your resources". */
const MAX_VALUES = 200;

/**
 * One predicate for a request's filters: all must hold, within one any value is enough; `*` and `?` are wildcards, `\`
 * escapes, case counts. `tag:<key>`, `tag-key` and `tag-value` work where `tags` is given.
 */
export function compileFilters<T>(
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
  tags?: (thing: T) => ReadonlyMap<string, string>,
): (thing: T) => boolean {
  if (!filters) return () => true;
  // `Filter=`, which some clients make of an empty list, is a filter without a name.
  if (filters.length === 0) throw invalidValue("The filter 'null' is invalid");
  if (filters.reduce((count, { Values }) => count + (Values?.length ?? 0), 0) > MAX_VALUES)
    throw invalidValue(`The maximum number of filter values specified on a single call is ${MAX_VALUES}`);
  const tests = filters.map((filter) => compileFilter(filter, fields, tags));
  return (thing) => tests.every((test) => test(thing));
}

function compileFilter<T>(
  { Name: name, Values: values }: Filter,
  fields: FilterFields<T>,
  tags: ((thing: T) => ReadonlyMap<string, string>) | undefined,
): (thing: T) => boolean {
  if (name === undefined) throw invalidValue("The filter 'null' is invalid");
  const field = fieldOf(name, fields, tags);
  if (!field) throw invalidValue(`The filter '${name}' is invalid`);
  // A filter without values is accepted, and nothing matches it.
  if (!values || values.length === 0) return () => false;
  const matches = matcher(values);
  return (thing) => {
    const found = field(thing);
    if (found === undefined) return false;
    return typeof found === "string" ? matches(found) : found.some(matches);
  };
}

function fieldOf<T>(
  name: string,
  fields: FilterFields<T>,
  tags: ((thing: T) => ReadonlyMap<string, string>) | undefined,
): ((thing: T) => FieldValues) | undefined {
  if (tags) {
    if (name.startsWith("tag:")) {
      const key = name.slice(4);
      return (thing) => tags(thing).get(key);
    }
    if (name === "tag-key") return (thing) => [...tags(thing).keys()];
    if (name === "tag-value") return (thing) => [...tags(thing).values()];
  }
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

function matcher(values: readonly string[]): (text: string) => boolean {
  const exact = new Set(values.filter((value) => !/[*?\\]/.test(value)));
  const globs = values.filter((value) => /[*?\\]/.test(value)).map(globMatcher);
  return (text) => exact.has(text) || globs.some((matches) => matches(text));
}
