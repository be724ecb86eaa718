import { ALARM_TYPE } from "../alarms/alarm-planner-options.ts";
import { type ExplainedAlarm, explainResource } from "../alarms/desired/explain-resource.ts";
import { metricsOf, readSeries } from "../alarms/desired/series/series.ts";
import { describeAlarms } from "../aws/describe-alarms.ts";
import type { AwsSession } from "../aws/session.ts";
import { dnsDirectory } from "../inventory/route53.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { Change, Reason } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { matchesAny } from "../support/glob.ts";
import { openConnection, type Place, type Reach, unreachableScope } from "./open-connection.ts";
import { alarmPlanner, readRegion } from "./plan-region.ts";

/** One alarm of a resource: what it is, how it stands, and why. */
export interface ExplainedLine {
  readonly policy: string;
  readonly alarm: string;
  /** Name in AWS; absent for skipped alarms. */
  readonly name?: string;
  /** `OK`, `ALARM`, `INSUFFICIENT_DATA`; absent when it doesn't exist. */
  readonly state?: string;
  /** What the plan would do, or that there is nothing to do, or why there is no alarm. */
  readonly reason: Reason;
}

/** A resource with everything the configuration makes of it. */
export interface Explanation {
  readonly resource: Resource;
  readonly alarms: readonly ExplainedLine[];
  readonly notSelected: readonly { readonly policy: string; readonly reason: Reason }[];
}

/** What was found, and how much was read: what could not be may be missing, or told wrong. */
export interface ExplainReport {
  readonly resources: readonly Explanation[];
  readonly scopes: readonly Scope[];
}

/**
 * Explains resources by id, name or glob over all accounts and regions. Throws `unknown-resource` when nothing matches.
 */
export async function explain(
  configuration: Configuration,
  wanted: string,
  reach: Reach,
  context: Context,
): Promise<ExplainReport> {
  const { places, unreachable, connection } = await openConnection(configuration, reach, context);
  try {
    const scopes: Scope[] = unreachable.map((account) => unreachableScope(account, ALARM_TYPE));
    const resources = (
      await Promise.all(places.map((place) => explainIn(place, configuration, wanted, context, scopes)))
    ).flat();
    context.signal.throwIfAborted();
    if (resources.length === 0) {
      const whole = scopes.every(({ complete }) => complete);
      const seen = whole ? "" : ", of which not everything could be read";
      throw new WatchkeeperError(
        "unknown-resource",
        `no resource "${wanted}" in ${regionsOf(places)}${seen}`,
        {
          remedy: "give an id or a name as `watchkeeper inventory` shows them",
        },
      );
    }
    return { resources, scopes };
  } finally {
    connection.close();
  }
}

async function explainIn(
  { session }: Place,
  configuration: Configuration,
  wanted: string,
  context: Context,
  scopes: Scope[],
): Promise<Explanation[]> {
  const options = { dns: dnsDirectory(session) };
  const reading = await readRegion(session, configuration, context, options);
  scopes.push(...reading.listing.scopes);
  const meant = reading.listing.resources.filter(
    ({ id, name }) => matchesAny([wanted], id) || matchesAny([wanted], name),
  );
  if (meant.length === 0) return [];
  const { account, region, partition } = session;
  const input = {
    configuration,
    account,
    region,
    partition,
    resources: reading.listing.resources,
    series: reading.series,
  };
  const ids = new Set(meant.map(({ id }) => id));
  const unseen = [...reading.desired.alarms.values()].filter(
    ({ createOnlyIfSeen, resource }) => createOnlyIfSeen && resource !== undefined && ids.has(resource.id),
  );
  await readSeries(
    session,
    unseen.flatMap(({ spec }) => metricsOf(spec)),
    reading.series,
  );
  const planned = await alarmPlanner(reading, configuration, context, options).plan();
  scopes.push(...planned.scopes);
  const changes = new Map(planned.changes.map((change) => [change.identity, change]));
  const explained = meant.map((resource) => ({ resource, ...explainResource(input, resource) }));
  const names = explained.flatMap(({ alarms }) => alarms.flatMap(({ desired }) => desired?.name ?? []));
  const states = await statesOf(session, [...new Set(names)]);
  return explained.map(({ resource, alarms, notSelected }) => ({
    resource,
    notSelected,
    alarms: alarms.map((alarm) => lineOf(alarm, changes, states)),
  }));
}

function lineOf(
  { policy, alarm, desired, reason }: ExplainedAlarm,
  changes: ReadonlyMap<string, Change>,
  states: ReadonlyMap<string, string>,
): ExplainedLine {
  if (desired === undefined) return { policy, alarm, reason: reason ?? { code: "skipped", text: "skipped" } };
  const { name, identity } = desired;
  const state = states.get(name);
  const change = changes.get(identity);
  const told = change?.reason ??
    (state === undefined ? reason : undefined) ?? { code: "as-configured", text: "as configured" };
  return { policy, alarm, name, ...(state === undefined ? {} : { state }), reason: told };
}

async function statesOf(session: AwsSession, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const states = new Map<string, string>();
  for (let at = 0; at < names.length; at += 100) {
    for await (const { metricAlarms, compositeAlarms } of describeAlarms(
      session,
      names.slice(at, at + 100),
    )) {
      for (const { AlarmName, StateValue } of [...metricAlarms, ...compositeAlarms]) {
        if (AlarmName !== undefined && StateValue !== undefined) states.set(AlarmName, StateValue);
      }
    }
  }
  return states;
}

function regionsOf(places: readonly Place[]): string {
  return places.map(({ session }) => `${session.account} ${session.region}`).join(", ");
}
