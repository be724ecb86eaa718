// Configuration: reads watchkeeper.yaml and packs, and says exactly where something is wrong. Knows Zod and yaml, nothing of AWS.
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import type { SourcePosition } from "../model/alarm-policy.ts";
import type { Diagnostic, DiagnosticSeverity } from "../support/diagnostic.ts";
import { decode, MAX_DEPTH, refusal } from "./yaml-guards.ts";
import { syntaxMessage } from "./yaml-messages.ts";

/** Keys and indexes from the top of the file to a value. */
export type Path = readonly (string | number)[];

/** Whether a diagnostic points at a value or at the key in front of it. */
export type Aim = "key" | "value";

/** A YAML file as plain values, with the place of every key and value. */
export interface YamlSource {
  readonly file: string;
  /** Undefined when the text couldn't be read at all; `diagnostics` says why. */
  readonly value: unknown;
  readonly diagnostics: readonly Diagnostic[];
  /** Place of a value or its key; of the nearest thing around it when the path leads nowhere. */
  position(path: Path, aim?: Aim): SourcePosition;
  /** What was written at a path, whatever it is; undefined when there is nothing. */
  at(path: Path): unknown;
  /** A scalar exactly as written (`0123`, `true`); undefined for lists and mappings. */
  text(path: Path): string | undefined;
}

interface Place {
  readonly key: number | undefined;
  readonly value: number;
  readonly text: string | undefined;
}

/** Everything after aliases are followed: what an "alias bomb" multiplies. */
const MAX_VALUES = 100_000;

const keyOf = (path: Path): string => JSON.stringify(path);

/** Reads YAML 1.2 (`Yes` is text). Bytes must be UTF-8. Never throws for what a user wrote. */
export function readYaml(content: string | Uint8Array, file: string): YamlSource {
  const diagnostics: Diagnostic[] = [];
  const places = new Map<string, Place>();
  const lines = new LineCounter();
  let end = 0;
  const positionAt = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(Math.min(offset, end));
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const report = (severity: DiagnosticSeverity, code: string, message: string, offset: number): void => {
    const { line, column } = positionAt(offset);
    diagnostics.push({ severity, code, message, path: file, line, column });
  };
  const source = (value: unknown): YamlSource => ({
    file,
    value,
    diagnostics,
    position(path, aim = "value") {
      for (let length = path.length; length >= 0; length -= 1) {
        const place = places.get(keyOf(path.slice(0, length)));
        if (!place) continue;
        const useKey = place.key !== undefined && (aim === "key" || length < path.length);
        return positionAt(useKey && place.key !== undefined ? place.key : place.value);
      }
      return { file, line: 1, column: 1 };
    },
    at(path) {
      let found = value;
      for (const part of path) {
        if (typeof found !== "object" || found === null || !Object.hasOwn(found, part)) return undefined;
        found = (found as Record<string | number, unknown>)[part];
      }
      return found;
    },
    text: (path) => places.get(keyOf(path))?.text,
  });

  const text = decode(content);
  if (typeof text !== "string") {
    report("error", "not-utf8", text.problem, 0);
    return source(undefined);
  }
  end = text.length;
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  const tooLarge = refusal(text);
  if (tooLarge) {
    report("error", "too-large", tooLarge.message, tooLarge.offset);
    return source(undefined);
  }

  const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false });
  for (const error of document.errors) report("error", "yaml-syntax", syntaxMessage(error), error.pos[0]);
  for (const warning of document.warnings)
    report("error", "yaml-syntax", syntaxMessage(warning), warning.pos[0]);
  if (diagnostics.length > 0) return source(undefined);

  let values = 0;
  const targets = new Map<Alias, Node | undefined>();
  const tooMany = Symbol("too many values");

  // Looking an alias up walks the whole document: once for each is enough.
  function resolve(alias: Alias): Node | undefined {
    if (!targets.has(alias)) targets.set(alias, alias.resolve(document) as Node | undefined);
    return targets.get(alias);
  }

  function count(depth: number): void {
    values += 1;
    if (values > MAX_VALUES || depth > MAX_DEPTH) throw tooMany;
  }

  function mergedMaps(node: Node | null, key: Node): YAMLMap[] {
    const target = isAlias(node) ? resolve(node) : node;
    const parts = isSeq(target)
      ? target.items.map((item) => (isAlias(item) ? resolve(item) : item))
      : [target];
    const maps = parts.filter(isMap);
    if (maps.length < parts.length)
      report("error", "bad-key", "<< merges mappings: give it *name or a list of them", key.range?.[0] ?? 0);
    return maps;
  }

  function readMap(node: YAMLMap, path: Path, depth: number): Record<string, unknown> {
    count(depth);
    const result: Record<string, unknown> = {};
    // What is merged in comes first, so that the map's own keys win; of several the first named wins.
    for (const merge of node.items.filter((pair) => isMergeKey(pair.key)))
      for (const part of mergedMaps(merge.value as Node | null, merge.key as Node).reverse())
        Object.assign(result, readMap(part, path, depth + 1));
    const seen = new Map<string, number>();
    for (const pair of node.items) {
      const key = pair.key as Node | null;
      const offset = key?.range?.[0] ?? node.range?.[0] ?? 0;
      const name = isScalar(key) ? (typeof key.value === "string" ? key.value : key.source) : undefined;
      if (name === undefined || name === "__proto__") {
        report("error", "bad-key", "keys must be plain text; put quotes around the key", offset);
        continue;
      }
      if (isMergeKey(key)) continue;
      const first = seen.get(name);
      if (first !== undefined) {
        const where = positionAt(first);
        report(
          "error",
          "duplicate-key",
          `"${name}" is given twice; the first is in line ${where.line}`,
          offset,
        );
        continue;
      }
      seen.set(name, offset);
      result[name] = read(pair.value as Node | null, [...path, name], offset, offset, depth + 1);
    }
    return result;
  }

  function read(
    node: Node | null,
    path: Path,
    key: number | undefined,
    near: number,
    depth: number,
  ): unknown {
    count(depth);
    const target = isAlias(node) ? resolve(node) : node;
    const offset = node?.range?.[0] ?? near;
    if (isAlias(node) && !target) {
      report("error", "yaml-syntax", `no anchor "&${node.source}" in front of this alias`, offset);
      return null;
    }
    const text =
      isScalar(target) && target.value !== null
        ? typeof target.value === "string"
          ? target.value
          : target.source
        : undefined;
    places.set(keyOf(path), { key, value: offset, text });
    if (isMap(target)) return readMap(target, path, depth);
    if (isSeq(target))
      return target.items.map((item, index) =>
        read(item as Node | null, [...path, index], undefined, offset, depth + 1),
      );
    return isScalar(target) ? target.value : null;
  }

  try {
    const value = read(document.contents as Node | null, [], undefined, 0, 0);
    return source(diagnostics.length > 0 ? undefined : value);
  } catch (thrown) {
    if (thrown !== tooMany) throw thrown;
    report("error", "too-large", "the aliases (*name) in this file multiply without bound: write it out", 0);
    return source(undefined);
  }
}

/** `<<`, unless it is in quotes. */
function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.value === "<<" && key.type === "PLAIN";
}
