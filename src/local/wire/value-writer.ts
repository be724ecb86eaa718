import { formatBase64, formatTimestamp } from "./scalars.ts";
import type { Member, ScalarKind, StructureShape } from "./shape.ts";
import type { Encoding } from "./value-reader.ts";

/** How a time stands in the document: JSON has numbers and texts for it, CBOR a tag. */
export type TimeWriter = (time: Date) => unknown;

/** Turns a handler's output into a plain JSON or CBOR document. Members that the shape lacks are left out. */
export function writeDocument(
  shape: StructureShape,
  value: Readonly<Record<string, unknown>>,
  encoding: Encoding,
  time: TimeWriter,
): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const member of shape.members) {
    const item = value[member.name];
    if (item === undefined || item === null) continue;
    const name = encoding.jsonNames ? (member.traits.jsonName ?? member.name) : member.name;
    document[name] = writeMember(member, item, encoding, time);
  }
  return document;
}

/** One member's value. */
function writeMember(member: Member, value: unknown, encoding: Encoding, time: TimeWriter): unknown {
  const { shape, traits } = member;
  switch (shape.kind) {
    case "structure":
    case "union":
      return writeDocument(shape, value as Record<string, unknown>, encoding, time);
    case "list":
      return (value as readonly unknown[])
        .filter((item) => item !== undefined && item !== null)
        .map((item) => writeMember(shape.item, item, encoding, time));
    case "map": {
      const document: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
        if (item === undefined || item === null) continue;
        const enumerable = { enumerable: true, configurable: true, writable: true };
        // A key called __proto__ must become an entry like any other.
        Object.defineProperty(document, key, {
          ...enumerable,
          value: writeMember(shape.value, item, encoding, time),
        });
      }
      return document;
    }
    default:
      return writeScalar(shape.kind, value, traits.timestampFormat, encoding, time);
  }
}

function writeScalar(
  kind: ScalarKind,
  value: unknown,
  format: Member["traits"]["timestampFormat"],
  { binary }: Encoding,
  time: TimeWriter,
): unknown {
  switch (kind) {
    case "timestamp":
      if (binary || format === undefined || format === "epoch") return time(value as Date);
      return formatTimestamp(value as Date, format);
    case "blob":
      return binary ? value : formatBase64(value as Uint8Array);
    case "number":
      return binary || Number.isFinite(value) ? value : String(value);
    case "string":
      return String(value);
    case "boolean":
      return value;
  }
}
