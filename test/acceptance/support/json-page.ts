import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../../docs/json.md"), "utf8");
/** A shape of the page: members with their own, a list's items, or anything. */
export type Shape =
  | { readonly members: ReadonlyMap<string, { readonly optional: boolean; readonly shape: Shape }> }
  | { readonly items: Shape }
  | "anything";

/** The shape in the block under a heading. */
export function documented(heading: string): Shape {
  const block = PAGE.split(`\n## ${heading}\n`)[1]
    ?.split(/\n## /)[0]
    ?.match(/```\n([\s\S]*?)```/)?.[1];
  if (block === undefined) throw new Error(`docs/json.md has no block under "${heading}"`);
  const words = block.match(/[A-Za-z]+|[{}[\]:,?]/g) ?? [];
  const next = (expected?: string): string => {
    const word = words.shift() ?? "the end";
    if (expected !== undefined && word !== expected) throw new Error(`${heading}: ${word}, not ${expected}`);
    return word;
  };
  const shape = (): Shape => {
    const word = next();
    if (word === "[") {
      const items = shape();
      next("]");
      return { items };
    }
    if (word !== "{") return "anything";
    const members = new Map<string, { readonly optional: boolean; readonly shape: Shape }>();
    for (let end = ","; end === ","; end = next()) {
      const name = next();
      const optional = words[0] === "?";
      if (optional) next();
      if (words[0] === ":") next();
      else {
        members.set(name, { optional, shape: "anything" });
        continue;
      }
      members.set(name, { optional, shape: shape() });
    }
    return [...members.keys()].every((name) => name === name.toUpperCase()) ? "anything" : { members };
  };
  return shape();
}

/** Where a value and its documented shape differ. Optional members that are null count as absent. */
export function differences(value: unknown, shape: Shape, path: string): string[] {
  if (shape === "anything") return [];
  if ("items" in shape) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return [...new Set(value.flatMap((item) => differences(item, shape.items, `${path}[]`)))];
  }
  if (typeof value !== "object" || value === null) return [`${path} is no object`];
  const members = value as Readonly<Record<string, unknown>>;
  const missing = [...shape.members].filter(([name, { optional }]) => !optional && !(name in members));
  return [
    ...missing.map(([name]) => `${path}.${name} is documented, but missing`),
    ...Object.entries(members).flatMap(([name, member]) => {
      const known = shape.members.get(name);
      if (!known) return [`${path}.${name} is not documented`];
      return known.optional && member === null ? [] : differences(member, known.shape, `${path}.${name}`);
    }),
  ];
}
