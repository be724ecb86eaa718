import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TimeZone } from "../../engine/time-zone.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { CsvPoints } from "./csv-points.ts";
import { readJsonPoints } from "./json-points.ts";
import type { MetricReference } from "./metric-reference.ts";
import { PointList } from "./point-list.ts";
import { type DenseSeries, gridOf } from "./series-grid.ts";

/** How files are read. Times in epoch seconds. */
export interface SeriesFileOptions {
  readonly cwd: string;
  /** Zone of times that name none. Default UTC. */
  readonly zone?: TimeZone | undefined;
  /** Seconds between points; found out when not given. */
  readonly period?: number | undefined;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly now: number;
}

/** One series out of a file. */
export interface FileSeries {
  /** The file as it was named, and the series' own name where a file has several. */
  readonly path: string;
  readonly name: string;
  readonly metric: Omit<MetricReference, "stat"> | undefined;
  /** Undefined when there is nothing to replay; the diagnostics say why. */
  readonly series: DenseSeries | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

const CHUNK = 1 << 18;

/** The files behind a list of files and folders, in the order of their names. @throws `no-data` for what isn't there. */
export function seriesFiles(paths: readonly string[], cwd: string): string[] {
  return paths.flatMap((path) => {
    const stat = statSync(resolve(cwd, path), { throwIfNoEntry: false });
    if (!stat) throw new WatchkeeperError("no-data", `${path}: there is no such file or folder`);
    if (!stat.isDirectory()) return [path];
    const found = filesIn(resolve(cwd, path)).map((file) => join(path, file));
    if (found.length === 0)
      throw new WatchkeeperError("no-data", `${path}: the folder holds no .csv, .tsv, .txt or .json file`);
    return found;
  });
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) => entry.isFile() && /\.(csv|tsv|txt|json)$/i.test(entry.name) && !entry.name.startsWith("."),
    )
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Reads files one after another, so that thousands of them take the memory of one. */
export class SeriesFileReader {
  readonly #options: SeriesFileOptions;
  readonly #points = new PointList();
  readonly #buffer = Buffer.allocUnsafe(CHUNK);

  constructor(options: SeriesFileOptions) {
    this.#options = options;
  }

  /** Every series of one file. A file that can't be read is one without a series. */
  *read(path: string): Generator<FileSeries> {
    if (/\.json$/i.test(path)) {
      yield* this.#readJson(path);
      return;
    }
    this.#points.clear();
    const csv = new CsvPoints(this.#points, { path, zone: this.#options.zone });
    const failed = this.#eachChunk(path, (bytes) => csv.push(bytes));
    const diagnostics = failed ? [failed] : csv.finish();
    yield this.#seriesOf(
      { path, name: path, metric: undefined, period: undefined, points: this.#points },
      diagnostics,
    );
  }

  *#readJson(path: string): Generator<FileSeries> {
    let text: string;
    try {
      text = readFileSync(resolve(this.#options.cwd, path), "utf8").replace(/^\ufeff/, "");
    } catch (error) {
      yield {
        path,
        name: path,
        metric: undefined,
        series: undefined,
        diagnostics: [unreadable(path, error)],
      };
      return;
    }
    const { series, diagnostics } = readJsonPoints(text, path, this.#options.zone);
    if (series.length === 0) {
      yield { path, name: path, metric: undefined, series: undefined, diagnostics };
      return;
    }
    for (const [i, each] of series.entries()) {
      const own = each.name ?? (series.length === 1 ? undefined : String(i + 1));
      const name = own === undefined ? path : `${path} ${own}`;
      yield this.#seriesOf({ ...each, path, name }, i === 0 ? diagnostics : []);
    }
  }

  #seriesOf(
    found: {
      readonly path: string;
      readonly name: string;
      readonly metric: FileSeries["metric"];
      readonly period: number | undefined;
      readonly points: PointList;
    },
    before: readonly Diagnostic[],
  ): FileSeries {
    const { path, name, metric, points } = found;
    const { period = found.period, from, to, now } = this.#options;
    if (before.some(({ severity }) => severity === "error"))
      return { path, name, metric, series: undefined, diagnostics: before };
    const { series, diagnostics } = gridOf(points, { path, period, from, to, now });
    return { path, name, metric, series, diagnostics: [...before, ...diagnostics] };
  }

  #eachChunk(path: string, take: (bytes: Uint8Array) => void): Diagnostic | undefined {
    let file: number | undefined;
    try {
      file = openSync(resolve(this.#options.cwd, path), "r");
      for (;;) {
        const count = readSync(file, this.#buffer, 0, CHUNK, null);
        if (count === 0) return undefined;
        take(this.#buffer.subarray(0, count));
      }
    } catch (error) {
      return unreadable(path, error);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }
}

function unreadable(path: string, error: unknown): Diagnostic {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return { severity: "error", code: "no-data", message: `can't be read: ${code}`, path, line: 1, column: 1 };
}
