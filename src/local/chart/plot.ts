import type { Chart, Side } from "./chart.ts";
import type { Box, Point } from "./coverage.ts";
import { type Scale, valueScale } from "./ticks.ts";

/** The part of a chart that data are drawn in, with what its places mean. */
export interface Plot {
  readonly box: Box;
  readonly scales: Readonly<Partial<Record<Side, Scale>>>;
  x(time: number): number;
  y(value: number, side: Side): number;
}

/** Least pixels between two numbers of the value axis. */
const ROOM = 34;

/** The scales of the sides that something is measured on; the left one is always there. */
export function scalesOf(chart: Chart, height: number): Readonly<Partial<Record<Side, Scale>>> {
  const left = scaleOf(chart, "left", height);
  const right = scaleOf(chart, "right", height);
  return {
    ...((left ?? right) ? { left: left ?? (right as Scale) } : { left: valueScale(0, 1, height / ROOM, {}) }),
    ...(right && left ? { right } : {}),
  };
}

function scaleOf({ lines, bands, valueMarks, axes }: Chart, side: Side, height: number): Scale | undefined {
  const own = <Item extends { readonly side: Side }>(items: readonly Item[]): readonly Item[] =>
    items.filter((item) => item.side === side);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const see = (value: number): void => {
    low = Math.min(low, value);
    high = Math.max(high, value);
  };
  for (const { values } of own(lines)) values.forEach(see);
  for (const { lower, upper } of own(bands)) {
    lower.forEach(see);
    upper.forEach(see);
  }
  for (const { value, to } of own(valueMarks)) {
    see(value);
    if (to) see(to.value);
  }
  const { min, max } = axes[side];
  const nothing = low > high;
  if (nothing && own(lines).length === 0 && min === undefined && max === undefined) return undefined;
  if (nothing) return valueScale(min ?? 0, max ?? (min ?? 0) + 1, height / ROOM, { min, max });
  return valueScale(low, high, height / ROOM, { min, max });
}

/** A plot in a box. */
export function plotIn(box: Box, { start, end }: Chart, scales: Plot["scales"]): Plot {
  return {
    box,
    scales,
    x: (time) => box.left + ((time - start) / (end - start)) * (box.right - box.left),
    y: (value, side) => {
      const { min, max } = scales[side] ?? (scales.left as Scale);
      return box.bottom - ((value - min) / (max - min)) * (box.bottom - box.top);
    },
  };
}

/** Data as the lines to draw: a new one after each gap. */
export function unbroken(
  plot: Plot,
  {
    times,
    period,
    side,
  }: { readonly times: readonly number[]; readonly period: number; readonly side: Side },
  values: readonly number[],
): readonly (readonly Point[])[] {
  const lines: Point[][] = [];
  times.forEach((time, i) => {
    const before = times[i - 1];
    if (before === undefined || time - before > period * 1.5) lines.push([]);
    lines.at(-1)?.push([plot.x(time), plot.y(values[i] as number, side)]);
  });
  return lines;
}

/** The height of lines at a place between their ends; lines follow one another. */
export function heightAt(lines: readonly (readonly Point[])[], x: number): number | undefined {
  const line = lines.find((each) => (each[0]?.[0] ?? x) <= x && x <= (each.at(-1)?.[0] ?? x));
  const after = line?.findIndex((point) => point[0] >= x) ?? -1;
  const to = line?.[after];
  const from = line?.[Math.max(0, after - 1)];
  if (!to || !from) return undefined;
  const part = to[0] === from[0] ? 0 : (x - from[0]) / (to[0] - from[0]);
  return from[1] + (to[1] - from[1]) * part;
}
