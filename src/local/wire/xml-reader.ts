import { AwsError } from "../aws-error.ts";
import { dictionary } from "./scalars.ts";
import type { Member, StructureShape } from "./shape.ts";
import { scalarFromText } from "./text-value.ts";

/** An element of a parsed document. `text` is all its own character data. */
export interface XmlElement {
  readonly name: string;
  readonly children: XmlElement[];
  text: string;
}

const MAX_DEPTH = 64;
/** CDATA, comment, instruction, end tag, start tag, text. Made so that no input makes it look twice at the same text. */
const TOKEN =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/([^\s<>]+)\s*>|<([^\s/<>!?]+)(?=[\s/>])(?:[^<>"']|"[^"]*"|'[^']*')*?(\/?)>|([^<]+)|</gy;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Parses a request's XML body: elements, text, CDATA. Document types are refused; so are broken documents. */
export function parseXml(text: string): XmlElement {
  const root: XmlElement = { name: "", children: [], text: "" };
  const open: XmlElement[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (!match) throw malformed();
    const [whole, cdata, closing, opening, selfClosing, plain] = match;
    const parent = open.at(-1) as XmlElement;
    if (cdata !== undefined) parent.text += cdata;
    else if (plain !== undefined) parent.text += plain.includes("&") ? decodeEntities(plain) : plain;
    else if (closing !== undefined) {
      if (open.length === 1 || parent.name !== localName(closing)) throw malformed();
      open.pop();
    } else if (opening !== undefined) {
      const element: XmlElement = { name: localName(opening), children: [], text: "" };
      parent.children.push(element);
      if (selfClosing !== "/") open.push(element);
      if (open.length > MAX_DEPTH) throw malformed();
    } else if (whole === "<") throw malformed();
  }
  const [document] = root.children;
  if (open.length > 1 || !document || root.children.length > 1 || root.text.trim() !== "") throw malformed();
  return document;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|[a-z]+);|&/g, (whole, entity: string | undefined) => {
    if (entity === undefined) throw malformed();
    if (!entity.startsWith("#")) return ENTITIES[entity] ?? whole;
    const code = entity[1] === "x" ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1));
    if (code > 0x10ffff) throw malformed();
    return String.fromCodePoint(code);
  });
}

function malformed(): AwsError {
  return new AwsError("MalformedInput", "The request body is not valid XML", 400);
}

/** Input of the members of an element, by the shape. Unknown elements are ignored. */
export function readXmlMembers(shape: StructureShape, element: XmlElement): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const member of shape.members) {
    const tag = member.traits.xmlName ?? member.name;
    const found = element.children.filter(({ name }) => name === tag);
    if (found.length > 0) value[member.name] = readElements(member, found);
  }
  return value;
}

/** A member's value from the elements that bear its name: many only when it is flattened. */
function readElements(member: Member, elements: readonly XmlElement[]): unknown {
  const { shape, traits } = member;
  const first = elements[0] as XmlElement;
  switch (shape.kind) {
    case "structure":
    case "union":
      return readXmlMembers(shape, first);
    case "list": {
      const tag = shape.item.traits.xmlName ?? "member";
      const items = traits.xmlFlattened ? elements : first.children.filter(({ name }) => name === tag);
      return items.map((item) => readElements(shape.item, [item]));
    }
    case "map": {
      const value = dictionary<unknown>();
      const keyTag = shape.key.traits.xmlName ?? "key";
      const valueTag = shape.value.traits.xmlName ?? "value";
      for (const entry of traits.xmlFlattened ? elements : first.children) {
        const key = entry.children.find(({ name }) => name === keyTag);
        const item = entry.children.find(({ name }) => name === valueTag);
        if (!key || !item) throw malformed();
        value[key.text] = readElements(shape.value, [item]);
      }
      return value;
    }
    default:
      return scalarFromText(shape.kind, first.text, member.name);
  }
}
