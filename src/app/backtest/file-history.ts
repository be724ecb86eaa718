import { metricKeyOf, sorted } from "../../alarms/history/metric-reference.ts";
import { type FileSeries, SeriesFileReader } from "../../alarms/history/series-files.ts";
import type { DenseSeries } from "../../alarms/history/series-grid.ts";
import type { TimeSpan } from "../../engine/backtest-labels.ts";
import { parseTimeZone } from "../../engine/time-zone.ts";
import type { Context } from "../../support/context.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import type { BacktestObserver } from "./backtest-observer.ts";
import type { BacktestRequest, FileHistory } from "./backtest-request.ts";
import { type AlarmResult, type BacktestReport, totalsOf } from "./backtest-result.ts";
import { replayComposites } from "./composites.ts";
import { type OpenSubject, openSubjects, resultOf } from "./open-subjects.ts";
import { notReplayed, type Replay, replay } from "./replay.ts";
import type { TestedAlarm } from "./tested-alarm.ts";

/** Files are read in between; the process must hear a Ctrl-C. */
const FILES_A_TURN = 50;

/**
 * Replays alarms on histories out of files. A file that says what it is a history of goes to the alarms that read that metric; one
 * that doesn't goes to every alarm of one metric. Alarms for which no file is given are counted, not told one by one.
 */
export async function replayFiles(
  request: BacktestRequest & { readonly files: FileHistory },
  paths: readonly string[],
  alarms: readonly TestedAlarm[],
  around: {
    readonly now: number;
    readonly about: (name: string, file?: string) => readonly TimeSpan[] | undefined;
    readonly warnings: readonly Diagnostic[];
    readonly context: Context;
  },
  observer: BacktestObserver,
): Promise<BacktestReport> {
  const { files } = request;
  const { context } = around;
  const { open, refused } = openSubjects(alarms);
  const results: AlarmResult[] = [];
  const diagnostics: Diagnostic[] = [...around.warnings];
  const children = new Map<string, Replay>();
  const settle = async (subject: TestedAlarm, done: Replay, file: string | undefined): Promise<void> => {
    if (file === undefined) children.set(subject.name, done);
    if (subject.dependency) return;
    const result = resultOf(subject, done, undefined, file ?? subject.label);
    results.push(result);
    await observer.done(result, done.chart);
  };
  for (const { subject, replay: done } of refused) await settle(subject, done, undefined);

  const shared = { delay: request.delay, chart: request.charts };
  const matching = new Matching(open);
  const reader = new SeriesFileReader({
    cwd: request.cwd,
    zone: zoneOf(files.timeZone),
    period: files.period,
    from: request.from,
    to: request.to,
    now: around.now,
  });
  const given = files.metric && {
    ...files.metric,
    dimensions: sorted(Object.entries(files.metric.dimensions).map(([name, value]) => ({ name, value }))),
  };
  const short = shortNames(paths);
  let nameless = 0;
  for (const [i, path] of paths.entries()) {
    if (i % FILES_A_TURN === FILES_A_TURN - 1) await new Promise((resolve) => setImmediate(resolve));
    context.signal.throwIfAborted();
    for (const each of reader.read(path)) {
      diagnostics.push(...each.diagnostics);
      const metric = each.metric ?? given;
      if (metric) {
        matching.give(metricKeyOf(metric), each);
        continue;
      }
      nameless += 1;
      for (const subject of open) {
        const done = each.series
          ? onlyMetric(subject, each.series, around.about(subject.subject.name, path), shared)
          : notReplayed(
              each.diagnostics.at(-1)?.code ?? "no-points",
              each.diagnostics.at(-1)?.message ?? "no points",
            );
        await settle(subject.subject, done, short(each.name));
      }
    }
  }
  for (const { subject, series } of matching.complete())
    await settle(
      subject.subject,
      replay({ ...subject, ...shared, series, incidents: around.about(subject.subject.name) }),
      undefined,
    );
  const composites = alarms.filter((alarm) => alarm.kind === "composite");
  for (const { subject, replay: done } of replayComposites(composites, children, {
    incidents: around.about,
    chart: request.charts,
  }))
    await settle(subject, done, undefined);
  if (matching.given > 0) diagnostics.push(...matching.unmatched());
  if (nameless === 0 && matching.given === 0)
    throw new WatchkeeperError("no-data", "the files hold no series");
  return { results, totals: totalsOf(results), diagnostics };
}

function onlyMetric(
  { subject, opened }: OpenSubject,
  series: DenseSeries,
  incidents: readonly TimeSpan[] | undefined,
  shared: { readonly delay: number; readonly chart: boolean },
): Replay {
  const [only, ...others] = opened.plan.metrics;
  if (!only || others.length > 0)
    return notReplayed(
      "several-metrics",
      `it reads ${others.length + 1} metrics; give their histories in a JSON file that names each metric`,
    );
  return replay({ subject, opened, series: new Map([[only.id, series]]), incidents, ...shared });
}

function zoneOf(name: string | undefined) {
  if (name === undefined) return undefined;
  const zone = parseTimeZone(name);
  if (zone) return zone.name === "UTC" ? undefined : zone;
  throw new WatchkeeperError("unknown-zone", `"${name}" is no time zone`, {
    remedy: "give one as Europe/Berlin or +02:00",
  });
}

/** Brings histories that name their metric together with the alarms that read it. */
class Matching {
  given = 0;
  readonly #open: readonly OpenSubject[];
  readonly #series = new Map<string, DenseSeries>();
  readonly #names = new Map<string, string>();
  readonly #used = new Set<string>();
  #left = 0;

  constructor(open: readonly OpenSubject[]) {
    this.#open = open;
  }

  give(key: string, { series, path, name }: FileSeries): void {
    this.given += 1;
    if (!series) return;
    if (this.#series.has(key))
      throw new WatchkeeperError(
        "metric-twice",
        `${name} is a history of a metric that ${this.#names.get(key)} is one of`,
        {
          remedy: "give each metric's history once, or name the metric in the files (JSON)",
        },
      );
    this.#series.set(key, series);
    this.#names.set(key, path);
  }

  *complete(): Generator<{
    readonly subject: OpenSubject;
    readonly series: ReadonlyMap<string, DenseSeries>;
  }> {
    for (const open of this.#open) {
      const found = new Map<string, DenseSeries>();
      for (const { id } of open.opened.plan.metrics) {
        const metric = open.subject.metrics.get(id);
        const key = metric && metricKeyOf(metric);
        const series = key === undefined ? undefined : this.#series.get(key);
        if (!series || key === undefined) continue;
        this.#used.add(key);
        found.set(id, series);
      }
      if (found.size === open.opened.plan.metrics.length && found.size > 0)
        yield { subject: open, series: found };
      else this.#left += 1;
    }
  }

  unmatched(): Diagnostic[] {
    const unused = [...this.#series.keys()].filter((key) => !this.#used.has(key));
    const warning = (code: string, message: string): Diagnostic => ({ severity: "warning", code, message });
    return [
      ...(this.#left > 0
        ? [
            warning(
              "alarms-without-history",
              `${this.#left} alarms read other metrics than the files hold; they were not replayed`,
            ),
          ]
        : []),
      ...unused.map((key) =>
        warning(
          "history-unused",
          `no alarm reads the metric of ${this.#names.get(key)}; are namespace, name and all dimensions exact?`,
        ),
      ),
    ];
  }
}

/** Names without the folder that all files are in. */
function shortNames(paths: readonly string[]): (name: string) => string {
  const [first = "", ...others] = paths.map((path) => path.replaceAll("\\", "/"));
  let shared = first.slice(0, first.lastIndexOf("/") + 1);
  for (const other of others)
    while (!other.startsWith(shared))
      shared = shared.slice(0, shared.lastIndexOf("/", shared.length - 2) + 1);
  return (name) => name.slice(shared.length);
}
