import { mix, seedOf } from "../metrics/generators.ts";

/** A new id of EC2's present form: prefix, dash, 17 hexadecimal digits of which the first is 0. */
export function newId(prefix: string, random: () => number): string {
  return `${prefix}-0${hex(random() * 4_294_967_296)}${hex(random() * 4_294_967_296)}`;
}

/** The id of something that belongs to another thing for its whole life: made from that thing's id, so it needn't be stored. */
export function derivedId(prefix: string, owner: string): string {
  const seed = seedOf(owner);
  const salt = saltOf(prefix);
  return `${prefix}-0${hex(mix(seed, salt))}${hex(mix(salt, seed))}`;
}

/** Whether a text has the form of an id (8 or 17 hexadecimal digits). */
export function isId(prefix: string, text: string): boolean {
  return text.startsWith(`${prefix}-`) && /^[0-9a-f]{8}([0-9a-f]{9})?$/.test(text.slice(prefix.length + 1));
}

const salts = new Map<string, number>();

function saltOf(prefix: string): number {
  let salt = salts.get(prefix);
  if (salt === undefined) {
    salt = seedOf(prefix);
    salts.set(prefix, salt);
  }
  return salt;
}

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}
