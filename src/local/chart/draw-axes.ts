import type { Canvas } from "./canvas.ts";
import type { Chart } from "./chart.ts";
import type { Plot } from "./plot.ts";
import { LABEL_SIZE } from "./sizes.ts";
import { drawText, fittingText, textWidth } from "./text.ts";
import type { Theme } from "./theme.ts";
import { shortNumber, timeTicks } from "./ticks.ts";

/** Pixels between two times on the axis. */
const TIME_ROOM = 62;

/** Draws grid, axes, their numbers and labels. */
export function drawAxes(canvas: Canvas, plot: Plot, chart: Chart, theme: Theme): void {
  const { box } = plot;
  const style = { color: theme.faint, size: LABEL_SIZE };
  for (const tick of plot.scales.left?.ticks ?? []) {
    const y = Math.round(plot.y(tick, "left"));
    canvas.fill({ ...box, top: y, bottom: y + 1 }, theme.grid);
    drawText(canvas, shortNumber(tick), box.left - 8, y + LABEL_SIZE / 2, { ...style, align: "right" });
  }
  for (const tick of plot.scales.right?.ticks ?? []) {
    const y = Math.round(plot.y(tick, "right"));
    drawText(canvas, shortNumber(tick), box.right + 8, y + LABEL_SIZE / 2, style);
  }
  canvas.fill({ ...box, top: box.bottom, bottom: box.bottom + 1 }, theme.axis);
  const count = Math.floor((box.right - box.left) / TIME_ROOM);
  for (const { time, text } of timeTicks(chart.start, chart.end, count, chart.offset)) {
    const x = Math.round(plot.x(time));
    canvas.fill({ left: x, right: x + 1, top: box.bottom, bottom: box.bottom + 5 }, theme.axis);
    const half = textWidth(text, LABEL_SIZE) / 2;
    const middle = Math.min(x, canvas.width - half - 2);
    drawText(canvas, text, middle, box.bottom + 9 + LABEL_SIZE, { ...style, align: "middle" });
  }
  drawLabels(canvas, plot, chart, theme);
}

/** What the axes measure, above them. */
function drawLabels(canvas: Canvas, { box }: Plot, { axes }: Chart, theme: Theme): void {
  const style = { color: theme.text, size: LABEL_SIZE };
  const most = (box.right - box.left) / 2;
  const y = box.top - 9;
  drawText(canvas, fittingText(axes.left.label ?? "", LABEL_SIZE, most), 12, y, style);
  const right = fittingText(axes.right.label ?? "", LABEL_SIZE, most);
  drawText(canvas, right, canvas.width - 12, y, { ...style, align: "right" });
}
