import { topicArns } from "../alarms/desired/actions.ts";
import type { DesiredAlarm } from "../alarms/desired/desired-alarm.ts";
import { offlineAlarms } from "../alarms/desired/offline-check.ts";
import { definitionOf, readExisting } from "../alarms/lint/existing-alarms.ts";
import { LintCollector } from "../alarms/lint/lint-alarms.ts";
import { type LintFacts, type LintSubject, lintSubject } from "../alarms/lint/lint-rule.ts";
import { lintRule } from "../alarms/lint/registry.ts";
import { resourceNamed } from "../alarms/lint/watched.ts";
import { listResources } from "../inventory/list-resources.ts";
import { dnsDirectory } from "../inventory/route53.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Context } from "../support/context.ts";
import { childrenOf, type LintReport, lintPlaces } from "./lint-places.ts";
import { checkIgnored, chosenRules, type LintOptions } from "./lint-rules.ts";
import type { Reach } from "./open-connection.ts";
import { readRegion } from "./plan-region.ts";

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

function ofDesired(
  { spec, policy, definition, resource, createOnlyIfSeen }: DesiredAlarm,
  account: string,
  region: string,
  live: LintSubject["live"],
): LintSubject {
  return lintSubject({ spec, account, region, policy, definition, resource, createOnlyIfSeen, live });
}
