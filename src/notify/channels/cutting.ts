import { shorten } from "../plain-text.ts";

/** Says that something was left out. */
const ELLIPSIS = "…";

/** The text in at most `most` bytes of UTF-8. */
export function cutBytes(text: string, most: number): string {
  if (Buffer.byteLength(text) <= most) return text;
  const room = most - Buffer.byteLength(ELLIPSIS);
  if (room < 0) return "";
  const bytes = Buffer.from(text);
  let end = room;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString("utf8", 0, end)}${ELLIPSIS}`;
}

/** The text as `escaped` writes it, in at most `most` UTF-16 units: cut before escaping, so that no escape is cut through. */
export function cutEscaped(text: string, most: number, escaped: (part: string) => string): string {
  const all = escaped(text);
  if (all.length <= most) return all;
  const candidate = (length: number): string => escaped(shorten(text, length));
  let low = 0;
  let high = Math.min(text.length, most);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (candidate(middle).length <= most) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : candidate(low);
}

/** As many of the parts, from the first on, as fit together. */
export function fitting<Part>(
  parts: readonly Part[],
  fits: (kept: readonly Part[]) => boolean,
): readonly Part[] {
  if (fits(parts)) return parts;
  let low = 0;
  let high = parts.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(parts.slice(0, middle))) low = middle;
    else high = middle - 1;
  }
  return parts.slice(0, low);
}
