import { formatBase64, formatTimestamp } from "./scalars.ts";
import type { Member, Shape, StructureShape, Traits } from "./shape.ts";

/** Text between two tags. */
type Writer = (value: never) => string;

const STRUCTURES = new WeakMap<StructureShape, Writer>();
const UNSAFE = /[&<>"'\r\n\u0085\u2028\p{Cc}]/u;
const UNSAFE_ALL = /[&<>"'\r\n\u0085\u2028\p{Cc}]/gu;

/** Escapes text for XML. Line breaks too: parsers may fold them. */
export function escapeXml(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return text.replace(
    UNSAFE_ALL,
    (char) => NAMED[char] ?? `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`,
  );
}

const NAMED: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  "\t": "\t",
};

/**
 * The elements of a structure's members, in the order of the shape. Each shape is compiled once into functions that
 * concatenate text: a page of a thousand instances is written many thousand times faster than by walking schemas.
 */
export function writeXmlMembers(shape: StructureShape, value: Readonly<Record<string, unknown>>): string {
  return structureWriter(shape)(value as never);
}

function structureWriter(shape: StructureShape): Writer {
  const known = STRUCTURES.get(shape);
  if (known) return known;
  let members: { readonly name: string; readonly write: Writer }[] | undefined;
  const write = (value: Readonly<Record<string, unknown>>): string => {
    // Compiled at first use, because shapes may contain themselves.
    members ??= shape.members
      .filter(({ traits }) => !traits.xmlAttribute)
      .map((member) => ({ name: member.name, write: memberWriter(member) }));
    let text = "";
    for (const member of members) {
      const item = value[member.name];
      if (item !== undefined && item !== null) text += member.write(item as never);
    }
    return text;
  };
  STRUCTURES.set(shape, write);
  return write;
}

function memberWriter({ name, shape, traits }: Member): Writer {
  const tag = traits.xmlName ?? name;
  if (traits.xmlFlattened && shape.kind === "list") {
    const item = contentWriter(shape.item.shape, shape.item.traits);
    return (values: readonly unknown[]) => repeat(values, `<${tag}>`, item, `</${tag}>`);
  }
  if (traits.xmlFlattened && shape.kind === "map") return entriesWriter(shape, tag);
  const content = contentWriter(shape, traits);
  const empty = `<${tag}/>`;
  const namespace = namespaceAttribute(traits);
  const attributes = attributesWriter(shape);
  const [open, close] = [`<${tag}${namespace}`, `</${tag}>`];
  if (attributes) return (value: never) => `${open}${attributes(value)}>${content(value)}${close}`;
  return (value: never) => {
    const text = content(value);
    return text === "" && namespace === "" ? empty : `${open}>${text}${close}`;
  };
}

function namespaceAttribute({ xmlNamespace }: Traits): string {
  if (!xmlNamespace) return "";
  const [prefix, uri] = xmlNamespace;
  return ` xmlns${prefix ? `:${prefix}` : ""}="${escapeXml(uri)}"`;
}

function attributesWriter(shape: Shape): Writer | undefined {
  if (shape.kind !== "structure" && shape.kind !== "union") return undefined;
  const members = shape.members.filter(({ traits }) => traits.xmlAttribute);
  if (members.length === 0) return undefined;
  return (value: Readonly<Record<string, unknown>>) =>
    members
      .filter(({ name }) => value[name] !== undefined && value[name] !== null)
      .map(({ name, traits }) => ` ${traits.xmlName ?? name}="${escapeXml(String(value[name]))}"`)
      .join("");
}

function contentWriter(shape: Shape, traits: Traits): Writer {
  switch (shape.kind) {
    case "structure":
    case "union":
      return structureWriter(shape);
    case "list": {
      const tag = shape.item.traits.xmlName ?? "member";
      const item = contentWriter(shape.item.shape, shape.item.traits);
      return (values: readonly unknown[]) => repeat(values, `<${tag}>`, item, `</${tag}>`);
    }
    case "map":
      return entriesWriter(shape, "entry");
    case "string":
      return (value: unknown) => escapeXml(typeof value === "string" ? value : String(value));
    case "timestamp": {
      const format = traits.timestampFormat ?? "date-time";
      return (value: Date) => formatTimestamp(value, format);
    }
    case "blob":
      return formatBase64;
    case "number":
    case "boolean":
      return String;
  }
}

/**
 * Concatenated text is a tree of its pieces until something reads it. Reading large items one by one keeps that tree small:
 * a page of a thousand instances then takes half the time.
 */
const READ = /^ /;
const LARGE = 1024;

function repeat(values: readonly unknown[], open: string, item: Writer, close: string): string {
  let text = "";
  for (const value of values) {
    if (value !== undefined && value !== null) {
      const content = item(value as never);
      if (content.length > LARGE) READ.test(content);
      text += open + content + close;
    }
  }
  return text;
}

function entriesWriter(shape: Extract<Shape, { kind: "map" }>, tag: string): Writer {
  const keyTag = shape.key.traits.xmlName ?? "key";
  const valueTag = shape.value.traits.xmlName ?? "value";
  const content = contentWriter(shape.value.shape, shape.value.traits);
  return (map: Readonly<Record<string, unknown>>) => {
    let text = "";
    for (const [key, value] of Object.entries(map)) {
      if (value === undefined || value === null) continue;
      text += `<${tag}><${keyTag}>${escapeXml(key)}</${keyTag}><${valueTag}>${content(value as never)}</${valueTag}></${tag}>`;
    }
    return text;
  };
}
