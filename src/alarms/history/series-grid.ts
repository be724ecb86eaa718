import { PointGrid } from "../../engine/point-grid.ts";
import type { TimelineChunk } from "../../engine/timeline-grid.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import type { PointList } from "./point-list.ts";

/** Points of one metric, one a period from `start` on, NaN where missing. Times in epoch seconds. */
export interface DenseSeries {
  readonly start: number;
  readonly step: number;
  readonly chunk: TimelineChunk;
  /** Periods that have a point. */
  readonly points: number;
}

/** What is known of a list of points. */
export interface GridRequest {
  /** The file, for diagnostics. */
  readonly path: string;
  /** Seconds between points; found out when not given. */
  readonly period?: number | undefined;
  /** Only points within [from, to), epoch seconds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly now: number;
}

/** More slots than this for a point, and the times can't be meant: one of them is in another century. */
const MOST_SLOTS_A_POINT = 2000;
const FEWEST_SLOTS = 5_000_000;
/** A share of distances that small is an accident, a larger one a second period. */
const ACCIDENTS = 0.05;

/** Brings points in order, or says why that can't be. Nothing is left out without being counted, with the line of the first. */
export function gridOf(
  list: PointList,
  request: GridRequest,
): { readonly series: DenseSeries | undefined; readonly diagnostics: readonly Diagnostic[] } {
  const { path, now } = request;
  const found = new Findings(path, list);
  const { times, values, length } = list;
  const from = request.from ?? Number.NEGATIVE_INFINITY;
  const to = request.to ?? Number.POSITIVE_INFINITY;
  const period = request.period ?? nativePeriod(list);
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i += 1) {
    const time = times[i] as number;
    const value = values[i] as number;
    if (value - value !== 0) found.note(Number.isNaN(value) ? "nan" : "infinite", i);
    else if (time + period > now) found.note("future", i);
    else if (time >= from && time < to) {
      if (time < first) first = time;
      if (time > last) last = time;
      if (time < latest) found.note("unordered", i);
      else latest = time;
    } else found.note("outside", i);
  }
  if (last < first)
    return {
      series: undefined,
      diagnostics: [...found.diagnostics(), found.problem("no-points", "has no points to replay")],
    };
  const unit = Math.min(period, 60);
  const start = Math.floor(first / unit) * unit;
  const slots = Math.floor((last - start) / period) + 1;
  if (slots > Math.max(FEWEST_SLOTS, length * MOST_SLOTS_A_POINT)) {
    const message = `its points reach from ${iso(first)} to ${iso(last)}, too far apart for ${length} points of ${period} s; is a time wrong?`;
    return { series: undefined, diagnostics: [...found.diagnostics(), found.problem("too-long", message)] };
  }
  const grid = new PointGrid({ start, end: start + slots * period, step: period });
  for (let i = 0; i < length; i += 1) {
    const time = times[i] as number;
    const value = values[i] as number;
    if (value - value !== 0 || time + period > now || time < from || time >= to) continue;
    const before = grid.points;
    grid.add(time, value);
    if (grid.points === before) found.note("duplicate", i);
    if (period < 60 ? (time - start) % period !== 0 : (time - start) % period >= 60) found.note("offGrid", i);
  }
  if (request.period === undefined) mixedPeriods(list, period, found);
  return {
    series: { start, step: period, chunk: grid.chunk(), points: grid.points },
    diagnostics: found.diagnostics(),
  };
}

/**
 * The distance between points in their order, as a period CloudWatch knows: 1, 5, 10, 20, 30 or full minutes. Of several that are
 * more than accidents, the shortest. Default 60.
 */
export function nativePeriod({ times, length }: PointList): number {
  const counts = new Map<number, number>();
  let run = 0;
  let before = Number.NaN;
  const settle = (): void => {
    const period = knownPeriod(before);
    if (before > 0) counts.set(period, (counts.get(period) ?? 0) + run);
  };
  for (let i = 1; i < length; i += 1) {
    const distance = (times[i] as number) - (times[i - 1] as number);
    if (distance === before) run += 1;
    else {
      settle();
      before = distance;
      run = 1;
    }
  }
  settle();
  const total = [...counts.values()].reduce((a, b) => a + b, 0);
  const common = [...counts].filter(([, count]) => count >= total * ACCIDENTS).map(([period]) => period);
  return common.length === 0 ? 60 : Math.min(...common);
}

function knownPeriod(distance: number): number {
  if (distance >= 45) return Math.max(60, Math.round(distance / 60) * 60);
  return [1, 5, 10, 20, 30].reduce((near, each) =>
    Math.abs(each - distance) < Math.abs(near - distance) ? each : near,
  );
}

/** Says where points of another period begin: long gaps are no period, finer points and regular coarser ones are. */
function mixedPeriods({ times, length }: PointList, period: number, found: Findings): void {
  const other = new Map<number, { count: number; first: number }>();
  for (let i = 1; i < length; i += 1) {
    const distance = (times[i] as number) - (times[i - 1] as number);
    if (distance <= 0 || distance === period) continue;
    const known = knownPeriod(distance);
    if (known === period) continue;
    const seen = other.get(known);
    if (seen) seen.count += 1;
    else if (other.size < 1000) other.set(known, { count: 1, first: i });
  }
  for (const [distance, { count, first }] of other)
    if (count > length * ACCIDENTS && count > 3) found.mixed(first, count, distance, period);
}

const EXPLANATIONS = {
  nan: ["NaN or empty", "they count as missing"],
  infinite: ["infinite", "they count as missing"],
  future: ["in the future", "left out"],
  outside: ["outside the time asked for", "left out"],
  unordered: ["earlier than one before them", "they were sorted"],
  duplicate: ["in a period that had one", "the last counts"],
  offGrid: ["between two periods", "moved to the start of theirs"],
} as const;

type Finding = keyof typeof EXPLANATIONS;

/** Counts what was wrong with points, and remembers where each kind began. */
class Findings {
  readonly #path: string;
  readonly #list: PointList;
  readonly #found = new Map<Finding, { count: number; first: number }>();
  readonly #others: Diagnostic[] = [];

  constructor(path: string, list: PointList) {
    this.#path = path;
    this.#list = list;
  }

  note(what: Finding, index: number): void {
    const seen = this.#found.get(what);
    if (seen) seen.count += 1;
    else this.#found.set(what, { count: 1, first: index });
  }

  mixed(index: number, count: number, distance: number, period: number): void {
    this.#others.push(
      this.#at(
        index,
        "warning",
        "points-mixed-periods",
        `mixed periods: most points are ${period} s apart, ${count} are ${distance} s apart from here on; they are read as points of ${period} s (--period says otherwise)`,
      ),
    );
  }

  problem(code: string, message: string): Diagnostic {
    return { severity: "error", code, message, path: this.#path, line: 1, column: 1 };
  }

  diagnostics(): Diagnostic[] {
    const told = [...this.#found].map(([what, { count, first }]) => {
      const [which, consequence] = EXPLANATIONS[what];
      const message = `${count} ${count === 1 ? "point" : "points"} ${which}: ${consequence}`;
      const code = `points-${what.replace("G", "-g")}`;
      return this.#at(first, "warning", code, message);
    });
    return [...told, ...this.#others];
  }

  #at(index: number, severity: Diagnostic["severity"], code: string, message: string): Diagnostic {
    return { severity, code, message, path: this.#path, line: this.#list.lineOf(index), column: 1 };
  }
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
}
