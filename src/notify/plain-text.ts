/** Control characters and those that reorder what is read: nothing a message needs, everything a forged one does. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/gu;

/** Text from outside in one line without anything invisible, at most `length` characters. */
export function oneLine(text: string, length = 200): string {
  if (!/[^ -~]|^ | $| {2}/.test(text)) return shorten(text, length);
  return shorten(text.replace(/\s+/g, " ").replace(UNPRINTABLE, "").trim(), length);
}

/** Text from outside with its line breaks, without anything invisible, at most `length` characters. */
export function plainText(text: string, length = 4096): string {
  if (!/[^ -~]|^ | $/.test(text)) return shorten(text, length);
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  return shorten(
    lines
      .map((line) => line.replaceAll("\t", "  ").replace(UNPRINTABLE, "").trimEnd())
      .join("\n")
      .trim(),
    length,
  );
}

/** Text cut to `length` UTF-16 units at a code point, with an ellipsis that counts. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  const end = last >= 0xdc00 && last <= 0xdfff ? length - 2 : length - 1;
  return `${text.slice(0, Math.max(0, end)).trimEnd()}…`;
}
