import { SourceError } from "./source-error.ts";

/** A piece of a metric math expression. `offset`: where it begins. */
export interface MathToken {
  readonly kind: "number" | "string" | "id" | "word" | "operator" | "end";
  readonly text: string;
  readonly offset: number;
}

const PATTERN =
  /\s+|(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<id>[a-z][A-Za-z0-9_]*)|(?<word>[A-Z][A-Z0-9_a-z]*)|(?<string>'[^']*'|"[^"]*")|(?<operator>&&|\|\||[=!<>]=|[-+*/^<>(),[\]])/y;

/**
 * The pieces of a metric math expression. Ids begin in lower case; functions and words (AND, REPEAT) in upper case.
 * @throws SourceError (`metric-math`) for a character that can't occur.
 */
export function tokenizeMath(text: string): MathToken[] {
  const tokens: MathToken[] = [];
  PATTERN.lastIndex = 0;
  while (PATTERN.lastIndex < text.length) {
    const offset = PATTERN.lastIndex;
    const groups = PATTERN.exec(text)?.groups;
    if (!groups) throw new SourceError("metric-math", unexpected(text, offset), text, offset);
    for (const kind of ["number", "id", "word", "string", "operator"] as const) {
      const found = groups[kind];
      if (found !== undefined)
        tokens.push({ kind, text: kind === "string" ? found.slice(1, -1) : found, offset });
    }
  }
  return tokens;
}

function unexpected(text: string, offset: number): string {
  const char = text[offset];
  if (char === "'" || char === '"') return "this string is never closed";
  if (char === "=") return `"=" is no operator; compare with "=="`;
  if (char === "&" || char === "|") return `"${char}" is no operator; write "${char}${char}"`;
  if (char === "!") return `metric math has no NOT; compare with "== 0"`;
  return `unexpected character "${char}"`;
}
