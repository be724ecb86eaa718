import { AwsError } from "../aws-error.ts";
import { dictionary, formatBase64, formatTimestamp } from "./scalars.ts";
import type { Member, Operation, StructureShape } from "./shape.ts";
import { scalarFromText } from "./text-value.ts";

/** Reads and writes the part of a REST message that is not bound to path, query, headers or status. */
export interface BodyCodec {
  readonly contentType: string;
  /** `root`: the body is this structure itself (a payload member's), not the message's loose members. */
  read(shape: StructureShape, body: Uint8Array): Record<string, unknown>;
  write(
    shape: StructureShape,
    value: Readonly<Record<string, unknown>>,
    rootName: string,
  ): Uint8Array | string;
}

/** The parts of a REST request that hold input. */
export interface RestRequest {
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** A REST answer before request ids are added. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array | string;
}

const BODIES = new WeakMap<StructureShape, StructureShape | undefined>();

/** The members that travel in the body, as a structure; undefined when there are none. */
function bodyShape(shape: StructureShape): StructureShape | undefined {
  if (BODIES.has(shape)) return BODIES.get(shape);
  const members = shape.members.filter(({ traits }) => !isBound(traits));
  const body =
    members.length === 0
      ? undefined
      : { ...shape, members, byName: new Map(members.map((member) => [member.name, member])) };
  BODIES.set(shape, body);
  return body;
}

function isBound(traits: Member["traits"]): boolean {
  return (
    traits.httpLabel === true ||
    traits.httpQuery !== undefined ||
    traits.httpQueryParams === true ||
    traits.httpHeader !== undefined ||
    traits.httpPrefixHeaders !== undefined ||
    traits.httpPayload === true ||
    traits.httpResponseCode === true
  );
}

/** Input of a REST request. */
export function readRest(
  shape: StructureShape,
  request: RestRequest,
  codec: BodyCodec,
): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const body = bodyShape(shape);
  if (body && request.body.length > 0) Object.assign(input, codec.read(body, request.body));
  const bound = new Set(
    shape.members.map(({ traits }) => traits.httpQuery).filter((name) => name !== undefined),
  );
  for (const member of shape.members) {
    if (!isBound(member.traits)) continue;
    const value = readBound(member, request, codec, bound);
    if (value !== undefined) input[member.name] = value;
  }
  return input;
}

function readBound(
  member: Member,
  request: RestRequest,
  codec: BodyCodec,
  bound: ReadonlySet<string>,
): unknown {
  const { traits, name } = member;
  if (traits.httpLabel) return readText(member, [request.labels[name] ?? ""]);
  if (traits.httpQuery !== undefined) {
    const values = request.query.getAll(traits.httpQuery);
    return values.length > 0 ? readText(member, values) : undefined;
  }
  if (traits.httpQueryParams) return readQueryParams(member, request.query, bound);
  if (traits.httpHeader !== undefined) {
    const header = request.headers[traits.httpHeader.toLowerCase()];
    if (header === undefined) return undefined;
    return readText(
      member,
      member.shape.kind === "list" ? header.split(",").map((part) => part.trim()) : [header],
    );
  }
  if (traits.httpPrefixHeaders !== undefined)
    return readPrefixHeaders(traits.httpPrefixHeaders, request.headers);
  return traits.httpPayload && request.body.length > 0 ? readPayload(member, request.body, codec) : undefined;
}

/** One scalar or a list of them, from text. */
function readText({ shape, name }: Member, texts: readonly string[]): unknown {
  if (shape.kind === "list") return texts.map((text) => scalarOf(shape.item, text, name));
  return scalarOf({ shape, name }, texts[0] ?? "", name);
}

function scalarOf({ shape }: Pick<Member, "shape" | "name">, text: string, where: string): unknown {
  if (shape.kind === "structure" || shape.kind === "union" || shape.kind === "list" || shape.kind === "map") {
    throw new AwsError("InternalFailure", `${where} cannot be bound to a text`, 500);
  }
  return scalarFromText(shape.kind, text, where);
}

function readQueryParams({ shape }: Member, query: URLSearchParams, bound: ReadonlySet<string>): unknown {
  const value = dictionary<unknown>();
  const listed = shape.kind === "map" && shape.value.shape.kind === "list";
  for (const key of new Set(query.keys())) {
    if (!bound.has(key)) value[key] = listed ? query.getAll(key) : query.get(key);
  }
  return value;
}

function readPrefixHeaders(
  prefix: string,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const value = dictionary<string>();
  const lower = prefix.toLowerCase();
  for (const [name, text] of Object.entries(headers)) {
    if (name.startsWith(lower)) value[name.slice(lower.length)] = text;
  }
  return value;
}

function readPayload({ shape, name }: Member, body: Uint8Array, codec: BodyCodec): unknown {
  switch (shape.kind) {
    case "blob":
      return new Uint8Array(body);
    case "string":
      return Buffer.from(body).toString("utf8");
    case "structure":
    case "union":
      return codec.read(shape, body);
    default:
      throw new AwsError("InternalFailure", `${name} cannot be a payload`, 500);
  }
}

/** The answer to a REST request. */
export function writeRest(
  operation: Operation,
  output: Readonly<Record<string, unknown>>,
  codec: BodyCodec,
): RestAnswer {
  const headers: Record<string, string> = {};
  let status = operation.http?.[2] ?? 200;
  const shape = operation.output;
  if (!shape) return { status, headers, body: "" };
  let payload: { readonly member: Member; readonly value: unknown } | undefined;
  for (const member of shape.members) {
    const { traits } = member;
    const value = output[member.name];
    if (traits.httpPayload) payload = { member, value };
    if (value === undefined || value === null) continue;
    if (traits.httpResponseCode) status = Number(value);
    else if (traits.httpHeader !== undefined)
      headers[traits.httpHeader.toLowerCase()] = headerText(member, value);
    else if (traits.httpPrefixHeaders !== undefined) {
      for (const [key, text] of Object.entries(value as Record<string, string>)) {
        headers[`${traits.httpPrefixHeaders}${key}`.toLowerCase()] = text;
      }
    }
  }
  if (payload) return { status, headers, body: writePayload(payload.member, payload.value, codec, headers) };
  const body = bodyShape(shape);
  if (!body || status === 204) return { status, headers, body: "" };
  headers["content-type"] = codec.contentType;
  return { status, headers, body: codec.write(body, output, shape.name) };
}

function writePayload(
  { shape, traits }: Member,
  value: unknown,
  codec: BodyCodec,
  headers: Record<string, string>,
): Uint8Array | string {
  if (value === undefined || value === null) return "";
  if (shape.kind === "blob" || shape.kind === "string") {
    headers["content-type"] ??= shape.kind === "blob" ? "application/octet-stream" : "text/plain";
    return value as Uint8Array | string;
  }
  headers["content-type"] = codec.contentType;
  const structure = shape as StructureShape;
  return codec.write(structure, value as Record<string, unknown>, traits.xmlName ?? structure.name);
}

function headerText({ shape, traits }: Member, value: unknown): string {
  switch (shape.kind) {
    case "list":
      return (value as readonly unknown[]).map((item) => headerText(shape.item, item)).join(", ");
    case "timestamp":
      return formatTimestamp(value as Date, traits.timestampFormat ?? "http-date");
    case "blob":
      return formatBase64(value as Uint8Array);
    default:
      return String(value);
  }
}
