import type { Diagnostic } from "../../support/diagnostic.ts";
import { readTime } from "./text-numbers.ts";

/** How a CSV file is laid out, found in its first lines. */
export interface CsvLayout {
  readonly separator: string;
  /** Columns counted from 0. */
  readonly timeColumn: number;
  readonly valueColumn: number;
  /** Whether the first line names the columns. */
  readonly heading: boolean;
  /** Whether numbers are written 1,5. */
  readonly decimalComma: boolean;
}

const SEPARATORS = ["\t", ";", "|", ","] as const;
const TIME_NAMES = /^(timestamps?|time|date|date[ _-]?time|ts|when|period[ _-]?start)( \(?utc\)?)?$/i;
const VALUE_NAMES = /^(values?|average|sum|minimum|maximum|samplecount|count|metric[ _-]?value|y)$/i;

/** The cells of a line; a cell in quotes may hold separators and doubled quotes. */
export function cellsOf(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator).map((cell) => cell.trim());
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i += 1) {
    const char = line[i] as string;
    if (char === '"') {
      if (quoted && line[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = !quoted;
    } else if (char === separator && !quoted) {
      cells.push(cell.trim());
      cell = "";
    } else cell += char;
  }
  cells.push(cell.trim());
  return cells;
}

/** Whether a line is to be passed over: empty, or a comment. */
export function isComment(line: string): boolean {
  const text = line.trimStart();
  return text === "" || text.startsWith("#") || text.startsWith("//");
}

/** Works out the layout from the first line that says something, and the one behind it. A diagnostic says why it can't be known. */
export function layoutOf(
  first: string,
  second: string | undefined,
  place: { readonly path: string; readonly line: number },
): CsvLayout | Diagnostic {
  const sample = second ?? first;
  const separator = SEPARATORS.find((each) => cellsOf(sample, each).length > 1);
  const problem = (code: string, message: string): Diagnostic => ({
    severity: "error",
    code,
    message,
    ...place,
    column: 1,
  });
  if (separator === undefined)
    return problem(
      "csv-columns",
      `is no table: a line holds a time and a value, as in 2026-01-05T12:00:00Z,42`,
    );
  const names = cellsOf(first, separator);
  const heading = names.every((cell) => readTime(cell) === undefined);
  if (heading && second === undefined) return problem("csv-empty", "has a heading and no points");
  const cells = cellsOf(sample, separator);
  const timeColumn = pick(
    heading ? names : [],
    TIME_NAMES,
    cells.findIndex((cell) => readTime(cell) !== undefined),
  );
  if (timeColumn < 0)
    return problem(
      "csv-time",
      `has no times that can be read, as in 2026-01-05T12:00:00Z, 2026-01-05 13:00 or 1767614400; the first line says ${JSON.stringify(sample.slice(0, 60))}`,
    );
  const others = cells.map((_, i) => i).filter((i) => i !== timeColumn);
  const valueColumn = pick(
    heading ? names : [],
    VALUE_NAMES,
    others.length === 1 ? (others[0] as number) : -1,
  );
  if (valueColumn < 0)
    return problem(
      "csv-value",
      `has ${cells.length} columns, and which of them holds the values isn't clear; call it "value" in the first line`,
    );
  const value = cells[valueColumn] ?? "";
  return {
    separator,
    timeColumn,
    valueColumn,
    heading,
    decimalComma: separator !== "," && /^[+-]?\d*,\d+$/.test(value),
  };
}

function pick(names: readonly string[], wanted: RegExp, otherwise: number): number {
  const named = names.findIndex((name) => wanted.test(name));
  return named >= 0 ? named : otherwise;
}

/** A value written as text; NaN where it says so or nothing is there, undefined where it is no number at all. */
export function readValueText(text: string, decimalComma: boolean): number | undefined {
  const plain = decimalComma ? text.replace(",", ".") : text;
  if (/^(|nan|null|none|n\/a|-)$/i.test(plain)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(plain)) return plain.startsWith("-") ? -Infinity : Infinity;
  const value = Number(plain);
  return Number.isNaN(value) ? undefined : value;
}
