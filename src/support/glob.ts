/** A matcher for a glob with `*` (any characters) and `?` (one character); `\` escapes. Case counts, and the whole text must match. */
export function globMatcher(pattern: string): (text: string) => boolean {
  if (!/[*?\\]/.test(pattern)) return (text) => text === pattern;
  let source = "";
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern[i] ?? "";
    if (char === "\\" && i + 1 < pattern.length) {
      i += 1;
      source += escapeRegExp(pattern[i] ?? "");
    } else if (char === "*") source += source.endsWith(".*") ? "" : ".*";
    else if (char === "?") source += ".";
    else source += escapeRegExp(char);
  }
  const expression = new RegExp(`^${source}$`, "su");
  return (text) => expression.test(text);
}

/** Whether any of the globs matches. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => globMatcher(pattern)(text));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
