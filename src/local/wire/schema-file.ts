import {
  type ErrorShape,
  type HttpBinding,
  type Member,
  type Operation,
  SCALARS,
  type ScalarKind,
  type Shape,
  type StructureShape,
  type Traits,
} from "./shape.ts";

/** A shape in a schema file: a scalar's kind, or the index of a compound shape. */
export type ShapeRef = ScalarKind | number;

/** A member in a schema file. */
export interface MemberEntry {
  readonly name: string;
  readonly shape: ShapeRef;
  readonly required?: true;
  readonly traits?: Traits;
}

/** A compound shape in a schema file; a list has one member, a map two (key, value). */
export interface ShapeEntry {
  readonly kind: "structure" | "union" | "list" | "map";
  readonly name: string;
  readonly members: readonly MemberEntry[];
}

/**
 * A snapshot of one SDK client's schemas: operations that the local cloud implements, the names of the others
 * (so that "not implemented" can be told from "no such operation"), and every modelled error.
 */
export interface SchemaFile {
  /** What the snapshot was made from; when unchanged it isn't made again. */
  readonly inputs: string;
  readonly namespace: string;
  readonly operations: Readonly<
    Record<
      string,
      { readonly input?: ShapeRef; readonly output?: ShapeRef; readonly http?: HttpBinding | undefined }
    >
  >;
  /** Operations of AWS that have no handler here; the binding for REST services, 0 for others. */
  readonly unimplemented: Readonly<Record<string, HttpBinding | 0>>;
  readonly errors: Readonly<
    Record<
      string,
      {
        readonly status: number;
        readonly fault: "client" | "server";
        readonly query?: readonly [code: string, status: number] | undefined;
        readonly shape: ShapeRef;
      }
    >
  >;
  readonly shapes: readonly ShapeEntry[];
}

/** A schema file with its references resolved. */
export interface Schemas {
  readonly namespace: string;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly unimplemented: ReadonlyMap<string, HttpBinding | undefined>;
  readonly errors: ReadonlyMap<string, ErrorShape>;
}

const NO_TRAITS: Traits = {};

/** Resolves a schema file's references; shapes may be recursive. */
export function resolveSchemas(file: SchemaFile): Schemas {
  const scalars = new Map<string, Shape>(SCALARS.map((kind) => [kind, { kind }]));
  const blank = file.shapes.map(({ kind, name }) => ({ kind, name }) as Mutable);
  const shapeOf = (ref: ShapeRef): Shape =>
    (typeof ref === "number" ? (blank[ref] as unknown as Shape) : scalars.get(ref)) as Shape;
  const memberOf = (entry: MemberEntry): Member => ({
    name: entry.name,
    shape: shapeOf(entry.shape),
    traits: entry.traits ?? NO_TRAITS,
    required: entry.required ?? false,
  });
  file.shapes.forEach((entry, index) => {
    const members = entry.members.map(memberOf);
    const shape = blank[index] as Mutable;
    if (entry.kind === "list") shape.item = members[0];
    else if (entry.kind === "map") [shape.key, shape.value] = members;
    else {
      shape.members = members;
      shape.byName = new Map(members.map((member) => [member.name, member]));
    }
  });
  const structureOf = (ref: ShapeRef | undefined): StructureShape | undefined =>
    ref === undefined ? undefined : (shapeOf(ref) as StructureShape);
  return {
    namespace: file.namespace,
    operations: new Map(
      Object.entries(file.operations).map(([name, { input, output, http }]) => [
        name,
        { name, input: structureOf(input), output: structureOf(output), http },
      ]),
    ),
    unimplemented: new Map(
      Object.entries(file.unimplemented).map(([name, http]) => [name, http || undefined]),
    ),
    errors: new Map(
      Object.entries(file.errors).map(([name, { status, fault, query, shape }]) => [
        name,
        { name, status, fault, query, structure: structureOf(shape) as StructureShape },
      ]),
    ),
  };
}

/** A compound shape while its members are being filled in. */
interface Mutable {
  kind: string;
  name: string;
  members?: Member[];
  byName?: Map<string, Member>;
  item?: Member | undefined;
  key?: Member | undefined;
  value?: Member | undefined;
}
