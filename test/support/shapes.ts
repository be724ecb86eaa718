import type { Member, ScalarKind, Shape, StructureShape, Traits } from "../../src/local/wire/shape.ts";

/** Short forms for writing shapes in tests. */
export function member(
  name: string,
  shape: Shape | ScalarKind,
  traits: Traits = {},
  required = false,
): Member {
  return { name, shape: typeof shape === "string" ? { kind: shape } : shape, traits, required };
}

export function structure(name: string, ...members: readonly Member[]): StructureShape {
  return { kind: "structure", name, members, byName: new Map(members.map((item) => [item.name, item])) };
}

export function list(item: Shape | ScalarKind, traits: Traits = {}): Shape {
  return { kind: "list", item: member("member", item, traits) };
}

export function map(value: Shape | ScalarKind): Shape {
  return { kind: "map", key: member("key", "string"), value: member("value", value) };
}
