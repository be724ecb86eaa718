import type { Canvas, Color } from "./canvas.ts";
import type { Chart } from "./chart.ts";
import type { Box } from "./coverage.ts";
import { LABEL_SIZE } from "./sizes.ts";
import { drawText, fittingText, textWidth } from "./text.ts";
import { colorOf, type Theme } from "./theme.ts";

/** A line of the legend. */
export interface LegendEntry {
  readonly label: string;
  readonly color: Color;
}

const SQUARE = 9;
const ROW = LABEL_SIZE + 10;
const BETWEEN = 16;

/** What the legend names: lines and bands. */
export function legendOf({ lines, bands }: Chart): readonly LegendEntry[] {
  return [
    ...lines.map(({ label, color }, n) => ({ label, color: colorOf(color, n) })),
    ...bands.map(({ label, color }) => ({ label, color: colorOf(color ?? "#95a5a6") })),
  ];
}

/** Height that the legend takes at a width, pixels. */
export function legendHeight(entries: readonly LegendEntry[], width: number): number {
  return rowsOf(entries, width).length * ROW;
}

/** Draws as many rows as there is room for. */
export function drawLegend(
  canvas: Canvas,
  entries: readonly LegendEntry[],
  { left, top, right, bottom }: Box,
  theme: Theme,
): void {
  const rows = rowsOf(entries, right - left).slice(0, Math.floor((bottom - top) / ROW));
  rows.forEach((row, i) => {
    let x = left;
    const baseline = Math.round(top + i * ROW + ROW - 3);
    for (const { label, color } of row) {
      canvas.fill({ left: x, top: baseline - SQUARE + 1, right: x + SQUARE, bottom: baseline + 1 }, color);
      const text = fittingText(label, LABEL_SIZE, right - left - SQUARE - 6);
      drawText(canvas, text, x + SQUARE + 6, baseline, { color: theme.text, size: LABEL_SIZE });
      x += Math.round(SQUARE + 6 + textWidth(text, LABEL_SIZE) + BETWEEN);
    }
  });
}

function rowsOf(entries: readonly LegendEntry[], width: number): readonly (readonly LegendEntry[])[] {
  const rows: LegendEntry[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const needed = SQUARE + 6 + textWidth(entry.label, LABEL_SIZE);
    if (used + needed > width) {
      rows.push([]);
      used = 0;
    }
    rows.at(-1)?.push(entry);
    used += needed + BETWEEN;
  }
  return rows;
}
