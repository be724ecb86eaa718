import { type ChartPoint, chartOf } from "../../app/alarm-tests/chart.ts";
import { offset } from "../../app/alarm-tests/judge.ts";
import type { PlayedAlarm } from "../../app/alarm-tests/played.ts";
import { describeCondition } from "../../model/describe-alarm.ts";
import { formatDuration } from "../../model/duration.ts";
import { formatNumber } from "../../model/metric-value.ts";
import { printable, type Style } from "../style.ts";

/** What a drawing is made of. Times in seconds. */
export interface TimelineOptions {
  /** Epoch seconds of the first point. */
  readonly start: number;
  readonly seconds: number;
  readonly band: { readonly lower: number; readonly upper: number } | undefined;
  /** Seconds since the first point at which something was not as expected. */
  readonly marks: readonly number[];
  readonly width: number;
  readonly style: Style;
}

const BARS = "▁▂▃▄▅▆▇█";
const STATES = { OK: "o", ALARM: "A", INSUFFICIENT_DATA: "?" } as const;
/** Width of what stands before a row. */
const LABEL = 10;

/** An alarm's life as a few lines: when it is, what it saw, what of it breached, its state, and its changes in words. */
export function* timelineLines(played: PlayedAlarm, options: TimelineOptions): Generator<string> {
  const { alarm, transitions } = played;
  const { style } = options;
  const points = chartOf(played, options);
  const room = Math.max(20, Math.min(100, options.width - LABEL - 4));
  const each = Math.max(1, Math.ceil(points.length / room));
  const columns = Array.from({ length: Math.ceil(points.length / each) }, (_, i) =>
    points.slice(i * each, (i + 1) * each),
  );
  const span = (points[0]?.time ?? 60) * each;
  const row = (label: string, text: string, more = ""): string =>
    `    ${label.padEnd(LABEL)}${text}${more === "" ? "" : `  ${style.dim(more)}`}`.trimEnd();
  yield `  ${style.bold(printable(alarm.key))}  ${printable(describeCondition(alarm.spec))}  ${style.dim(`a column is ${formatDuration(span)}`)}`;
  yield row("", axis(columns.length, span));
  if (alarm.kind === "metric") {
    yield row("value", bars(columns, alarm.spec.comparisonOperator.startsWith("Less")), extent(points));
    const breaches = columns.map((group) => breachMark(group)).join("");
    yield row("breaches", breaches, "x breaching, · not, - no point");
  }
  const states = columns.map((group) => stateMark(group));
  yield row(
    "state",
    states.map((mark) => (mark === "A" ? style.red(mark) : mark)).join(""),
    "A ALARM, o OK, ? INSUFFICIENT_DATA",
  );
  const marks = new Set(options.marks.map((time) => Math.max(0, Math.ceil(time / span) - 1)));
  if (marks.size > 0)
    yield row(
      "",
      columns.map((_, i) => (marks.has(i) ? style.yellow("^") : " ")).join(""),
      "not as expected",
    );
  for (const { time, from, to, reason } of transitions.slice(0, 10))
    yield `    ${offset(time).padEnd(LABEL)}${from} -> ${to}  ${style.dim(printable(reason))}`;
  if (transitions.length > 10) yield style.dim(`    … and ${transitions.length - 10} more changes`);
}

/** Ends of columns, every five or ten of them. */
function axis(columns: number, span: number): string {
  const apart = columns > 40 ? 10 : 5;
  let line = "";
  for (let i = 0; i < columns; i += apart)
    if (i >= line.length) line = `${line.padEnd(i)}${offset((i + 1) * span)} `;
  return line.trimEnd();
}

/** Each column's worst value: the highest, or the lowest where low is bad. */
function bars(columns: readonly (readonly ChartPoint[])[], lowIsBad: boolean): string {
  const worst = columns.map((group) => {
    const values = group.flatMap(({ value }) => value ?? []);
    return values.length === 0 ? undefined : lowIsBad ? Math.min(...values) : Math.max(...values);
  });
  const known = worst.filter((value) => value !== undefined);
  const low = Math.min(...known);
  const high = Math.max(...known);
  return worst
    .map((value) => {
      if (value === undefined) return " ";
      const level = high === low ? 0 : (value - low) / (high - low);
      return BARS[Math.min(BARS.length - 1, Math.floor(level * BARS.length))];
    })
    .join("");
}

function extent(points: readonly ChartPoint[]): string {
  const known = points.flatMap(({ value }) => value ?? []);
  if (known.length === 0) return "no points";
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  return low === high ? formatNumber(low) : `${formatNumber(low)} to ${formatNumber(high)}`;
}

function breachMark(group: readonly ChartPoint[]): string {
  if (group.some(({ breaching }) => breaching === true)) return "x";
  if (group.every(({ value }) => value === undefined)) return "-";
  return group.some(({ breaching }) => breaching === false) ? "·" : "?";
}

function stateMark(group: readonly ChartPoint[]): string {
  const states = group.map(({ state }) => state);
  if (states.includes("ALARM")) return STATES.ALARM;
  return STATES[states.at(-1) ?? "INSUFFICIENT_DATA"];
}
