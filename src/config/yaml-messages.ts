import type { YAMLError } from "yaml";

/** The parser's error codes that deserve plainer words and a remedy. */
const MESSAGES: Readonly<Partial<Record<YAMLError["code"], string>>> = {
  TAB_AS_INDENT: "a tab can't indent YAML: use spaces",
  MULTIPLE_DOCS: 'a second document begins here: a configuration is one document, remove the line "---"',
  BLOCK_AS_IMPLICIT_KEY:
    "a mapping can't begin here: check the indentation, or put quotes around text that holds ': '",
  MULTILINE_IMPLICIT_KEY: "this key isn't on one line: check the indentation above it",
  BAD_INDENT: "wrong indentation, or a bracket that is never closed",
  BAD_ALIAS: "this alias can't be read: write text that begins with * in quotes",
  TAG_RESOLVE_FAILED: "this YAML tag has no meaning here: put quotes around text that begins with !",
};

/** What a YAML syntax error says to people: never several lines, with the remedy where there is a usual one. */
export function syntaxMessage(error: Pick<YAMLError, "code" | "message">): string {
  const plain = MESSAGES[error.code];
  if (plain !== undefined) return plain;
  const said = error.message.split("\n")[0] ?? "can't be read";
  if (/reserved character/.test(said)) return `${lowerFirst(said)}: put quotes around the text`;
  return `this isn't YAML: ${lowerFirst(said)}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
