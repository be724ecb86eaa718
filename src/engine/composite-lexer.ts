import { SourceError } from "./source-error.ts";

/** A piece of an AlarmRule. `text` of a quoted name is unescaped; `offset` is where it begins. */
export interface RuleToken {
  readonly kind: "(" | ")" | "," | "word" | "quoted" | "end";
  readonly text: string;
  readonly offset: number;
}

/**
 * The pieces of an AlarmRule. An unquoted word ends at white space, a round bracket or a comma; in a quoted one only `\"` is an escape.
 * @throws SourceError for a quote that isn't closed.
 */
export function tokenizeRule(text: string): RuleToken[] {
  const tokens: RuleToken[] = [];
  const pattern = /\s+|([(),])|"((?:\\"|[^"])*)(")?|([^\s(),]+)/y;
  while (pattern.lastIndex < text.length) {
    const offset = pattern.lastIndex;
    const match = pattern.exec(text);
    // The alternatives cover every character, so a sticky match never fails before the end.
    if (!match) break;
    const [, punctuation, quoted, close, word] = match;
    if (punctuation) tokens.push({ kind: punctuation as "(" | ")" | ",", text: punctuation, offset });
    else if (quoted !== undefined) {
      if (!close) throw new SourceError("composite-rule", "this quote is never closed", text, offset);
      tokens.push({ kind: "quoted", text: quoted.replaceAll('\\"', '"'), offset });
    } else if (word !== undefined) tokens.push({ kind: "word", text: word, offset });
  }
  return tokens;
}
