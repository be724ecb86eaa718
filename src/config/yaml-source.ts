// Configuration: reads watchkeeper.yaml and packs, and says exactly where something is wrong. Knows Zod and yaml, nothing of AWS.
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";
import type { SourcePosition } from "../model/alarm-policy.ts";
import type { Diagnostic, DiagnosticSeverity } from "../support/diagnostic.ts";
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
  /** A scalar exactly as written (`0123`, `true`); undefined for lists and mappings. */
  text(path: Path): string | undefined;
}

interface Place {
  readonly key: number | undefined;
  readonly value: number;
  readonly text: string | undefined;
}

const MAX_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 64;
/** Everything after aliases are followed: what an "alias bomb" multiplies. */
const MAX_VALUES = 200_000;

const keyOf = (path: Path): string => JSON.stringify(path);

/** Reads YAML 1.2 (`Yes` is text). Bytes must be UTF-8. Never throws for what a user wrote. */
export function readYaml(content: string | Uint8Array, file: string): YamlSource {
  const diagnostics: Diagnostic[] = [];
  const places = new Map<string, Place>();
  const lines = new LineCounter();
  const positionAt = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
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
    text: (path) => places.get(keyOf(path))?.text,
  });

  const text = decode(content);
  if (typeof text !== "string") {
    report("error", "not-utf8", text.problem, 0);
    return source(undefined);
  }
  const tooDeep = deepNesting(text);
  if (tooDeep !== undefined || text.length > MAX_BYTES) {
    const message =
      tooDeep === undefined
        ? `the file is larger than ${MAX_BYTES / 1024 / 1024} MiB: this is no configuration`
        : `nested more than ${MAX_DEPTH} deep: is a bracket missing?`;
    report("error", "too-large", message, 0);
    return source(undefined);
  }

  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
  for (const error of document.errors) report("error", "yaml-syntax", syntaxMessage(error), error.pos[0]);
  for (const warning of document.warnings)
    report("error", "yaml-syntax", syntaxMessage(warning), warning.pos[0]);
  if (diagnostics.length > 0) return source(undefined);

  let values = 0;
  const tooMany = Symbol("too many values");

  function readMap(node: YAMLMap, path: Path, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    const seen = new Map<string, number>();
    for (const pair of node.items) {
      const key = pair.key as Node | null;
      const offset = key?.range?.[0] ?? node.range?.[0] ?? 0;
      const name = isScalar(key) ? (typeof key.value === "string" ? key.value : key.source) : undefined;
      if (name === undefined || name === "__proto__") {
        report("error", "bad-key", "keys must be plain text; put quotes around the key", offset);
        continue;
      }
      if (name === "<<" && isScalar(key) && key.type !== "QUOTE_DOUBLE" && key.type !== "QUOTE_SINGLE") {
        const merged = read(pair.value as Node | null, path, undefined, offset, depth + 1);
        for (const part of Array.isArray(merged) ? merged : [merged])
          for (const [inner, value] of Object.entries(part ?? {}))
            if (!(inner in result)) result[inner] = value;
        continue;
      }
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
    values += 1;
    if (values > MAX_VALUES || depth > MAX_DEPTH) throw tooMany;
    const target = isAlias(node) ? node.resolve(document) : node;
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
    places.set(keyOf(path), { key, value: text === undefined && !node?.range ? near : offset, text });
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

/** The text of a file, or what is wrong with its bytes. */
function decode(content: string | Uint8Array): string | { readonly problem: string } {
  if (typeof content === "string")
    return content.includes("\uFFFD") ? { problem: "the file isn't UTF-8: save it as UTF-8" } : content;
  const [first, second] = content;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    return { problem: "the file is UTF-16: save it as UTF-8" };
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(content);
  } catch {
    return { problem: "the file isn't UTF-8: save it as UTF-8" };
  }
}

/** Offset where brackets or list dashes nest deeper than any configuration does: found before the parser recurses into them. */
function deepNesting(text: string): number | undefined {
  const dashes = /(?:[-?:][ \t]+){65}/.exec(text);
  if (dashes) return dashes.index;
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const char = text[index];
    if (char === "[" || char === "{") depth += 1;
    else if (char === "]" || char === "}") depth = Math.max(0, depth - 1);
    if (depth > MAX_DEPTH) return index;
  }
  return undefined;
}
