import type { Color } from "./canvas.ts";

/** Colours of everything that isn't data. */
export interface Theme {
  readonly background: Color;
  readonly text: Color;
  /** Numbers along the axes. */
  readonly faint: Color;
  readonly axis: Color;
  readonly grid: Color;
}

export const THEMES = {
  light: {
    background: [255, 255, 255],
    text: [22, 25, 31],
    faint: [84, 91, 100],
    axis: [150, 157, 165],
    grid: [232, 235, 237],
  },
  dark: {
    background: [31, 36, 44],
    text: [234, 237, 237],
    faint: [165, 172, 180],
    axis: [110, 118, 128],
    grid: [52, 59, 69],
  },
} as const satisfies Readonly<Record<string, Theme>>;

/** Colours of lines that have none of their own, in order. */
const PALETTE = ["#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#17becf", "#bcbd22"];

/** Colour of marks that have none of their own. */
export const MARK_COLOR = "#d13212";

/** `#d13212` as a colour; the palette's for the nth line when there is none. */
export function colorOf(text: string | undefined, n = 0): Color {
  const code = text ?? (PALETTE[n % PALETTE.length] as string);
  const value = Number.parseInt(code.slice(1), 16);
  return [value >> 16, (value >> 8) & 0xff, value & 0xff];
}
