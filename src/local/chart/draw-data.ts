import type { Canvas, Color } from "./canvas.ts";
import type { ChartBand, ChartLine, TimeMark, ValueMark } from "./chart.ts";
import type { Point } from "./coverage.ts";
import { heightAt, type Plot, unbroken } from "./plot.ts";
import { LABEL_SIZE } from "./sizes.ts";
import { drawText, fittingText } from "./text.ts";
import { colorOf, MARK_COLOR, type Theme } from "./theme.ts";

const LINE_WIDTH = 1.8;
const MARK_WIDTH = 1.4;
const SHADE = 0.12;

/** Draws a line with gaps where data are missing; a value that stands alone is a dot. */
export function drawLine(canvas: Canvas, plot: Plot, line: ChartLine, n: number): void {
  const color = colorOf(line.color, n);
  const lines = unbroken(plot, line, line.values);
  canvas.stroke(
    lines.filter(({ length }) => length > 1),
    { color, width: LINE_WIDTH, clip: roomOf(plot) },
  );
  canvas.stroke(
    lines.filter(({ length }) => length === 1),
    { color, width: LINE_WIDTH * 2, clip: roomOf(plot) },
  );
}

/** Shades what lies between the values of a band. */
export function drawBand(canvas: Canvas, plot: Plot, band: ChartBand, n: number): void {
  const color = colorOf(band.color ?? "#95a5a6", n);
  const upper = unbroken(plot, band, band.upper);
  const lower = unbroken(plot, band, band.lower);
  canvas.fillColumns(plot.box, color, 0.3, (x) => {
    const top = heightAt(upper, x);
    const bottom = heightAt(lower, x);
    return top === undefined || bottom === undefined ? undefined : [top, bottom];
  });
  canvas.stroke([...upper, ...lower], { color, width: 1, opacity: 0.6, clip: plot.box });
}

/** Marks a value, or the range up to another. */
export function drawValueMark(canvas: Canvas, plot: Plot, mark: ValueMark, theme: Theme): void {
  const { box } = plot;
  const color = colorOf(mark.color ?? MARK_COLOR);
  const y = plot.y(mark.value, mark.side);
  const other = mark.to && plot.y(mark.to.value, mark.side);
  const end = other ?? (mark.fill === "above" ? box.top : mark.fill === "below" ? box.bottom : y);
  const inside = (at: number): number => Math.max(box.top, Math.min(box.bottom, at));
  canvas.fill({ ...box, top: inside(Math.min(y, end)), bottom: inside(Math.max(y, end)) }, color, SHADE);
  for (const { at, label } of endsOf(y, mark.label, other, mark.to?.label)) {
    if (at < box.top - 1 || at > box.bottom + 1) continue;
    const middle = Math.round(at) + 0.5;
    straight(canvas, plot, color, [box.left, middle], [box.right, middle]);
    const above = middle - box.top > LABEL_SIZE + 8;
    const text = fittingText(label, LABEL_SIZE, box.right - box.left - 8);
    const baseline = above ? middle - 5 : middle + 6 + LABEL_SIZE;
    write(canvas, text, box.left + 5, baseline, { color, theme, align: "left" });
  }
}

/** Marks a time, or the range up to another. */
export function drawTimeMark(canvas: Canvas, plot: Plot, mark: TimeMark, theme: Theme): void {
  const { box } = plot;
  const color = colorOf(mark.color ?? MARK_COLOR);
  const x = plot.x(mark.time);
  const other = mark.to && plot.x(mark.to.time);
  const end = other ?? (mark.fill === "before" ? box.left : mark.fill === "after" ? box.right : x);
  const inside = (at: number): number => Math.max(box.left, Math.min(box.right, at));
  canvas.fill({ ...box, left: inside(Math.min(x, end)), right: inside(Math.max(x, end)) }, color, SHADE);
  for (const { at, label } of endsOf(x, mark.label, other, mark.to?.label)) {
    if (at < box.left - 1 || at > box.right + 1) continue;
    const middle = Math.round(at) + 0.5;
    straight(canvas, plot, color, [middle, box.top], [middle, box.bottom]);
    const rightOf = middle < (box.left + box.right) / 2;
    const text = fittingText(
      String(label),
      LABEL_SIZE,
      (rightOf ? box.right - middle : middle - box.left) - 8,
    );
    write(canvas, text, middle + (rightOf ? 5 : -5), box.bottom - 6, {
      color,
      theme,
      align: rightOf ? "left" : "right",
    });
  }
}

/** Where a mark's lines are, with their labels: one, or two of a range. */
function endsOf(
  first: number,
  label = "",
  second?: number,
  secondLabel = "",
): readonly { readonly at: number; readonly label: string }[] {
  return [{ at: first, label }, ...(second === undefined ? [] : [{ at: second, label: secondLabel }])];
}

/** Text over data: a rim in the colour of the background keeps it readable. */
function write(
  canvas: Canvas,
  text: string,
  x: number,
  y: number,
  { color, theme, align }: { readonly color: Color; readonly theme: Theme; readonly align: "left" | "right" },
): void {
  drawText(canvas, text, x, y, { color: theme.background, size: LABEL_SIZE, align, rim: 3.2 });
  drawText(canvas, text, x, y, { color, size: LABEL_SIZE, align });
}

function straight(canvas: Canvas, { box }: Plot, color: Color, from: Point, to: Point): void {
  canvas.stroke([[from, to]], { color, width: MARK_WIDTH, clip: box, dash: [5, 3] });
}

/** Lines at the very edge of the plot keep their whole width. */
function roomOf({ box }: Plot) {
  return { left: box.left, top: box.top - 2, right: box.right + 2, bottom: box.bottom + 2 };
}
