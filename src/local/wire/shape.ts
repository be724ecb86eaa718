// The wire layer: reads any AWS request into a handler's input and writes its output, driven by shapes alone. It knows protocols, not services.

/** How a member travels in one protocol or another; the subset of Smithy's traits that changes bytes on the wire. */
export interface Traits {
  readonly xmlName?: string;
  readonly xmlFlattened?: boolean;
  readonly xmlAttribute?: boolean;
  /** Prefix (may be empty) and URI. */
  readonly xmlNamespace?: readonly [prefix: string, uri: string];
  readonly ec2QueryName?: string;
  readonly jsonName?: string;
  readonly timestampFormat?: TimestampFormat;
  readonly sparse?: boolean;
  readonly idempotencyToken?: boolean;
  readonly httpLabel?: boolean;
  readonly httpQuery?: string;
  readonly httpQueryParams?: boolean;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpPayload?: boolean;
  readonly httpResponseCode?: boolean;
}

export type TimestampFormat = "date-time" | "http-date" | "epoch";

/** Shapes without members. */
export const SCALARS = ["string", "number", "boolean", "blob", "timestamp"] as const;
export type ScalarKind = (typeof SCALARS)[number];

interface ScalarShape {
  readonly kind: ScalarKind;
}

export interface StructureShape {
  readonly kind: "structure" | "union";
  readonly name: string;
  readonly members: readonly Member[];
  /** The same members by name. */
  readonly byName: ReadonlyMap<string, Member>;
}

export interface ListShape {
  readonly kind: "list";
  readonly item: Member;
}

export interface MapShape {
  readonly kind: "map";
  readonly key: Member;
  readonly value: Member;
}

export type Shape = ScalarShape | StructureShape | ListShape | MapShape;

/** A member of a structure, or the one of a list or map (named as the protocols name it: `member`, `key`, `value`). */
export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly traits: Traits;
  readonly required: boolean;
}

/** HTTP binding of an operation of a REST protocol: method, URI pattern (`/a/{Id}?literal`), status of success. */
export type HttpBinding = readonly [method: string, uri: string, status: number];

export interface Operation {
  readonly name: string;
  /** Absent when the operation takes no input. */
  readonly input: StructureShape | undefined;
  readonly output: StructureShape | undefined;
  readonly http: HttpBinding | undefined;
}

/** A modelled error. */
export interface ErrorShape {
  readonly name: string;
  readonly status: number;
  readonly fault: "client" | "server";
  /** Code and status in the query protocol, where they differ from name and `status`. */
  readonly query: readonly [code: string, status: number] | undefined;
  readonly structure: StructureShape;
}
