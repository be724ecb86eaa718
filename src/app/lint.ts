import { topicArns } from "../alarms/actions.ts";
import type { DesiredAlarm } from "../alarms/desired-alarm.ts";
import { actionsOf } from "../alarms/lint/actions-of.ts";
import { definitionOf, type ExistingAlarm, readExisting } from "../alarms/lint/existing-alarms.ts";
import { LintCollector, type LintFinding } from "../alarms/lint/lint-alarms.ts";
import {
  type KnownResources,
  type LintFact,
  type LintFacts,
  type LintSubject,
  lintSubject,
} from "../alarms/lint/lint-rule.ts";
import { namesInRule } from "../alarms/lint/names-in-rule.ts";
import { readPast } from "../alarms/lint/read-past.ts";
import { readTopicKeys, readTopics } from "../alarms/lint/read-topics.ts";
import {
  factsFor,
  isLintRule,
  LINT_RULE_NAMES,
  type LintRuleName,
  lintRule,
} from "../alarms/lint/registry.ts";
import { findTwins } from "../alarms/lint/twins.ts";
import { resourceNamed } from "../alarms/lint/watched.ts";
import { offlineAlarms } from "../alarms/offline-check.ts";
import { metricsOf, readSeries, SeriesIndex } from "../alarms/series.ts";
import type { AwsSession } from "../aws/session.ts";
import { listResources } from "../inventory/list-resources.ts";
import { dnsDirectory } from "../inventory/route53.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { Context } from "../support/context.ts";
import type { Diagnostic } from "../support/diagnostic.ts";
import { isWatchkeeperError, WatchkeeperError } from "../support/errors.ts";
import { didYouMean } from "../support/suggest.ts";
import { openConnection, type Reach } from "./open-connection.ts";
import { readRegion } from "./plan-region.ts";
import { InvalidConfiguration } from "./read-configuration.ts";

export interface LintOptions {
  /** Only these rules; default all. */
  readonly rules?: readonly string[] | undefined;
  /** Not these. */
  readonly ignore?: readonly string[] | undefined;
  /** Days of history to look at; default 14. */
  readonly days?: number | undefined;
}

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

/** Judges what a configuration would make by itself, without reaching AWS: one alarm of every definition. */
export function lintOffline(configuration: Configuration, options: LintOptions = {}): LintReport {
  const rules = chosenRules(options);
  checkIgnored(configuration);
  const alarms = offlineAlarms(configuration);
  const collector = new LintCollector(rules);
  const facts: LintFacts = { children: childrenOf(alarms.map(({ spec }) => spec)) };
  for (const alarm of alarms) collector.judge(lintSubject(alarm), facts);
  return {
    findings: collector.findings(),
    alarms: collector.judged,
    ignored: collector.ignored,
    // The others would need an account.
    rules: rules.filter((name) => lintRule(name).needs === undefined),
    places: [],
    calls: {},
    notes: [],
    complete: true,
  };
}

/** Judges the alarms that a configuration asks for, with what its accounts know of them. Reads only. */
export async function lintDesired(
  configuration: Configuration,
  reach: Reach,
  context: Context,
  options: LintOptions = {},
): Promise<LintReport> {
  checkIgnored(configuration);
  return lintPlaces(configuration, reach, context, options, async (session, look) => {
    const reading = await readRegion(session, configuration, context, { dns: dnsDirectory(session) });
    const existing = await look("alarmNames", () => readExisting(session), "live alarms");
    const byName = new Map(existing?.alarms.map((alarm) => [alarm.spec.alarmName, alarm]));
    const desired = [...reading.desired.alarms.values()];
    const subjects = desired.map((alarm) =>
      ofDesired(alarm, session.account, session.region, byName.get(alarm.name)?.live),
    );
    const names = new Set(subjects.map(({ spec }) => spec.alarmName));
    const others = existing?.alarms.filter(({ spec }) => !names.has(spec.alarmName)) ?? [];
    const arnOf = topicArns(configuration, session);
    return {
      subjects,
      others,
      knowsNames: existing !== undefined,
      plannedTopics: Object.values(configuration.topics).flatMap((topic) =>
        "name" in topic ? (arnOf(topic.key) ?? []) : [],
      ),
      resources: reading.listing.resources,
      scopes: reading.listing.scopes,
    };
  });
}

/** Judges all alarms that exist, whoever made them. Reads only. `configuration` lets those of ours be known by their definitions. */
export async function lintExisting(
  where: Pick<Configuration, "accounts" | "regions" | "expectAccounts">,
  configuration: Configuration | undefined,
  reach: Reach,
  context: Context,
  options: LintOptions = {},
): Promise<LintReport> {
  if (configuration) checkIgnored(configuration);
  return lintPlaces(where, reach, context, options, async (session, _look, notes, needs) => {
    const { alarms, unknown } = await readExisting(session);
    if (unknown.length > 0)
      notes.push(
        `${unknown.length} PromQL alarms in ${session.account} ${session.region} are not judged: ${unknown.slice(0, 3).join(", ")}`,
      );
    const types = new Set(alarms.flatMap(({ spec }) => resourceNamed(spec)?.type ?? []));
    const listing =
      types.size > 0 && (needs.has("resources") || needs.has("series"))
        ? await listResources(session, [...types], context)
        : { resources: [], scopes: [] };
    const found = new Map(listing.resources.map((resource) => [`${resource.type}/${resource.id}`, resource]));
    return {
      subjects: alarms.map((alarm) => {
        const { spec, live } = alarm;
        const named = resourceNamed(spec);
        const { account, region } = session;
        const resource = named && found.get(`${named.type}/${named.id}`);
        return lintSubject({ spec, account, region, live, resource, ...definitionOf(alarm, configuration) });
      }),
      others: [],
      knowsNames: true,
      plannedTopics: [],
      ...listing,
    };
  });
}

/** What one account and region gives to judge. */
interface Reading {
  readonly subjects: readonly LintSubject[];
  /** Alarms that exist beside them. */
  readonly others: readonly ExistingAlarm[];
  readonly knowsNames: boolean;
  readonly plannedTopics: readonly string[];
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
}

/** Reads something some rules need; what can't be read is told, and those rules then don't speak. */
type Look = <T>(fact: LintFact, read: () => Promise<T>, what: string) => Promise<T | undefined>;

async function lintPlaces(
  where: Pick<Configuration, "accounts" | "regions" | "expectAccounts">,
  reach: Reach,
  context: Context,
  options: LintOptions,
  read: (session: AwsSession, look: Look, notes: string[], needs: ReadonlySet<LintFact>) => Promise<Reading>,
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
        const look: Look = async (fact, reading, what) => {
          if (!needs.has(fact)) return undefined;
          try {
            return await reading();
          } catch (error) {
            if (!isWatchkeeperError(error) || error.source !== "aws" || error.code === "Aborted") throw error;
            complete = false;
            notes.push(
              `${what} of ${session.account} ${session.region} can't be read, so rules that need them say nothing: ${error.message}`,
            );
            return undefined;
          }
        };
        const found = await read(session, look, notes, needs);
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
  { subjects, others, knowsNames, plannedTopics, resources, scopes }: Reading,
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

function ofDesired(
  { spec, policy, definition, resource, createOnlyIfSeen }: DesiredAlarm,
  account: string,
  region: string,
  live: LintSubject["live"],
): LintSubject {
  return lintSubject({ spec, account, region, policy, definition, resource, createOnlyIfSeen, live });
}

function childrenOf(specs: readonly LintSubject["spec"][]): ReadonlySet<string> {
  return new Set(specs.flatMap((spec) => (spec.kind === "composite" ? namesInRule(spec.alarmRule) : [])));
}

/** The rules that were asked for, in the registry's order. Throws for names that no rule has. */
function chosenRules({ rules, ignore = [] }: LintOptions): readonly LintRuleName[] {
  for (const name of [...(rules ?? []), ...ignore])
    if (!isLintRule(name))
      throw new WatchkeeperError(
        "unknown-rule",
        `there is no rule "${name}".${didYouMean(name, LINT_RULE_NAMES)}`,
        {
          remedy: `there are ${LINT_RULE_NAMES.join(", ")}`,
        },
      );
  const chosen = LINT_RULE_NAMES.filter(
    (name) => (rules ?? LINT_RULE_NAMES).includes(name) && !ignore.includes(name),
  );
  if (chosen.length === 0)
    throw new WatchkeeperError("no-rules", "--rule and --ignore together leave no rule to judge by");
  return chosen;
}

/** Rules that alarms name in `lint: { ignore: ... }` must exist: a misspelt one would hide nothing. */
function checkIgnored(configuration: Configuration): void {
  const diagnostics: Diagnostic[] = [];
  for (const { alarms, overrides } of configuration.policies) {
    const written = [
      ...alarms.map(({ lint, position }) => ({ lint, position })),
      ...overrides.flatMap((override) =>
        Object.values(override.alarms).map(({ lint }) => ({ lint, position: undefined })),
      ),
    ];
    for (const { lint, position } of written)
      for (const name of lint?.ignore ?? [])
        if (!isLintRule(name))
          diagnostics.push({
            severity: "error",
            code: "unknown-rule",
            message: `lint: ignore names rule "${name}", which doesn't exist.${didYouMean(name, LINT_RULE_NAMES)}`,
            path: position?.file ?? configuration.file,
            ...(position ? { line: position.line, column: position.column } : {}),
          });
  }
  if (diagnostics.length > 0) throw new InvalidConfiguration(diagnostics);
}
