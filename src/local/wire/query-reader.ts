import { AwsError } from "../aws-error.ts";
import { dictionary } from "./scalars.ts";
import type { ListShape, MapShape, Member, Shape, StructureShape } from "./shape.ts";
import { scalarFromText } from "./text-value.ts";

/** Values of dotted keys, by segment. */
interface Node {
  value: string | undefined;
  children: Map<string, Node> | undefined;
}

/** No AWS shape is nested deeper; deeper keys are nobody's. */
const MAX_DEPTH = 32;

/** `application/x-www-form-urlencoded` text as a map; of repeated names the last counts. Throws MalformedQueryString. */
export function parseForm(text: string): Map<string, string> {
  const form = new Map<string, string>();
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = equals < 0 ? part : part.slice(0, equals);
    form.set(decode(name), equals < 0 ? "" : decode(part.slice(equals + 1)));
  }
  return form;
}

function decode(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    throw new AwsError("MalformedQueryString", "The query string contains a syntax error.", 404);
  }
}

/** Input of a query request. `ec2`: EC2's dialect (capitalised names, lists always flat). Unknown keys are ignored, as AWS does. */
export function readQuery(
  shape: StructureShape,
  form: ReadonlyMap<string, string>,
  ec2: boolean,
): Record<string, unknown> {
  const root: Node = { value: undefined, children: undefined };
  for (const [key, value] of form) {
    const segments = key.split(".", MAX_DEPTH + 1);
    if (segments.length > MAX_DEPTH) continue;
    let node = root;
    for (const segment of segments) {
      node.children ??= new Map();
      let next = node.children.get(segment);
      if (!next) {
        next = { value: undefined, children: undefined };
        node.children.set(segment, next);
      }
      node = next;
    }
    node.value = value;
  }
  return readStructure(shape, root, ec2, "");
}

const QUERY_NAMES = new WeakMap<StructureShape, ReadonlyMap<string, Member>>();
const EC2_NAMES = new WeakMap<StructureShape, ReadonlyMap<string, Member>>();

/** Members by their names on the wire. Where two share one (SQS: attribute names old and new), the first has it. */
function wireNames(shape: StructureShape, ec2: boolean): ReadonlyMap<string, Member> {
  const cache = ec2 ? EC2_NAMES : QUERY_NAMES;
  const known = cache.get(shape);
  if (known) return known;
  const names = new Map<string, Member>();
  for (const member of shape.members) {
    const name = wireName(member, ec2);
    if (!names.has(name)) names.set(name, member);
  }
  cache.set(shape, names);
  return names;
}

function wireName({ name, traits }: Member, ec2: boolean): string {
  if (ec2 && traits.ec2QueryName !== undefined) return traits.ec2QueryName;
  const plain = traits.xmlName ?? name;
  return ec2 ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain;
}

function readStructure(
  shape: StructureShape,
  node: Node,
  ec2: boolean,
  path: string,
): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  if (!node.children) return value;
  const names = wireNames(shape, ec2);
  for (const [key, child] of node.children) {
    const member = names.get(key);
    if (member) value[member.name] = readMember(member, child, ec2, path === "" ? key : `${path}.${key}`);
  }
  return value;
}

function readMember({ shape, traits }: Member, node: Node, ec2: boolean, path: string): unknown {
  switch (shape.kind) {
    case "list":
      return readList(shape, node, ec2 || traits.xmlFlattened === true, ec2, path);
    case "map":
      return readMap(shape, node, traits.xmlFlattened === true, ec2, path);
    default:
      return readPlain(shape, node, ec2, path);
  }
}

function readPlain(
  shape: Exclude<Shape, ListShape | MapShape>,
  node: Node,
  ec2: boolean,
  path: string,
): unknown {
  return shape.kind === "structure" || shape.kind === "union"
    ? readStructure(shape, node, ec2, path)
    : scalarFromText(shape.kind, node.value ?? "", path);
}

function readList(shape: ListShape, node: Node, flat: boolean, ec2: boolean, path: string): unknown[] {
  // `Names=` alone is how clients write an empty list.
  if (!node.children) return [];
  const wrapped = flat ? undefined : node.children.get(shape.item.traits.xmlName ?? "member")?.children;
  return indexed(wrapped ?? node.children).map(([index, item]) =>
    readMember(shape.item, item, ec2, `${path}.${index}`),
  );
}

function readMap(
  shape: MapShape,
  node: Node,
  flat: boolean,
  ec2: boolean,
  path: string,
): Record<string, unknown> {
  const value = dictionary<unknown>();
  const entries = flat ? node.children : node.children?.get("entry")?.children;
  const keyName = shape.key.traits.xmlName ?? "key";
  const valueName = shape.value.traits.xmlName ?? "value";
  for (const [index, entry] of entries ? indexed(entries) : []) {
    const key = entry.children?.get(keyName)?.value;
    const item = entry.children?.get(valueName);
    const where = `${path}.${index}`;
    if (key === undefined) throw new AwsError("MissingParameter", `${where}.${keyName} is required`, 400);
    value[key] = readMember(shape.value, item ?? { value: undefined, children: undefined }, ec2, where);
  }
  return value;
}

/** Children with numbers for names, in the order of the numbers. */
function indexed(children: ReadonlyMap<string, Node>): [string, Node][] {
  return [...children].filter(([key]) => /^\d{1,9}$/.test(key)).sort(([a], [b]) => Number(a) - Number(b));
}
