import type { AlarmTestFileResult, AlarmTestResult } from "../../app/alarm-tests/run-alarm-tests.ts";
import type { TestProblem } from "../../app/alarm-tests/tested-alarm.ts";
import { formatDiagnostic } from "../../support/diagnostic.ts";
import { printable, type Style } from "../style.ts";
import { timelineLines } from "./timeline-view.ts";

/** Timelines drawn for one failed test; the alarms something is wrong with come first. */
const MOST_DRAWN = 4;

/** What is told of one test, or of a file that can't be read: one slip can lead to hundreds of complaints. */
const MOST_TOLD = 10;

/** One file's results, line by line: a line a test, and what there is to say about those that didn't pass. */
export function* fileLines(result: AlarmTestFileResult, style: Style, width: number): Generator<string> {
  yield style.bold(printable(result.file));
  for (const diagnostic of result.diagnostics.slice(0, MOST_TOLD))
    yield style.red(`  ${printable(formatDiagnostic(diagnostic))}`);
  if (result.diagnostics.length > MOST_TOLD)
    yield style.dim(`  … and ${result.diagnostics.length - MOST_TOLD} more (--json has them all)`);
  for (const each of result.tests) {
    const { test, status, milliseconds } = each;
    const time = style.dim(`${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`);
    const word =
      status === "passed" ? style.green("ok    ") : style.red(status === "failed" ? "FAIL  " : "BROKEN");
    yield `  ${word}  ${printable(test.name)}  ${time}`;
    if (status !== "passed") yield* failureLines(each, style, width);
  }
}

/** `2 files, 9 tests: 8 passed, 1 failed (38 ms)`. */
export function summaryLine(results: readonly AlarmTestFileResult[], style: Style): string {
  const tests = results.flatMap((result) => result.tests);
  const count = (status: AlarmTestResult["status"]): number =>
    tests.filter((test) => test.status === status).length;
  const unread = results.filter((result) =>
    result.diagnostics.some(({ severity }) => severity === "error"),
  ).length;
  const milliseconds = tests.reduce((sum, test) => sum + test.milliseconds, 0);
  const parts = [
    `${count("passed")} passed`,
    count("failed") > 0 ? `${count("failed")} failed` : "",
    count("broken") > 0 ? `${count("broken")} broken` : "",
    unread > 0 ? `${plural(unread, "file")} can't be read` : "",
  ].filter((part) => part !== "");
  const line = `${plural(results.length, "file")}, ${plural(tests.length, "test")}: ${parts.join(", ")}`;
  return `${parts.length > 1 ? style.red(line) : style.green(line)} ${style.dim(`(${Math.ceil(milliseconds)} ms)`)}`;
}

/** All results as `--json` prints them. */
export function alarmTestDocument(
  results: readonly AlarmTestFileResult[],
): Readonly<Record<string, unknown>> {
  const tests = results.flatMap((result) => result.tests);
  const count = (status: AlarmTestResult["status"]): number =>
    tests.filter((test) => test.status === status).length;
  return {
    version: 1,
    passed: count("passed"),
    failed: count("failed"),
    broken: count("broken"),
    files: results.map((result) => ({
      file: result.file,
      diagnostics: result.diagnostics,
      tests: result.tests.map(documented),
    })),
  };
}

function documented({ test, status, problems, played, milliseconds }: AlarmTestResult) {
  return {
    name: test.name,
    line: test.position.line,
    status,
    milliseconds: Math.round(milliseconds * 10) / 10,
    start: new Date(test.start * 1000).toISOString(),
    problems: problems.map(({ message, details, alarm, time, position }) => ({
      message,
      details,
      alarm,
      time,
      path: position.file,
      line: position.line,
      column: position.column,
    })),
    alarms: played?.alarms.map(({ alarm, before, transitions, actions, fidelity }) => ({
      alarm: alarm.key,
      name: alarm.name,
      before,
      transitions: transitions.map(({ time, from, to, reason }) => ({ time, from, to, reason })),
      actions,
      fidelity,
    })),
  };
}

function* failureLines(
  { test, problems, played }: AlarmTestResult,
  style: Style,
  width: number,
): Generator<string> {
  for (const problem of problems.slice(0, MOST_TOLD)) yield* problemLines(problem, style);
  if (problems.length > MOST_TOLD)
    yield style.dim(`    … and ${problems.length - MOST_TOLD} more (--json has them all)`);
  if (!played) return;
  const wrong = new Set(problems.map(({ alarm }) => alarm));
  const alarms = played.alarms.filter(({ alarm }) => wrong.has(alarm.key));
  for (const each of alarms.slice(0, MOST_DRAWN)) {
    yield "";
    yield* timelineLines(each, {
      start: test.start,
      seconds: played.seconds,
      band: Object.hasOwn(test.bands, each.alarm.key) ? test.bands[each.alarm.key] : undefined,
      marks: problems.flatMap(({ alarm, time }) =>
        alarm === each.alarm.key && time !== undefined ? [time] : [],
      ),
      width,
      style,
    });
  }
  if (alarms.length > MOST_DRAWN) yield style.dim(`  … and ${alarms.length - MOST_DRAWN} more alarms`);
  yield "";
}

function* problemLines({ message, details = [], position }: TestProblem, style: Style): Generator<string> {
  yield `    ${style.dim(`${position.file}:${position.line}:${position.column}`)}  ${style.red(printable(message))}`;
  for (const detail of details) yield `      ${printable(detail)}`;
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
