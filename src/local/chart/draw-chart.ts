import { Canvas } from "./canvas.ts";
import type { Chart } from "./chart.ts";
import type { Box } from "./coverage.ts";
import { drawAxes } from "./draw-axes.ts";
import { drawBand, drawLine, drawTimeMark, drawValueMark } from "./draw-data.ts";
import { drawLegend, legendHeight, legendOf } from "./draw-legend.ts";
import { plotIn, scalesOf } from "./plot.ts";
import { encodePng } from "./png.ts";
import { EDGE, LABEL_SIZE, TITLE_SIZE } from "./sizes.ts";
import { drawText, fittingText, textWidth } from "./text.ts";
import { THEMES } from "./theme.ts";
import { type Scale, shortNumber } from "./ticks.ts";

/** Draws a chart; answers a PNG file. */
export function drawChart(chart: Chart): Uint8Array {
  const canvas = paintChart(chart);
  return encodePng(canvas.width, canvas.height, canvas.pixels);
}

/** The same as pixels. */
export function paintChart(chart: Chart): Canvas {
  const { width, height, title } = chart;
  const theme = THEMES[chart.theme];
  const canvas = new Canvas(width, height, theme.background);
  const entries = chart.legend ? legendOf(chart) : [];
  const legend = Math.min(legendHeight(entries, width - 2 * EDGE), Math.max(0, height / 3));
  const titled = title !== undefined && title !== "";
  const labelled = (["left", "right"] as const).some((side) => chart.axes[side].label !== undefined);
  const top = EDGE + (titled ? TITLE_SIZE + 11 : 0) + (labelled ? LABEL_SIZE + 8 : 0);
  const bottom = height - EDGE - legend - (LABEL_SIZE + 10);
  const scales = scalesOf(chart, bottom - top);
  const box: Box = {
    left: Math.round(EDGE + numbersWidth(scales.left) + 8),
    top: Math.round(top),
    right: Math.round(width - (scales.right ? EDGE + numbersWidth(scales.right) + 8 : EDGE + 6)),
    bottom: Math.round(bottom),
  };
  if (titled)
    drawText(canvas, fittingText(title, TITLE_SIZE, width - 2 * EDGE), EDGE, EDGE + TITLE_SIZE, {
      color: theme.text,
      size: TITLE_SIZE,
      bold: true,
    });
  // Too small a picture has no room for data.
  if (box.right - box.left < 8 || box.bottom - box.top < 8) return canvas;
  const plot = plotIn(box, chart, scales);
  drawAxes(canvas, plot, chart, theme);
  chart.bands.forEach((band, n) => {
    drawBand(canvas, plot, band, chart.lines.length + n);
  });
  for (const mark of chart.timeMarks) drawTimeMark(canvas, plot, mark, theme);
  chart.lines.forEach((line, n) => {
    drawLine(canvas, plot, line, n);
  });
  for (const mark of chart.valueMarks) drawValueMark(canvas, plot, mark, theme);
  const under = { left: EDGE, top: height - EDGE - legend, right: width - EDGE, bottom: height };
  drawLegend(canvas, entries, under, theme);
  return canvas;
}

function numbersWidth(scale: Scale | undefined): number {
  return Math.max(0, ...(scale?.ticks ?? []).map((tick) => textWidth(shortNumber(tick), LABEL_SIZE)));
}
