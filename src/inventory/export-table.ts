import type { FactValue, Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import { RESOURCE_TYPE_NAMES, resourceType } from "./registry.ts";
import type { InventoryListing } from "./resource-type.ts";

/** What a cell holds. Lists are written with `, ` between. */
type Cell = string | number | boolean | undefined;

/** One row a resource. Columns that no resource has a value for are left out. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

const FIRST_COLUMNS = ["type", "name", "id", "account", "region", "state"] as const;

/** Resources as a table: who they are, their facts in the registry's order, their tags (`tag:Role`) by name, the ARN. */
export function inventoryTable(resources: readonly Resource[]): Table {
  const facts = factColumns(resources);
  const tags = [...new Set(resources.flatMap((resource) => Object.keys(resource.tags)))].sort();
  const columns = [...FIRST_COLUMNS, ...facts, ...tags.map((key) => `tag:${key}`), "arn"];
  const rows = resources.map((resource) => [
    ...FIRST_COLUMNS.map((column) => resource[column]),
    ...facts.map((fact) => cellOf(resource.facts[fact])),
    ...tags.map((key) => (Object.hasOwn(resource.tags, key) ? resource.tags[key] : undefined)),
    resource.arn,
  ]);
  return { columns, rows };
}

/** Facts that some resource has. A fact that repeats one of the first columns, a volume's state, isn't shown twice. */
function factColumns(resources: readonly Resource[]): readonly string[] {
  const used = new Set<string>();
  for (const { facts } of resources) {
    for (const fact in facts) if (facts[fact] !== undefined) used.add(fact);
  }
  const first = new Set<string>(FIRST_COLUMNS);
  const known = new Set(RESOURCE_TYPE_NAMES.flatMap((name) => Object.keys(resourceType(name)?.facts ?? {})));
  return [...known].filter((fact) => used.has(fact) && !first.has(fact));
}

function cellOf(value: FactValue | undefined): Cell {
  return typeof value === "object" ? value.join(", ") : value;
}

/** Texts that a spreadsheet would take for a formula when it opens a CSV file. */
const FORMULA = /^[=+\-@\t\r\n]/;

/**
 * The table as CSV (RFC 4180: CRLF, quotes doubled). A text that a spreadsheet would run as a formula gets a `'` in front;
 * numbers stay numbers, negative ones too. `bom`: begin with a byte-order mark, by which Excel recognises UTF-8.
 */
export function toCsv(table: Table, options: { readonly bom?: boolean } = {}): string {
  const lines = [table.columns, ...table.rows].map((row) => row.map(csvCell).join(","));
  return `${options.bom ? "\uFEFF" : ""}${lines.join("\r\n")}\r\n`;
}

function csvCell(cell: Cell): string {
  if (cell === undefined) return "";
  if (typeof cell !== "string") return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Characters that XML, and so a workbook, can't hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is meant
const NOT_IN_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** The table as an Excel workbook. Every text is typed as text, so that nothing in it runs as a formula. */
export async function toXlsx(table: Table): Promise<Uint8Array> {
  const { default: writeXlsxFile } = await import("write-excel-file/node");
  const header = table.columns.map((column) => ({ ...xlsxCell(column), fontWeight: "bold" as const }));
  const rows = table.rows.map((row) => row.map(xlsxCell));
  const widths = table.columns.map((column, i) => ({
    width: Math.min(
      60,
      Math.max(column.length, ...table.rows.slice(0, 200).map((row) => String(row[i] ?? "").length)) + 2,
    ),
  }));
  const sheet = { sheet: "inventory", columns: widths, stickyRowsCount: 1 };
  return writeXlsxFile([header, ...rows], sheet).toBuffer();
}

function xlsxCell(cell: Cell): XlsxCell {
  switch (typeof cell) {
    case "undefined":
      return {};
    case "number":
      return { value: cell, type: Number };
    case "boolean":
      return { value: cell, type: Boolean };
    case "string":
      return { value: cell.replace(NOT_IN_XML, ""), type: String };
  }
}

interface XlsxCell {
  readonly value?: string | number | boolean;
  readonly type?: StringConstructor | NumberConstructor | BooleanConstructor;
}

/** What `inventory --format json` prints, with the version of its form. */
interface InventoryDocument {
  readonly version: 1;
  /** Every listing was whole. */
  readonly complete: boolean;
  readonly scopes: readonly Scope[];
  readonly resources: readonly Resource[];
}

/** A listing as a JSON text. Facts that aren't known are absent. */
export function toJson(listing: InventoryListing): string {
  const { resources, scopes } = listing;
  const document: InventoryDocument = {
    version: 1,
    complete: scopes.every((scope) => scope.complete),
    scopes,
    resources,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
