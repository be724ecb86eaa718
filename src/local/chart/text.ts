import type { Canvas, Color } from "./canvas.ts";
import { CAPITAL, glyphOf } from "./glyphs.ts";

/** How text looks. */
export interface TextStyle {
  readonly color: Color;
  /** Height of capitals, pixels. */
  readonly size: number;
  readonly bold?: boolean;
  /** Which end of the text stands at x; the left one when not given. */
  readonly align?: "left" | "middle" | "right";
  /** Pixels that its strokes are wider by: what is drawn under a text to set it off. */
  readonly rim?: number;
}

/** Between letters, in the units of their shapes. */
const GAP = 3.3;

/** Writes one line of text; `y` is its base line. */
export function drawText(canvas: Canvas, text: string, x: number, y: number, style: TextStyle): void {
  const { size, color, bold = false, align = "left", rim = 0 } = style;
  const scale = size / CAPITAL;
  const width = textWidth(text, size);
  let from = x - (align === "left" ? 0 : align === "middle" ? width / 2 : width);
  const lines = letters(text).flatMap((character) => {
    const glyph = glyphOf(character);
    const left = from;
    from += (glyph.width + GAP) * scale;
    // The base line in the middle of a row of pixels, so that what is straight stays sharp.
    return glyph.strokes.map((stroke) =>
      stroke.map(([px, py]): readonly [number, number] => [
        left + px * scale,
        Math.round(y) - 0.5 + (py - CAPITAL) * scale,
      ]),
    );
  });
  canvas.stroke(lines, { color, width: size * (bold ? 0.17 : 0.125) + rim });
}

/** How wide a line of text is, pixels. */
export function textWidth(text: string, size: number): number {
  const units = letters(text).reduce((sum, character) => sum + glyphOf(character).width + GAP, -GAP);
  return Math.max(0, units) * (size / CAPITAL);
}

/** The text, cut where it would be wider than `most` pixels. */
export function fittingText(text: string, size: number, most: number): string {
  if (textWidth(text, size) <= most) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && textWidth(`${characters.join("")}\u2026`, size) > most) characters.pop();
  return characters.length === 0 ? "" : `${characters.join("").trimEnd()}\u2026`;
}

/** The characters of a text; accents are left out, for no letter has one here. */
function letters(text: string): readonly string[] {
  return Array.from(text.normalize("NFKD").replace(/\p{Mn}/gu, ""));
}
