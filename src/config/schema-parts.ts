import { z } from "zod";

/** A mapping with these keys and no others; a misspelt key is answered with the known ones (see `reportIssues`). */
export function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? Object.keys(shape).join(" ") : undefined),
  });
}

/** Text, also where YAML sees a number or true/false: the loader takes what was written (`0123` stays `0123`). */
export const text = z.union([z.string(), z.number(), z.boolean()], { error: "must be text" });

/** One value or a list of them. */
export function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.union([item, z.array(item).min(1)], {
    error: (issue) => (issue.input === undefined ? "is missing" : "must be one value or a list"),
  });
}

/** A list out of `oneOrMore`. */
export function asList<Item>(value: Item | readonly Item[] | undefined): readonly Item[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly Item[]) : [value as Item];
}

const DURATION_ERROR = 'must be a duration such as 60 (seconds), "90s" or 5m';

/** Seconds as a number, or text with units: `90s`, `5m`, `1h30m`. */
export const duration = z.union(
  [z.int().nonnegative(), z.string().regex(/^(\d+[smhdw])+$|^\d+$/, { error: wrong(DURATION_ERROR) })],
  { error: DURATION_ERROR },
);

/** Text that isn't blank. */
export const filled = z.string().regex(/\S/, { error: "must not be empty" });

/** Lower-case words for things that become part of an alarm's identity: no slash, no `#`. */
export function name(example: string) {
  const missing = `is missing: for example ${JSON.stringify(example)}`;
  return z.string({ error: whenMissing(missing) }).regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, {
    error: wrong(
      `must be lower-case letters, digits, ".", "_" or "-", 64 at most, for example ${JSON.stringify(example)}`,
    ),
  });
}

/** Key of an alarm: `cpu-high`. */
export const alarmKey = z.string().regex(/^(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*$/, {
  error:
    "is no alarm key: keys are lower-case words joined by hyphens, 64 characters at most, such as cpu-high",
});

/** Key of a topic or a severity. */
export const plainKey = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, {
  error: 'is no key: use letters, digits, "_" and "-", 64 characters at most',
});

/** Words for a required value that isn't there; anything else is left to the general wording. */
export function whenMissing(message: string) {
  return (issue: { readonly input?: unknown }): string | undefined =>
    issue.input === undefined ? message : undefined;
}

/** The same message with what was written behind it. */
export function wrong(message: string) {
  return (issue: { readonly input?: unknown }): string => `${message}, not ${JSON.stringify(issue.input)}`;
}
