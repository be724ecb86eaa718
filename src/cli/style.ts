import type { Output } from "./io.ts";

/** Colours for one stream; plain text where it isn't a terminal, or where NO_COLOR asks for none. */
export interface Style {
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

/** The style that fits a stream. */
export function styleOf(output: Output, env: Readonly<Record<string, string | undefined>>): Style {
  const colours = output.isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const paint =
    (code: number) =>
    (text: string): string =>
      colours ? `\u001b[${code}m${text}\u001b[0m` : text;
  return { green: paint(32), yellow: paint(33), red: paint(31), dim: paint(2), bold: paint(1) };
}

/** Lines for people are no longer than this, however wide their window is. */
const WIDEST = 120;

/** Columns that a line of text may take on a stream. */
export function textWidth({ isTerminal, columns }: Output): number {
  return isTerminal ? Math.min(columns, WIDEST) : WIDEST;
}

/** Columns a text takes on a terminal: wide East Asian characters count two, combining marks none. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    const code = char.codePointAt(0) ?? 0;
    if (/\p{Mark}/u.test(char) || code < 32) continue;
    width += isWide(code) ? 2 : 1;
  }
  return width;
}

/** Text cut to a width with `…`, then padded to it. */
export function fitTo(text: string, width: number): string {
  const whole = displayWidth(text);
  if (whole <= width) return text + " ".repeat(width - whole);
  let cut = "";
  let used = 0;
  for (const char of text) {
    const next = displayWidth(char);
    if (used + next > width - 1) break;
    cut += char;
    used += next;
  }
  return `${cut}…${" ".repeat(Math.max(0, width - used - 1))}`;
}

/** Text broken between words into lines of at most `width` columns; all but the first begin with `indent`. Longer words stay whole. */
export function wrap(text: string, width: number, indent: string): readonly string[] {
  const lead = /^ */.exec(text)?.[0] ?? "";
  const [begin = "", ...words] = text.slice(lead.length).split(" ");
  return wrapParts([lead + begin, ...words], width, indent);
}

/** The same of parts that aren't broken, such as labels with blanks in their values. */
export function wrapParts(
  [begin = "", ...parts]: readonly string[],
  width: number,
  indent: string,
): readonly string[] {
  const lines: string[] = [];
  let line = begin;
  for (const part of parts) {
    const longer = `${line} ${part}`;
    if (displayWidth(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = indent + part;
    }
  }
  return [...lines, line];
}

/** Control characters made visible: names come from tags, and a tag may hold anything. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`;
  });
}

function isWide(code: number): boolean {
  return (
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd)
  );
}
