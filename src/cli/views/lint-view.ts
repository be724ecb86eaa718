import type { LintFinding } from "../../alarms/lint/lint-alarms.ts";
import { lintRule } from "../../alarms/lint/registry.ts";
import type { LintReport } from "../../app/lint-places.ts";
import { printable, type Style } from "../style.ts";
import { readCost } from "./call-cost.ts";

/** How much is told. */
export interface LintViewOptions {
  readonly style: Style;
  /** Findings listed before the rest is counted. */
  readonly most: number;
}

/** Alarms named under one finding. */
const NAMED = 3;

/** A report for people: each finding with its place, what to do, and the alarms it is about. */
export function* lintLines(report: LintReport, { style, most }: LintViewOptions): Generator<string> {
  const paint = { error: style.red, warning: style.yellow, info: style.dim };
  for (const finding of report.findings.slice(0, most)) {
    const { severity, rule, message, remedy } = finding;
    const place = placeOf(finding);
    yield `${paint[severity](severity)}  ${style.bold(rule)}${place === "" ? "" : `  ${printable(place)}`}`;
    yield `  ${printable(message)}`;
    yield `  ${style.dim("remedy:")} ${printable(remedy)}`;
    for (const note of admitted(finding)) yield style.dim(`  it says itself: ${printable(note)}`);
    if (report.places.length > 0) yield style.dim(`  ${printable(alarmsOf(finding))}`);
    yield "";
  }
  if (report.findings.length > most)
    yield style.dim(`… and ${report.findings.length - most} more findings (--all lists them)\n`);
  for (const note of report.notes) yield style.yellow(printable(note));
  yield summary(report, style);
}

/** `412 alarms judged by 31 rules: 3 errors, 5 warnings · 14 calls made ($0.00)`. */
function summary(report: LintReport, style: Style): string {
  const { alarms, rules, findings, ignored, calls, places } = report;
  const count = (severity: LintFinding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const parts = [
    count("error") > 0 ? style.red(plural(count("error"), "error")) : "",
    count("warning") > 0 ? style.yellow(plural(count("warning"), "warning")) : "",
    count("info") > 0 ? plural(count("info"), "remark") : "",
    ignored > 0 ? `${ignored} ignored` : "",
  ].filter((part) => part !== "");
  const made = Object.values(calls).reduce((a, b) => a + b, 0);
  const cost = places.length === 0 ? "" : ` · ${plural(made, "call")} made ($${readCost(calls).toFixed(2)})`;
  const found = parts.length === 0 ? style.green("nothing to complain of") : parts.join(", ");
  return `${plural(alarms, "alarm")} judged by ${plural(rules.length, "rule")}: ${found}${cost}`;
}

/** Those of a definition's own notes that speak of the same weakness. */
function admitted({ rule, notes }: LintFinding): readonly string[] {
  const { about } = lintRule(rule);
  const word = about === "noise" ? /^noisy:/ : about === "cannot fire" ? /^cannot fire:|period/i : undefined;
  return word ? notes.filter((note) => word.test(note)) : [];
}

function placeOf({ position, definition }: LintFinding): string {
  const place = position ? `${position.file}:${position.line}:${position.column}` : "";
  return [place, definition ?? ""].filter((part) => part !== "").join("  ");
}

function alarmsOf({ alarms }: LintFinding): string {
  const places = new Set(alarms.map(({ account, region }) => `${account} ${region}`));
  const names = alarms.slice(0, NAMED).map(({ name }) => name);
  const more = alarms.length > NAMED ? ` and ${alarms.length - NAMED} more` : "";
  const where = places.size === 1 ? [...places][0] : `${places.size} accounts and regions`;
  return `${names.join(", ")}${more} · ${where}`;
}

/** A report as `--json` prints it. `findings` is written item by item. */
export function lintDocument(report: LintReport): Readonly<Record<string, unknown>> {
  const { findings, alarms, ignored, rules, places, calls, notes, complete } = report;
  const count = (severity: LintFinding["severity"]): number =>
    findings.filter((finding) => finding.severity === severity).length;
  return {
    version: 1,
    complete,
    alarms,
    errors: count("error"),
    warnings: count("warning"),
    infos: count("info"),
    ignored,
    rules,
    places,
    calls: { made: calls },
    notes,
    findings: findings.values(),
  };
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;
