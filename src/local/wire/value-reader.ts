import { AwsError } from "../aws-error.ts";
import { dictionary, parseBase64, parseTimestamp } from "./scalars.ts";
import type { ListShape, MapShape, Member, ScalarKind, StructureShape } from "./shape.ts";

/** Which self-describing encoding a raw value came from, and whether its members go by their JSON names. */
export interface Encoding {
  readonly binary: boolean;
  readonly jsonNames: boolean;
}

/**
 * Input of a decoded JSON or CBOR document. Unknown members are ignored; a value of another type than the shape's is a
 * SerializationException with the words of AWS's JSON services.
 */
export function readDocument(
  shape: StructureShape,
  raw: unknown,
  encoding: Encoding,
): Record<string, unknown> {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw) || raw instanceof Uint8Array) {
    throw mismatch(raw, "Structure");
  }
  const value: Record<string, unknown> = {};
  for (const member of shape.members) {
    const name = encoding.jsonNames ? (member.traits.jsonName ?? member.name) : member.name;
    const item = Object.hasOwn(raw, name) ? (raw as Record<string, unknown>)[name] : undefined;
    if (item !== undefined && item !== null) value[member.name] = readMember(member, item, encoding);
  }
  return value;
}

/** One member's value. */
function readMember(member: Member, raw: unknown, encoding: Encoding): unknown {
  const { shape } = member;
  switch (shape.kind) {
    case "structure":
    case "union":
      return readDocument(shape, raw, encoding);
    case "list":
      return readList(shape, raw, encoding);
    case "map":
      return readMap(shape, raw, encoding);
    default:
      return readScalar(shape.kind, raw, encoding);
  }
}

function readList(shape: ListShape, raw: unknown, encoding: Encoding): unknown[] {
  if (!Array.isArray(raw)) throw mismatch(raw, "List");
  return raw
    .filter((item) => item !== null && item !== undefined)
    .map((item) => readMember(shape.item, item, encoding));
}

function readMap(shape: MapShape, raw: unknown, encoding: Encoding): Record<string, unknown> {
  if (raw === null || typeof raw !== "object" || Array.isArray(raw) || raw instanceof Uint8Array) {
    throw mismatch(raw, "Map");
  }
  const value = dictionary<unknown>();
  for (const [key, item] of Object.entries(raw)) {
    if (item !== null && item !== undefined) value[key] = readMember(shape.value, item, encoding);
  }
  return value;
}

const NOT_FINITE: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

function readScalar(kind: ScalarKind, raw: unknown, { binary }: Encoding): unknown {
  switch (kind) {
    case "string":
      if (typeof raw === "string") return raw;
      throw mismatch(raw, "String");
    case "boolean":
      if (typeof raw === "boolean") return raw;
      throw mismatch(raw, "Boolean");
    case "number":
      if (typeof raw === "number") return raw;
      if (typeof raw === "bigint") return Number(raw);
      if (NOT_FINITE.includes(raw)) return Number(raw);
      throw mismatch(raw, "Number");
    case "blob": {
      const bytes =
        raw instanceof Uint8Array
          ? new Uint8Array(raw)
          : !binary && typeof raw === "string"
            ? parseBase64(raw)
            : undefined;
      if (bytes) return bytes;
      throw mismatch(raw, "Blob");
    }
    case "timestamp":
      return readTimestamp(raw);
  }
}

function readTimestamp(raw: unknown): Date {
  // CBOR writes times as tag 1 around epoch seconds.
  const untagged = isTagged(raw) && Number(raw.tag) === 1 ? raw.value : raw;
  const date =
    typeof untagged === "number"
      ? new Date(Math.round(untagged * 1000))
      : typeof untagged === "bigint"
        ? new Date(Number(untagged) * 1000)
        : typeof untagged === "string"
          ? parseTimestamp(untagged)
          : undefined;
  if (!date || Number.isNaN(date.getTime())) throw mismatch(raw, "Timestamp");
  return date;
}

function isTagged(raw: unknown): raw is { readonly tag: number | bigint; readonly value: unknown } {
  return typeof raw === "object" && raw !== null && "tag" in raw && "value" in raw;
}

function mismatch(raw: unknown, wanted: string): AwsError {
  return new AwsError("SerializationException", mismatchText(raw, wanted), 400);
}

function mismatchText(raw: unknown, wanted: string): string {
  if (wanted === "List" || wanted === "Map")
    return `Unexpected field type: expected a ${wanted.toLowerCase()}`;
  if (Array.isArray(raw)) return "Start of list found where not expected";
  if (raw !== null && typeof raw === "object") return "Start of structure or map found where not expected.";
  const token =
    typeof raw === "string"
      ? "STRING_VALUE"
      : typeof raw === "boolean"
        ? `${String(raw).toUpperCase()}_VALUE`
        : raw === null || raw === undefined
          ? "NULL_VALUE"
          : "NUMBER_VALUE";
  return `${token} cannot be converted to ${wanted}`;
}
