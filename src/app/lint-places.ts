import { metricsOf, readSeries, SeriesIndex } from "../alarms/desired/series/series.ts";
import { actionsOf } from "../alarms/lint/actions-of.ts";
import type { ExistingAlarm } from "../alarms/lint/existing-alarms.ts";
import { LintCollector, type LintFinding } from "../alarms/lint/lint-alarms.ts";
import type { KnownResources, LintFact, LintFacts, LintSubject } from "../alarms/lint/lint-rule.ts";
import { namesInRule } from "../alarms/lint/names-in-rule.ts";
import { readPast } from "../alarms/lint/read-past.ts";
import { readTopicKeys, readTopics } from "../alarms/lint/read-topics.ts";
import { factsFor, type LintRuleName } from "../alarms/lint/registry.ts";
import { findTwins } from "../alarms/lint/twins.ts";
import type { AwsSession } from "../aws/session.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import { chosenRules, type LintOptions } from "./lint-rules.ts";
import { openConnection, type Reach } from "./open-connection.ts";

/** What lint found, and how much it looked at. */
export interface LintReport {
  readonly findings: readonly LintFinding[];
  /** Alarms that were judged. */
  readonly alarms: number;
  /** Findings that `lint: { ignore: ... }` of alarms left out. */
  readonly ignored: number;
  readonly rules: readonly LintRuleName[];
  readonly places: readonly { readonly account: string; readonly region: string; readonly alarms: number }[];
  /** Calls by `service:Operation`. */
  readonly calls: Readonly<Record<string, number>>;
  /** What could not be looked at, and what that means. */
  readonly notes: readonly string[];
  /** Whether everything that the rules need could be read. */
  readonly complete: boolean;
}

const DEFAULT_DAYS = 14;
/** 20,000 items of history in each region. */
const MOST_HISTORY_PAGES = 200;
/** Topics whose attributes are asked for one by one. */
const MOST_TOPICS = 50;

/** What one account and region gives to judge. */
export interface LintReading {
  readonly subjects: readonly LintSubject[];
  /** Alarms that exist beside them. */
  readonly others: readonly ExistingAlarm[];
  readonly knowsNames: boolean;
  readonly plannedTopics: readonly string[];
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
}

/** Reads something some rules need; what can't be read is told, and those rules then don't speak. */
export type Look = <T>(fact: LintFact, read: () => Promise<T>, what: string) => Promise<T | undefined>;

/** Judges every account and region; one that can't be read is told and leaves the others alone. */
export async function lintPlaces(
  where: Pick<Configuration, "accounts" | "regions" | "expectAccounts">,
  reach: Reach,
  context: Context,
  options: LintOptions,
  read: (
    session: AwsSession,
    look: Look,
    notes: string[],
    needs: ReadonlySet<LintFact>,
  ) => Promise<LintReading>,
): Promise<LintReport> {
  const rules = chosenRules(options);
  const needs = factsFor(rules);
  const notes: string[] = [];
  const collector = new LintCollector(rules);
  let complete = true;
  const open = await openConnection(where, reach, context);
  try {
    for (const { config, error } of open.unreachable) {
      complete = false;
      notes.push(
        `account ${config.name ?? config.roleArn ?? config.profile ?? "default"} can't be reached: ${error.message}`,
      );
    }
    const places = await Promise.all(
      open.places.map(async ({ session }) => {
        const here = `${session.account} ${session.region}`;
        const attempt = async <T>(reading: () => Promise<T>, trouble: string): Promise<T | undefined> => {
          try {
            return await reading();
          } catch (error) {
            if (!isWatchkeeperError(error) || error.source !== "aws" || error.code === "Aborted") throw error;
            complete = false;
            notes.push(`${trouble}: ${error.message}`);
            return undefined;
          }
        };
        const look: Look = async (fact, reading, what) =>
          needs.has(fact)
            ? attempt(reading, `${what} of ${here} can't be read, so rules that need them say nothing`)
            : undefined;
        const found = await attempt(
          () => read(session, look, notes, needs),
          `${here} can't be read, so nothing is judged there`,
        );
        if (!found) return { account: session.account, region: session.region, alarms: 0 };
        for (const { type, complete: whole, error } of found.scopes)
          if (!whole) {
            complete = false;
            notes.push(
              `${type} in ${session.account} ${session.region} could not be listed whole: ${error?.message ?? ""}`,
            );
          }
        const facts = await readFacts(session, found, look, notes, context, options);
        for (const subject of found.subjects) collector.judge(subject, facts);
        return { account: session.account, region: session.region, alarms: found.subjects.length };
      }),
    );
    context.signal.throwIfAborted();
    return {
      findings: collector.findings(),
      alarms: collector.judged,
      ignored: collector.ignored,
      rules,
      places,
      calls: open.connection.calls.made(),
      notes,
      complete,
    };
  } finally {
    open.connection.close();
  }
}

async function readFacts(
  session: AwsSession,
  { subjects, others, knowsNames, plannedTopics, resources, scopes }: LintReading,
  look: Look,
  notes: string[],
  context: Context,
  { days = DEFAULT_DAYS }: LintOptions,
): Promise<LintFacts> {
  const place = `${session.account} ${session.region}`;
  const specs = [...subjects, ...others].map(({ spec }) => spec);
  const own = subjects.map(({ spec }) => spec);
  const topicsUsed = [...new Set(own.flatMap((spec) => [...actionsOf(spec)]))].filter((arn) =>
    arn.startsWith(`arn:${session.partition}:sns:${session.region}:${session.account}:`),
  );
  const now = context.clock.now();
  const mostPages = MOST_HISTORY_PAGES;
  const [series, topics, past] = await Promise.all([
    look(
      "series",
      () => readSeries(session, own.flatMap(metricsOf), new SeriesIndex(), { lately: false }),
      "metrics",
    ),
    topicsUsed.length === 0 ? undefined : look("topics", () => readTopics(session), "topics"),
    look("past", () => readPast(session, { now, days, mostPages }), "alarm histories"),
  ]);
  if (past?.cut)
    notes.push(
      `the history of ${place} is longer than can be read: only the last ${past.days.toFixed(1)} days count`,
    );
  const asked = topicsUsed.filter((arn) => topics === undefined || topics.has(arn)).slice(0, MOST_TOPICS);
  if (asked.length < topicsUsed.length && asked.length === MOST_TOPICS)
    notes.push(
      `whether topics are encrypted was asked for ${MOST_TOPICS} of ${topicsUsed.length} in ${place}`,
    );
  const topicKeys =
    asked.length === 0
      ? undefined
      : await look("topicKeys", () => readTopicKeys(session, asked), "topic keys");
  return {
    now,
    alarmNames: knowsNames ? new Set(specs.map(({ alarmName }) => alarmName)) : undefined,
    children: childrenOf(specs),
    twins: findTwins(specs),
    series,
    topics: topics && new Set([...topics, ...plannedTopics]),
    topicKeys,
    past,
    resources: knownResources(resources, scopes),
  };
}

function knownResources(resources: readonly Resource[], scopes: readonly Scope[]): KnownResources {
  const found = new Map(resources.map((resource) => [`${resource.type}/${resource.id}`, resource]));
  const whole = new Set(scopes.filter(({ complete }) => complete).map(({ type }) => type));
  return { find: (type, id) => found.get(`${type}/${id}`), complete: (type) => whole.has(type) };
}

/** Names of alarms that some composite's rule names. */
export function childrenOf(specs: readonly LintSubject["spec"][]): ReadonlySet<string> {
  return new Set(specs.flatMap((spec) => (spec.kind === "composite" ? namesInRule(spec.alarmRule) : [])));
}
