import { displayWidth, fitTo, printable } from "./style.ts";

/** One column of a table for people. */
export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** Never cut below this many columns. */
  readonly minimum?: number;
}

/** Rows as aligned text with a heading, cut to `width` columns: the widest columns give way first. Every line ends with a newline. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const cells = [columns.map((column) => column.title), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((column, i) =>
    Math.max(column.minimum ?? 0, ...cells.map((row) => displayWidth(row[i] ?? ""))),
  );
  const gap = 2;
  const total = (): number => widths.reduce((sum, each) => sum + each + gap, -gap);
  while (total() > width) {
    const widest = Math.max(...widths);
    const at = widths.indexOf(widest);
    if (widest <= Math.max(8, columns[at]?.minimum ?? 0)) break;
    widths[at] = Math.max(8, columns[at]?.minimum ?? 0, widest - Math.max(1, Math.min(total() - width, 4)));
  }
  return cells
    .map((row) =>
      columns
        .map((column, i) => {
          const text = fitTo(row[i] ?? "", widths[i] ?? 0);
          return column.align === "right" ? text.trimEnd().padStart(widths[i] ?? 0) : text;
        })
        .join(" ".repeat(gap))
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
