import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { AlarmSource, BacktestRequest, FileHistory } from "../../app/backtest/backtest-request.ts";
import type { PreparedBacktest } from "../../app/backtest/prepare-backtest.ts";
import { parseDuration } from "../../model/duration.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, withAws } from "../options.ts";
import { Progress } from "../progress.ts";
import { styleOf } from "../style.ts";

interface BacktestOptions extends AwsOptions, CommonOptions {
  readonly existing?: boolean;
  readonly alarm?: string;
  readonly name?: readonly string[];
  readonly data?: readonly string[];
  readonly metric?: string;
  readonly dimensions?: readonly string[];
  readonly period?: number;
  readonly timeZone?: string;
  readonly days?: number;
  readonly from?: number;
  readonly to?: number;
  readonly incidents?: string;
  readonly delay?: number;
  readonly html?: string;
  readonly maxPrice: number;
  readonly yes?: boolean;
  readonly all?: boolean;
}

/** Alarms listed when not all are asked for. */
const MOST_LISTED = 60;
const DAY = 86_400;

/** `watchkeeper backtest`: what alarms would have done. Reads only. */
export function registerBacktest({ program, io, finish }: CommandHost): void {
  const command = program
    .command("backtest")
    .description("replay history through alarms: how often they would have fired, and which never can")
    .option("--existing", "the alarms that stand in the account, ours or not, in place of the plan's")
    .option("--alarm <file>", "alarms written in a file, in place of the plan's (docs/backtest.md)")
    .option("--name <pattern...>", "only alarms of these names; * and ? stand for any characters")
    .option("--data <path...>", "history in CSV or JSON files or folders, in place of CloudWatch's")
    .option("--metric <namespace/name>", "what the files are a history of")
    .option("--dimensions <name=value...>", "the metric's dimensions")
    .option("--period <duration>", "between two points of the files; found out when left out", duration)
    .option("--time-zone <zone>", "of times in the files that name none; UTC when left out")
    .option("--days <n>", "how many days back; 14 when left out", days)
    .option("--from <time>", "replay from here on, as in 2026-01-05 or 2026-01-05T12:00:00Z", moment)
    .option("--to <time>", "replay up to here", moment)
    .option(
      "--incidents <file>",
      "labelled incidents: says which were found, and how late (docs/backtest.md)",
    )
    .option("--delay <duration>", "how late points can be read; 0 when left out", duration)
    .option("--html <file>", "write a page with a chart of every alarm")
    .option("--max-price <dollars>", "ask before history costs more than this", price, 1)
    .option("-y, --yes", "don't ask, whatever it costs")
    .option("--all", "list every alarm of a long backtest");
  withAws(command).action(async (options: BacktestOptions) => {
    const context = await contextFor(io, options);
    const { prepareBacktest } = await import("../../app/backtest/prepare-backtest.ts");
    const started = context.clock.now().getTime();
    const request = await requestFrom(options, io, started / 1000);
    const prepared = await prepareBacktest(request, reachFrom(io, options), context);
    try {
      await announce(prepared, options, io);
      const elapsed = (): number => (context.clock.now().getTime() - started) / 1000;
      finish(await runAndTell(prepared, options, io, elapsed));
    } finally {
      prepared.close();
    }
  });
}

async function announce({ announcement }: PreparedBacktest, options: BacktestOptions, io: Io): Promise<void> {
  const { announcementLines } = await import("../views/backtest-view.ts");
  const { dollars } = await import("../views/backtest-words.ts");
  for (const line of announcementLines(announcement)) await io.stderr.write(`${line}\n`);
  const { dollars: cost } = announcement.cost;
  if (cost <= options.maxPrice || options.yes) return;
  const question = `Reading it costs ${dollars(cost)}, more than ${dollars(options.maxPrice)} (--max-price). Go on? [y/N] `;
  if (!io.interactive)
    throw new WatchkeeperError(
      "over-max-price",
      `reading this history costs ${dollars(cost)}, more than ${dollars(options.maxPrice)}, so nothing was read`,
      {
        remedy: `--max-price ${Math.ceil(cost)} allows it, --name and --days make it less, --yes doesn't ask`,
      },
    );
  if (!/^y(es)?$/i.test((await io.ask(question)).trim()))
    throw new WatchkeeperError("declined", "nothing was read");
}

async function runAndTell(
  prepared: PreparedBacktest,
  options: BacktestOptions,
  io: Io,
  elapsed: () => number,
): Promise<ExitCode> {
  const { announcement } = prepared;
  const { BacktestPage } = await import("../views/backtest-page.ts");
  const page =
    options.html === undefined ? undefined : new BacktestPage(resolve(io.cwd, options.html), options.html);
  const total =
    announcement.alarms * (announcement.files > 0 && options.metric === undefined ? announcement.files : 1);
  const progress = new Progress(io, "alarms", total, () => elapsed() * 1000);
  try {
    const report = await prepared.run({
      done: async (result, chart) => {
        progress.step();
        await page?.add(result, chart);
      },
    });
    await progress.end();
    const { headingOf, backtestLines } = await import("../views/backtest-view.ts");
    const heading = headingOf(report, announcement, elapsed());
    await page?.finish(report, heading);
    if (options.json) {
      const { backtestDocument } = await import("../views/backtest-json.ts");
      const { writeJson } = await import("../views/json.ts");
      await writeJson(io.stdout, backtestDocument(report, announcement));
    } else {
      const lines = backtestLines(report, heading, {
        width: io.stdout.isTerminal ? Math.min(io.stdout.columns, 120) : 120,
        style: styleOf(io.stdout, io.env),
        most: options.all ? Number.POSITIVE_INFINITY : MOST_LISTED,
      });
      for (const line of lines) await io.stdout.write(`${line}\n`);
      if (options.html !== undefined) await io.stdout.write(`charts: ${options.html}\n`);
    }
    const { isComplete } = await import("../../app/backtest/backtest-result.ts");
    return isComplete(report) ? 0 : 1;
  } catch (error) {
    await progress.end();
    await page?.discard();
    throw error;
  }
}

async function requestFrom(options: BacktestOptions, io: Io, now: number): Promise<BacktestRequest> {
  if (options.existing && options.alarm !== undefined)
    throw new WatchkeeperError(
      "usage",
      "--existing and --alarm don't go together: one says which alarms are replayed",
    );
  if (options.days !== undefined && options.from !== undefined)
    throw new WatchkeeperError("usage", "--days and --from don't go together: both say where to begin");
  const files = filesFrom(options);
  const to = options.to;
  const from = options.from ?? (options.days === undefined ? undefined : (to ?? now) - options.days * DAY);
  const { source, accounts } = await sourceFrom(options, io);
  return {
    source,
    accounts,
    cwd: io.cwd,
    names: options.name ?? [],
    files,
    from,
    to,
    incidents: options.incidents,
    delay: options.delay ?? 0,
    charts: options.html !== undefined,
  };
}

function filesFrom(options: BacktestOptions): FileHistory | undefined {
  const { data, metric, dimensions, period, timeZone } = options;
  if (data === undefined) {
    const needless = {
      "--metric": metric,
      "--dimensions": dimensions,
      "--period": period,
      "--time-zone": timeZone,
    };
    const given = Object.entries(needless).find(([, value]) => value !== undefined);
    if (given) throw new WatchkeeperError("usage", `${given[0]} is about files: --data names them`);
    return undefined;
  }
  if (metric === undefined && dimensions !== undefined)
    throw new WatchkeeperError("usage", "--dimensions are those of a metric: --metric names it");
  return {
    paths: data,
    period,
    timeZone,
    ...(metric === undefined ? {} : { metric: metricFrom(metric, dimensions) }),
  };
}

function metricFrom(text: string, dimensions: readonly string[] = []): NonNullable<FileHistory["metric"]> {
  const at = text.lastIndexOf("/");
  if (at < 1 || at === text.length - 1)
    throw new WatchkeeperError(
      "usage",
      `--metric ${text}: give namespace and name, as in AWS/EC2/CPUUtilization`,
    );
  const pairs = dimensions
    .flatMap((each) => each.split(","))
    .map((pair) => {
      const equals = pair.indexOf("=");
      if (equals < 1)
        throw new WatchkeeperError("usage", `--dimensions ${pair}: give them as InstanceId=i-0123`);
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    });
  return {
    namespace: text.slice(0, at),
    metricName: text.slice(at + 1),
    dimensions: Object.fromEntries(pairs),
  };
}

/** The configuration is needed for its alarms only; otherwise it says which accounts are meant, where there is one. */
async function sourceFrom(
  options: BacktestOptions,
  io: Io,
): Promise<{ readonly source: AlarmSource; readonly accounts: BacktestRequest["accounts"] }> {
  const own = options.existing || options.alarm !== undefined;
  const absent = options.config === "watchkeeper.yaml" && !existsSync(resolve(io.cwd, options.config));
  const source: AlarmSource | undefined =
    options.alarm !== undefined
      ? { kind: "file", path: options.alarm }
      : options.existing
        ? { kind: "existing" }
        : undefined;
  if (source && own && (absent || (options.alarm !== undefined && options.data !== undefined)))
    return { source, accounts: { accounts: [], regions: options.region ?? [], expectAccounts: [] } };
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  const { configuration } = readConfiguration(options.config, io.cwd);
  return { source: source ?? { kind: "plan", configuration }, accounts: configuration };
}

function duration(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined) throw new InvalidArgumentError("Give a duration, as in 60, 90s, 5m, 1h.");
  return seconds;
}

function days(text: string): number {
  const number = Number(text);
  if (!(number > 0) || number > 455) throw new InvalidArgumentError("Give a number of days up to 455.");
  return number;
}

function price(text: string): number {
  const number = Number(text.replace(/^\$/, ""));
  if (!(number >= 0)) throw new InvalidArgumentError("Give a number of dollars, as in 0.50.");
  return number;
}

function moment(text: string): number {
  const time = Date.parse(
    /[zZ]|[+-]\d\d:?\d\d$/.test(text) || /^\d{4}-\d\d-\d\d$/.test(text) ? text : `${text}Z`,
  );
  if (Number.isNaN(time))
    throw new InvalidArgumentError("Give a time, as in 2026-01-05 or 2026-01-05T12:00:00Z.");
  return time / 1000;
}
