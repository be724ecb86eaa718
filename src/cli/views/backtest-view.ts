import type { AlarmResult, BacktestReport, TestedResult } from "../../app/backtest/backtest-result.ts";
import type { BacktestAnnouncement } from "../../app/backtest/prepare-backtest.ts";
import { formatDuration } from "../../model/duration.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { formatDiagnostic } from "../../support/diagnostic.ts";
import { displayWidth, fitTo, printable, type Style } from "../style.ts";
import {
  count,
  dollars,
  extentText,
  inOrder,
  type Kind,
  kindOf,
  minute,
  ORDER,
  plural,
  rangeDelayText,
  span,
  verdictText,
} from "./backtest-words.ts";

/** How much of a long backtest is listed. */
export interface BacktestViewOptions {
  readonly width: number;
  readonly style: Style;
  readonly most: number;
}

/** Columns that the rest of a line with first and last times takes, and a verdict beside it. */
const SPANNED = 92;

/** How a rest of each kind is counted. */
const WORDS: Readonly<Record<Kind, string>> = {
  noisy: "noisy",
  stuck: "in ALARM most of the time",
  cannotFire: "that cannot fire",
  untested: "not tested",
  ok: "that fired now and then",
  quiet: "that never fired",
};
const MOST_DIAGNOSTICS = 12;

/** The lines told before anything is read: what, how long, how many calls, what they cost. */
export function* announcementLines(announcement: BacktestAnnouncement): Generator<string> {
  const { alarms, files, range, cost, shortened, expired } = announcement;
  const many = plural(alarms, "alarm");
  if (!range) {
    yield `${many} on the history in ${plural(files, "file")}`;
    return;
  }
  yield `${many} from ${minute(range.start)} to ${minute(range.end)} UTC: ${plural(cost.calls, "GetMetricData call")} for ${plural(cost.metrics, "metric")}, ${dollars(cost.dollars)}`;
  const periods = new Map<number, { count: number; start: number }>();
  for (const { period, start } of shortened) {
    const seen = periods.get(period);
    if (seen) seen.count += 1;
    else periods.set(period, { count: 1, start });
  }
  for (const [period, { count, start }] of periods)
    yield `  ${plural(count, "alarm")} of ${formatDuration(period)} only from ${minute(start)} on: CloudWatch keeps such points no longer`;
  if (expired > 0)
    yield `  ${plural(expired, "alarm")} not at all: CloudWatch keeps none of their points that far back`;
}

/** A finished backtest for people. */
export function* backtestLines(
  report: BacktestReport,
  heading: string,
  options: BacktestViewOptions,
): Generator<string> {
  const { style } = options;
  yield style.bold(heading);
  const ordered = inOrder(report.results);
  const listed = ordered.slice(0, options.most);
  if (listed.length > 0) yield* resultTable(listed, ordered, options);
  const rest = ordered.slice(options.most);
  for (const kind of ORDER) {
    const count = rest.filter((result) => kindOf(result) === kind).length;
    if (count > 0) yield style.dim(`  … and ${count} more ${WORDS[kind]} (--all lists them)`);
  }
  yield "";
  yield* summaryLines(report, options);
  yield* diagnosticLines(report.diagnostics, options);
}

/** `12 alarms, 1.6 M points · 3.1 s`. */
export function headingOf(
  report: BacktestReport,
  announcement: BacktestAnnouncement,
  seconds: number,
): string {
  const { totals } = report;
  const parts = [
    announcement.places.map(({ accountName, region }) => `${accountName} ${region}`).join(", "),
    `${plural(totals.alarms, "alarm")}, ${count(totals.points)} points`,
    announcement.cost.calls > 0
      ? `${plural(announcement.cost.calls, "GetMetricData call")}, ${dollars(announcement.cost.dollars)}`
      : "",
    `${seconds.toFixed(1)} s`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** The same for a table: `2 of 3, 50 %, 5 min`. */
function shortScore({ score }: TestedResult): string {
  if (!score) return "";
  const { incidents, missed, precision, delay } = score;
  const parts = [
    incidents.length === 0 ? "none" : `${incidents.length - missed.length} of ${incidents.length}`,
    precision === undefined ? "" : `${Math.round(precision * 100)} %`,
    delay === undefined ? "" : formatDuration(delay.median),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

interface Cell {
  readonly title: string;
  readonly right?: true;
  /** Cut at the front: the ends of file names differ. */
  readonly tail?: true;
  text(result: AlarmResult): string;
}

/** `all`: those that aren't listed too; columns don't depend on where a list is cut. */
function* resultTable(
  results: readonly AlarmResult[],
  all: readonly AlarmResult[],
  options: BacktestViewOptions,
): Generator<string> {
  const tested = (show: (result: TestedResult) => string) => (result: AlarmResult) =>
    result.tested ? show(result.tested) : "-";
  const scored = all.some((result) => result.tested?.score);
  const labels = new Set(all.map(({ label }) => label)).size > 1;
  const names = new Set(all.map(({ name }) => name)).size > 1 || !labels;
  const widest = (text: (result: AlarmResult) => string): number =>
    Math.max(0, ...results.map((result) => displayWidth(text(result))));
  const named = (names ? widest(({ name }) => name) : 0) + (labels ? widest(({ label = "" }) => label) : 0);
  const spanned = !scored && named + SPANNED <= options.width;
  const cells: Cell[] = [
    ...(names ? [{ title: "alarm", text: (result: AlarmResult) => result.name }] : []),
    ...(labels
      ? [{ title: "of", tail: true as const, text: (result: AlarmResult) => result.label ?? "" }]
      : []),
    { title: "fired", right: true, text: tested(({ fired }) => extentText(fired)) },
    {
      title: "in ALARM",
      right: true,
      text: tested(({ fired, secondsInAlarm }) => (fired.most > 0 ? extentText(secondsInAlarm, span) : "-")),
    },
    {
      title: "flaps",
      right: true,
      text: tested(({ fired, flaps }) => (fired.most > 0 ? extentText(flaps) : "-")),
    },
    ...(spanned
      ? [
          {
            title: "first",
            text: tested(({ first }) => (first === undefined ? "-" : minute(first).slice(5))),
          },
          { title: "last", text: tested(({ last }) => (last === undefined ? "-" : minute(last).slice(5))) },
        ]
      : []),
    ...(scored ? [{ title: "found, right, after", text: tested(shortScore) }] : []),
  ];
  const rows = results.map((result) => cells.map(({ text }) => printable(text(result))));
  const widths = cells.map(({ title }, i) =>
    Math.max(title.length, ...rows.map((row) => displayWidth(row[i] ?? ""))),
  );
  const verdicts = 24;
  const used = (): number => widths.reduce((sum, width) => sum + width + 2, 2);
  for (let i = 0; i < 2 && used() + verdicts > options.width; i += 1) {
    if (cells[i]?.title !== "alarm" && cells[i]?.title !== "of") continue;
    widths[i] = Math.max(16, (widths[i] ?? 0) - (used() + verdicts - options.width));
  }
  const room = Math.max(verdicts, options.width - used());
  const line = (texts: readonly string[], last: string): string =>
    `  ${texts.map((text, i) => cellText(text, widths[i] ?? 0, cells[i])).join("  ")}  ${last}`.trimEnd();
  yield options.style.dim(
    line(
      cells.map(({ title }) => title),
      "verdict",
    ),
  );
  for (const [i, result] of results.entries()) {
    const paint = PAINT[kindOf(result)];
    const late = result.tested && result.tested.fired.most > 0 ? rangeDelayText(result.tested) : "";
    const told = [verdictText(result), late].filter((text) => text !== "").join(", ");
    const [first = "", ...more] = wrapped(printable(told), room);
    yield line(rows[i] ?? [], paint(options.style, first));
    for (const text of more) yield `${" ".repeat(used())}${paint(options.style, text)}`;
  }
}

function cellText(text: string, width: number, cell: Cell | undefined): string {
  if (cell?.right) return text.padStart(width);
  if (!cell?.tail || displayWidth(text) <= width) return fitTo(text, width);
  let kept = text;
  while (displayWidth(kept) > width - 1) kept = kept.slice(1);
  return fitTo(`…${kept}`, width);
}

const PAINT: Readonly<Record<Kind, (style: Style, text: string) => string>> = {
  noisy: (style, text) => style.yellow(text),
  stuck: (style, text) => style.yellow(text),
  cannotFire: (style, text) => style.red(text),
  untested: (style, text) => style.red(text),
  ok: (_, text) => text,
  quiet: (style, text) => style.dim(text),
};

function* summaryLines(
  { results, totals }: BacktestReport,
  { style }: BacktestViewOptions,
): Generator<string> {
  const { verdicts } = totals;
  const told: readonly (readonly [Kind, string])[] = [
    ["noisy", "noisy"],
    ["stuck", "in ALARM most of the time"],
    ["cannotFire", "cannot fire"],
    ["untested", "not tested"],
    ["ok", "ok"],
    ["quiet", "never fired"],
  ];
  const parts = told
    .filter(([kind]) => verdicts[kind] > 0)
    .map(([kind, word]) => `${verdicts[kind]} ${word}`);
  yield `fired ${extentText(totals.fired)} ${totals.fired.most === 1 ? "time" : "times"}: ${parts.join(", ")}`;
  if (totals.score) {
    const { incidents, found, alarms, right } = totals.score;
    const precision =
      alarms === 0
        ? "nothing fired"
        : `${Math.round((right / alarms) * 100)} % of the alarms were right (${right} of ${alarms})`;
    yield `${found} of ${plural(incidents, "incident")} found, ${precision}`;
  }
  const aligned = new Map<number, number>();
  const notes = new Map<string, number>();
  for (const { tested } of results) {
    if (!tested) continue;
    const { windows, step, notes: own } = tested.fidelity;
    if (windows === "aligned") aligned.set(step, (aligned.get(step) ?? 0) + 1);
    for (const note of own) notes.set(note, (notes.get(note) ?? 0) + 1);
  }
  for (const [step, alarms] of aligned)
    yield style.dim(
      `fidelity: aligned for ${plural(alarms, "alarm")}: points come every ${formatDuration(step)} only, what CloudWatch saw between them is not known`,
    );
  for (const [note, alarms] of notes) yield style.dim(`fidelity: ${plural(alarms, "alarm")}: ${note}`);
}

function* diagnosticLines(
  diagnostics: readonly Diagnostic[],
  { style }: BacktestViewOptions,
): Generator<string> {
  if (diagnostics.length === 0) return;
  yield "";
  const shown = [...diagnostics].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_DIAGNOSTICS);
  for (const diagnostic of shown) {
    const text = printable(formatDiagnostic(diagnostic));
    yield diagnostic.severity === "error" ? style.red(text) : style.yellow(text);
  }
  if (diagnostics.length > shown.length)
    yield `… and ${diagnostics.length - shown.length} more like these (--json has them all)`;
}

const rank = ({ severity }: Diagnostic): number => (severity === "error" ? 0 : 1);

/** Text broken at spaces. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
