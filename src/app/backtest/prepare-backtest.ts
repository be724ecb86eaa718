import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Incidents, readIncidents } from "../../alarms/history/incidents.ts";
import type { ReadingCost } from "../../alarms/history/metric-data.ts";
import { seriesFiles } from "../../alarms/history/series-files.ts";
import type { Context } from "../../support/context.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { isWatchkeeperError, messageOf, WatchkeeperError } from "../../support/errors.ts";
import { type OpenConnection, openConnection, type Reach } from "../open-connection.ts";
import { InvalidConfiguration } from "../read-configuration.ts";
import type { BacktestObserver } from "./backtest-observer.ts";
import type { BacktestRequest } from "./backtest-request.ts";
import type { BacktestReport } from "./backtest-result.ts";
import { CloudWatchHistory, type HistoryRange } from "./cloudwatch-history.ts";
import { replayFiles } from "./file-history.ts";
import { alarmsOfFile, existingAlarms, onlyNamed, plannedAlarms } from "./find-alarms.ts";
import { type OpenSubject, openSubjects } from "./open-subjects.ts";
import { type PreparedPlace, replayPlaces } from "./replay-places.ts";
import type { TestedAlarm } from "./tested-alarm.ts";

/** What is told before anything that costs is called. Times in epoch seconds. */
export interface BacktestAnnouncement {
  /** Alarms that will be told of. */
  readonly alarms: number;
  readonly places: readonly {
    readonly account: string;
    readonly accountName: string;
    readonly region: string;
  }[];
  readonly files: number;
  /** Undefined for files alone: they say their time themselves. */
  readonly range: HistoryRange | undefined;
  readonly cost: ReadingCost;
  /** Alarms that are replayed for a shorter time, since CloudWatch keeps their points no longer. */
  readonly shortened: readonly { readonly name: string; readonly period: number; readonly start: number }[];
  /** Alarms of which nothing is kept any more. */
  readonly expired: number;
}

/** A backtest about to begin. */
export interface PreparedBacktest {
  readonly announcement: BacktestAnnouncement;
  run(observer: BacktestObserver): Promise<BacktestReport>;
  close(): void;
}

const DAY = 86_400;
/** Points come late: the newest minutes would look like gaps. */
const LAG = 300;
const DEFAULT_DAYS = 14;

/** Finds the alarms and works out what their histories cost; reads none of it yet. */
export async function prepareBacktest(
  request: BacktestRequest,
  reach: Reach,
  context: Context,
): Promise<PreparedBacktest> {
  const now = Math.floor(context.clock.now().getTime() / 1000);
  const { incidents, warnings: wrong } = incidentsOf(request);
  const about = (name: string, file?: string) => incidents?.about(name, file);
  if (request.source.kind === "file" && request.files) {
    const alarms = onlyNamed(alarmsIn(request.source.path, request.cwd), request.names);
    return preparedFiles(request, alarms, { now, about, warnings: wrong, context });
  }
  const open = await openConnection(request.accounts, reach, context);
  try {
    const { found, problems } = await alarmsEverywhere(open, request, context);
    context.signal.throwIfAborted();
    const warnings = [...problems, ...wrong];
    const total = found.flat().filter(({ dependency }) => !dependency).length;
    if (total === 0) throw nothingFound(request);
    if (request.files) {
      const prepared = preparedFiles(request, found.flat(), { now, about, warnings, context });
      return { ...prepared, close: () => open.connection.close() };
    }
    return preparedPlaces(request, open, found, { now, about, warnings, context });
  } catch (error) {
    open.connection.close();
    throw error;
  }
}

interface Around {
  readonly now: number;
  readonly about: (name: string, file?: string) => ReturnType<Incidents["about"]>;
  readonly warnings: readonly Diagnostic[];
  readonly context: Context;
}

function preparedFiles(
  request: BacktestRequest,
  alarms: readonly TestedAlarm[],
  around: Around,
): PreparedBacktest {
  const { files } = request;
  if (!files) throw new TypeError("no files were given");
  const listed = seriesFiles(files.paths, request.cwd);
  const cost = { metrics: 0, calls: 0, dollars: 0 };
  return {
    announcement: {
      alarms: alarms.filter(({ dependency }) => !dependency).length,
      places: [],
      files: listed.length,
      range: undefined,
      cost,
      shortened: [],
      expired: 0,
    },
    run: (observer) => replayFiles({ ...request, files }, listed, alarms, around, observer),
    close: () => undefined,
  };
}

function preparedPlaces(
  request: BacktestRequest,
  { places, connection }: OpenConnection,
  found: readonly (readonly TestedAlarm[])[],
  around: Around,
): PreparedBacktest {
  const range = rangeOf(request, around.now);
  const prepared = places.map(({ session }, i): PreparedPlace => {
    const alarms = found[i] ?? [];
    const { open, refused } = openSubjects(alarms);
    return {
      place: { account: session.account, region: session.region },
      alarms,
      refused,
      history: new CloudWatchHistory(session, bySeries(open), range),
    };
  });
  const costs = prepared.map(({ history }) => history.cost);
  const sum = (pick: (cost: ReadingCost) => number): number =>
    costs.reduce((all, cost) => all + pick(cost), 0);
  return {
    announcement: {
      alarms: found.flat().filter(({ dependency }) => !dependency).length,
      places: places.map(({ session: { account, accountName, region } }) => ({
        account,
        accountName,
        region,
      })),
      files: 0,
      range,
      cost: { metrics: sum((c) => c.metrics), calls: sum((c) => c.calls), dollars: sum((c) => c.dollars) },
      shortened: prepared.flatMap(({ history }) => history.shortened),
      expired: prepared.reduce((all, { history }) => all + history.expired.length, 0),
    },
    run: (observer) => replayPlaces(request, prepared, around, observer),
    close: () => connection.close(),
  };
}

/** Alarms on the same metric beside each other, so that its points are dropped soon. */
function bySeries(subjects: readonly OpenSubject[]): readonly OpenSubject[] {
  const keyOf = ({ subject }: OpenSubject): string => {
    const [first] = subject.metrics.values();
    return first
      ? `${first.namespace} ${first.metricName} ${JSON.stringify(first.dimensions)} ${first.stat}`
      : "";
  };
  return subjects
    .map((subject) => ({ subject, key: keyOf(subject) }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ subject }) => subject);
}

/** The alarms of every place. One that can't be read is told and doesn't hold up the others; when none can, its error is thrown. */
async function alarmsEverywhere(
  { places, unreachable }: OpenConnection,
  request: BacktestRequest,
  context: Context,
): Promise<{
  readonly found: readonly (readonly TestedAlarm[])[];
  readonly problems: readonly Diagnostic[];
}> {
  const settled = await Promise.allSettled(places.map(({ session }) => alarmsAt(session, request, context)));
  const problem = (where: string, error: unknown): Diagnostic => ({
    severity: "error",
    code: "place-unreadable",
    message: `${where} could not be read, so its alarms are not replayed: ${messageOf(error)}`,
  });
  const problems = unreachable.map(({ config, error }) =>
    problem(`account ${config.name ?? config.roleArn ?? config.profile ?? "default"}`, error),
  );
  const found = settled.map((outcome, i) => {
    if (outcome.status === "fulfilled") return outcome.value;
    const { reason } = outcome;
    const passable = isWatchkeeperError(reason) && reason.source === "aws" && reason.code !== "Aborted";
    if (!passable || settled.every(({ status }) => status === "rejected")) throw reason;
    const { session } = places[i] as OpenConnection["places"][number];
    problems.push(problem(`${session.accountName} ${session.region}`, reason));
    return [];
  });
  return { found, problems };
}

async function alarmsAt(
  session: Parameters<typeof existingAlarms>[0],
  request: BacktestRequest,
  context: Context,
): Promise<readonly TestedAlarm[]> {
  const { source } = request;
  const all =
    source.kind === "plan"
      ? await plannedAlarms(session, source.configuration, context)
      : source.kind === "existing"
        ? await existingAlarms(session)
        : alarmsIn(source.path, request.cwd);
  return onlyNamed(all, request.names);
}

function alarmsIn(path: string, cwd: string): readonly TestedAlarm[] {
  return alarmsOfFile(bytesOf(path, cwd), path);
}

function incidentsOf({ incidents: path, cwd }: BacktestRequest): {
  readonly incidents: Incidents | undefined;
  readonly warnings: readonly Diagnostic[];
} {
  if (path === undefined) return { incidents: undefined, warnings: [] };
  const { incidents, diagnostics } = readIncidents(bytesOf(path, cwd), path);
  if (!incidents) throw new InvalidConfiguration(diagnostics);
  return { incidents, warnings: diagnostics };
}

function bytesOf(path: string, cwd: string): Uint8Array {
  try {
    return readFileSync(resolve(cwd, path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new WatchkeeperError(
      "no-file",
      `${path} can't be read: ${code === "ENOENT" ? "there is no such file" : code}`,
      {
        cause: error,
      },
    );
  }
}

function nothingFound({ names, source }: BacktestRequest): WatchkeeperError {
  const which = names.length > 0 ? ` named ${names.join(", ")}` : "";
  return new WatchkeeperError("no-alarms", `there are no alarms${which} to replay`, {
    remedy:
      source.kind === "plan"
        ? "`watchkeeper plan` shows what the configuration asks for, and --existing replays what stands in the account"
        : "`watchkeeper backtest` without --existing replays what the configuration asks for",
  });
}

/** The time to replay: full minutes, in the past. */
function rangeOf({ from, to }: BacktestRequest, now: number): HistoryRange {
  const latest = Math.floor((now - LAG) / 60) * 60;
  const end = Math.min(latest, to === undefined ? latest : Math.floor(to / 60) * 60);
  const start = Math.floor((from ?? end - DEFAULT_DAYS * DAY) / 60) * 60;
  if (start >= end)
    throw new WatchkeeperError(
      "empty-range",
      `there is no time between ${new Date(start * 1000).toISOString()} and ${new Date(end * 1000).toISOString()} to replay`,
      { remedy: "--from must lie before --to, and in the past" },
    );
  return { start, end, now };
}
