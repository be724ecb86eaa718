import { WatchkeeperError } from "../support/errors.ts";

/** A text (alarm rule, metric math, statistic name) that can't be read. `offset` counts UTF-16 units from 0, line and column from 1. */
export class SourceError extends WatchkeeperError {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the place. */
  readonly problem: string;

  constructor(code: string, problem: string, text: string, offset: number) {
    const before = text.slice(0, offset).split("\n");
    const line = before.length;
    const column = (before.at(-1)?.length ?? 0) + 1;
    const place = line === 1 ? `column ${column}` : `line ${line}, column ${column}`;
    super(code, `${place}: ${problem}`);
    this.name = "SourceError";
    this.problem = problem;
    this.offset = offset;
    this.line = line;
    this.column = column;
  }
}
