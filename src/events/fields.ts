// Events: every form in which AWS tells that something happened, read into one AlarmEvent. Pure; nothing here throws for its input.
// This file: looking into JSON of which nothing is known.

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; undefined when it is none. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

/** The value as a list; empty when it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A member, but never what objects have by themselves. */
export function member(fields: Fields | undefined, key: string): unknown {
  const value = fields?.[key];
  return value !== undefined && Object.hasOwn(fields as Fields, key) ? value : undefined;
}

/** The first of these members that is text (or a number) and not blank. */
export function textIn(fields: Fields | undefined, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = member(fields, key);
    if (typeof value === "string" && value.trim() !== "") return value;
    if (typeof value === "number" && Number.isFinite(value)) return String(value);
  }
  return undefined;
}

/** The first of these members that is a finite number, also as text. */
export function numberIn(fields: Fields | undefined, ...keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = member(fields, key);
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
  }
  return undefined;
}

/** An object that may also have been written as JSON text. */
export function fieldsIn(fields: Fields | undefined, key: string): Fields | undefined {
  const value = member(fields, key);
  return fieldsOf(typeof value === "string" ? jsonOf(value) : value);
}

/** AWS nests some ten levels; what is deeper wants to overflow a stack. */
const MAX_DEPTH = 64;

/** Text as JSON; undefined when it is none or nested absurdly deep. */
export function jsonOf(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    return isTooDeep(value) ? undefined : value;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a value is nested so deeply that looking through it is unsafe. */
export function isTooDeep(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (depth > MAX_DEPTH) return true;
  const fields = value as Fields;
  for (const key in fields) if (isTooDeep(fields[key], depth + 1)) return true;
  return false;
}

/** A time in any of the forms AWS writes (`+0000` without colon, RFC 1123, no zone at all meaning UTC), in ms. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  const time = Date.parse(text.endsWith("Z") ? text : withZone(text));
  return Number.isNaN(time) ? undefined : time;
}

function withZone(time: string): string {
  const text = time.replace(/([+-]\d\d)(\d\d)$/, "$1:$2");
  const local = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text);
  return local ? `${text.replace(" ", "T")}Z` : text;
}

/** Text cut to `length` UTF-16 units at a code point, with an ellipsis. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const low = text.charCodeAt(length - 1);
  const end = low >= 0xdc00 && low <= 0xdfff ? length - 2 : length - 1;
  return `${text.slice(0, end)}…`;
}

/** An object without its undefined members. */
export function compact<Shape extends object>(
  fields: Shape,
): { [Key in keyof Shape]: Exclude<Shape[Key], undefined> } {
  const kept: Partial<Shape> = {};
  for (const key in fields) if (fields[key] !== undefined) kept[key] = fields[key];
  return kept as never;
}
