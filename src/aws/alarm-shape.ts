import { NormalizedSchema } from "@smithy/core/schema";
import type { SchemaRef } from "@smithy/types";

/**
 * What the SDK's model says about a value, as far as JSON needs it: dates come as seconds, numbers that JSON can't write as
 * text. Unions count as structures.
 */
export type Shape =
  | { readonly kind: "plain" | "date" | "number" }
  | { readonly kind: "list"; readonly member: Shape }
  | { readonly kind: "structure"; readonly members: ReadonlyMap<string, Shape> };

/** Compiles a schema of the SDK once, so that thousands of values are read without asking it again. */
export function shapeOf(schema: SchemaRef): Shape {
  const normalized = NormalizedSchema.of(schema);
  if (normalized.isTimestampSchema()) return { kind: "date" };
  if (normalized.isNumericSchema()) return { kind: "number" };
  if (normalized.isListSchema()) return { kind: "list", member: shapeOf(normalized.getValueSchema()) };
  if (normalized.isStructSchema()) {
    const members = new Map<string, Shape>();
    for (const [name, member] of normalized.structIterator()) members.set(name, shapeOf(member));
    return { kind: "structure", members };
  }
  return { kind: "plain" };
}

/** Turns a parsed JSON value into what the SDK would have made of it, in place; members unknown to the model stay. */
export function readValue(shape: Shape, value: unknown): unknown {
  switch (shape.kind) {
    case "plain":
      return value;
    case "date":
      return dateOf(value);
    case "number":
      return typeof value === "string" ? Number(value) : value;
    case "list":
      if (Array.isArray(value) && shape.member.kind === "date") return value.map(dateOf);
      if (Array.isArray(value) && shape.member.kind !== "plain") {
        // Months of points: what is a number already is left alone.
        const { member } = shape;
        for (let i = 0; i < value.length; i += 1)
          if (member.kind !== "number" || typeof value[i] === "string")
            value[i] = readValue(member, value[i]);
      }
      return value;
    case "structure": {
      if (typeof value !== "object" || value === null) return value;
      const members = value as Record<string, unknown>;
      for (const name in members) {
        const member = shape.members.get(name);
        if (members[name] === null) delete members[name];
        else if (member && member.kind !== "plain") members[name] = readValue(member, members[name]);
      }
      return value;
    }
  }
}

function dateOf(value: unknown): unknown {
  return typeof value === "number" ? new Date(Math.round(value * 1000)) : value;
}

/** Paths of the members that the model doesn't know: `NewMember`, `Metrics[].NewMember`. */
export function unknownMembers(shape: Shape, value: unknown, path = ""): readonly string[] {
  if (shape.kind === "list") {
    if (shape.member.kind !== "structure" || !Array.isArray(value)) return NONE;
    let found: readonly string[] = NONE;
    for (const item of value) {
      const inItem = unknownMembers(shape.member, item, `${path}[]`);
      if (inItem.length > 0) found = [...new Set([...found, ...inItem])];
    }
    return found;
  }
  if (shape.kind !== "structure" || typeof value !== "object" || value === null) return NONE;
  let found: readonly string[] = NONE;
  for (const name in value) {
    const member = shape.members.get(name);
    const full = path === "" ? name : `${path}.${name}`;
    if (!member) found = [...found, full];
    else if (member.kind === "list" || member.kind === "structure") {
      const inside = unknownMembers(member, (value as Readonly<Record<string, unknown>>)[name], full);
      if (inside.length > 0) found = [...found, ...inside];
    }
  }
  return found;
}

const NONE: readonly string[] = [];
