/** No configuration is as large. */
const MAX_LENGTH = 4 * 1024 * 1024;

/** Deepest nesting of lists and mappings. */
export const MAX_DEPTH = 64;

/** The text of a file, or what is wrong with its bytes. */
export function decode(content: string | Uint8Array): string | { readonly problem: string } {
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

/** Why a text isn't even given to the parser, which recurses into what nests and would run out of stack. */
export function refusal(text: string): { readonly message: string; readonly offset: number } | undefined {
  if (text.length > MAX_LENGTH)
    return {
      message: `the file is larger than ${MAX_LENGTH / 1024 / 1024} MiB: this is no configuration`,
      offset: 0,
    };
  const offset = deepNesting(text);
  return offset === undefined
    ? undefined
    : { message: `nested more than ${MAX_DEPTH} deep: is a bracket missing?`, offset };
}

/** Offset where brackets or list dashes nest deeper than any configuration does. */
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
