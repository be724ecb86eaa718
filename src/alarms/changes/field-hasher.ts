import { type AlarmField, type CanonicalAlarm, fieldsOf } from "../spec/canonical-alarm.ts";
import { fieldHash, HASH_LENGTH } from "../spec/mark.ts";

/** Values that thousands of alarms share are hashed once; of others (dimensions) no more than this many are remembered. */
const REMEMBERED = 10_000;

/** Hashes of fields for marks, remembered: a fleet of 60,000 alarms has a few hundred different values in most of its fields. */
export class FieldHasher {
  readonly #known = new Map<unknown, string>();

  /** The hash of one canonical value. */
  of(value: unknown): string {
    const key = keyOf(value);
    const known = key === undefined ? undefined : this.#known.get(key);
    if (known !== undefined) return known;
    const hash = fieldHash(value);
    if (key !== undefined && this.#known.size < REMEMBERED) this.#known.set(key, hash);
    return hash;
  }

  /** The hashes of all of an alarm's fields, joined as in a mark. */
  ofAlarm(alarm: CanonicalAlarm): string {
    // Joined at once: a text put together bit by bit keeps its bits in memory.
    return fieldsOf(alarm.kind)
      .map((field) => this.of(alarm[field]))
      .join("");
  }
}

/** The hash of one field in a mark's joined hashes; undefined when the mark was written before the field was known. */
export function hashIn(hashes: string, kind: CanonicalAlarm["kind"], field: AlarmField): string | undefined {
  const start = fieldsOf(kind).indexOf(field) * HASH_LENGTH;
  return start < 0 || start + HASH_LENGTH > hashes.length
    ? undefined
    : hashes.slice(start, start + HASH_LENGTH);
}

/** Primitives are their own key; short lists of texts (actions) their joined text; the rest isn't worth remembering. */
function keyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value)) return undefined;
  if (value.length === 0) return EMPTY;
  return typeof value[0] === "string" ? `${LIST}${value.join(LIST)}` : undefined;
}

const EMPTY = Symbol("empty list");
const LIST = "\u0000";
