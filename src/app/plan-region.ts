import type { AlarmIntent } from "../alarms/alarm-intent.ts";
import { AlarmPlanner } from "../alarms/alarm-planner.ts";
import { desiredAlarms, type WorkedOutAlarms } from "../alarms/desired/desired-alarms.ts";
import { freshestSeries } from "../alarms/desired/series/freshness.ts";
import { readSeries, SeriesIndex, seenAlarms, seriesNeeded } from "../alarms/desired/series/series.ts";
import { priceOfSpec } from "../alarms/price.ts";
import type { AwsSession } from "../aws/session.ts";
import { listResources } from "../inventory/list-resources.ts";
import { RESOURCE_TYPE_NAMES, resourceType } from "../inventory/registry.ts";
import type { InventoryListing } from "../inventory/resource-type.ts";
import type { LazyDnsDirectory } from "../inventory/route53.ts";
import { isGone } from "../inventory/selector.ts";
import type { AlarmDefinition } from "../model/alarm-policy.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Selector } from "../model/selector.ts";
import type { PlanNote } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";
import { hasErrors } from "../support/diagnostic.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { PlannedRegion } from "./plan-report.ts";
import { InvalidConfiguration } from "./read-configuration.ts";

/** What was read of one account and region, and what the configuration asks for there. */
export interface RegionReading {
  readonly session: AwsSession;
  readonly listing: InventoryListing;
  readonly series: SeriesIndex;
  readonly desired: WorkedOutAlarms;
  readonly notes: readonly PlanNote[];
}

export interface RegionOptions {
  readonly intent?: AlarmIntent | undefined;
  readonly allowDeletes?: number | undefined;
  /** Read the tags of every alarm without a mark. */
  readonly readTags?: boolean | undefined;
  /** The account's DNS names, read when a selector or a dimension speaks of them. */
  readonly dns?: LazyDnsDirectory | undefined;
  /** Told while apply waits for so many new alarms to settle. */
  readonly onSettling?: ((waiting: number) => void) | undefined;
}

/** Lists resources and series, and works out the desired alarms. Throws `InvalidConfiguration` for impossible alarms. */
export async function readRegion(
  session: AwsSession,
  configuration: Configuration,
  context: Context,
  options: RegionOptions = {},
): Promise<RegionReading> {
  const notes: PlanNote[] = [];
  const [listing, series] = await Promise.all([
    listResources(session, typesNeeded(configuration), context, {
      dns: needsDns(configuration) ? options.dns : undefined,
      needCreditSpecs: needsFact(configuration, "creditMode"),
    }),
    readSeriesOrNote(session, configuration, notes),
  ]);
  const { account, region, partition } = session;
  const desired = desiredAlarms({
    configuration,
    account,
    region,
    partition,
    resources: listing.resources,
    series,
  });
  if (hasErrors(desired.diagnostics)) throw new InvalidConfiguration(desired.diagnostics);
  return { session, listing, series, desired, notes: [...notes, ...(listing.notes ?? [])] };
}

/** The planner of a region's alarms, from what was read. */
export function alarmPlanner(
  reading: RegionReading,
  configuration: Configuration,
  context: Context,
  options: RegionOptions = {},
): AlarmPlanner {
  const { session, series, desired, listing } = reading;
  return new AlarmPlanner({
    session,
    context,
    configuration,
    desired,
    inventory: listing.scopes,
    findExisting: async (type, ids) => {
      const found = (await resourceType(type)?.findExisting(session, ids)) ?? new Map();
      return new Set([...found.values()].filter((resource) => !isGone(resource)).map(({ id }) => id));
    },
    price: priceOfSpec,
    seen: (alarms) => seenAlarms(session, alarms, series),
    freshest: (alarms) => freshestSeries(session, alarms, context.clock.now()),
    allowDeletes: options.allowDeletes,
    readTags: options.readTags,
    onSettling: options.onSettling,
    ...(options.intent ? { intent: options.intent } : {}),
  });
}

/** Counts for the heading of a region; without alarms where none were looked at. */
export function plannedRegion(
  { session, listing }: Pick<RegionReading, "session" | "listing">,
  alarms?: PlannedRegion["alarms"],
): PlannedRegion {
  const counts = new Map<string, number>();
  for (const { type } of listing.scopes) counts.set(type, 0);
  for (const resource of listing.resources) {
    if (!isGone(resource)) counts.set(resource.type, (counts.get(resource.type) ?? 0) + 1);
  }
  return {
    account: session.account,
    accountName: session.accountName,
    region: session.region,
    resources: [...counts].map(([type, count]) => ({
      type,
      count,
      label: resourceType(type)?.label[count === 1 ? 0 : 1] ?? type,
    })),
    ...(alarms ? { alarms } : {}),
  };
}

async function readSeriesOrNote(
  session: AwsSession,
  configuration: Configuration,
  notes: PlanNote[],
): Promise<SeriesIndex> {
  const series = new SeriesIndex();
  try {
    return await readSeries(session, seriesNeeded(configuration), series);
  } catch (error) {
    if (!isWatchkeeperError(error) || error.source !== "aws") throw error;
    notes.push({
      severity: "error",
      code: "series-unknown",
      message: `which metrics exist in ${session.account} ${session.region} is not known, so alarms that need them are not created: ${error.message}`,
    });
    return series;
  }
}

/** Resource types that the policies speak of; all of them where a selector names none. */
function typesNeeded(configuration: Configuration): readonly string[] {
  const types = new Set<string>();
  for (const selector of selectorsOf(configuration)) {
    for (const type of selector.types ?? RESOURCE_TYPE_NAMES) types.add(type);
  }
  return RESOURCE_TYPE_NAMES.filter((type) => types.has(type));
}

function needsDns(configuration: Configuration): boolean {
  return [...selectorsOf(configuration)].some((selector) => selector.dnsNames !== undefined);
}

function needsFact(configuration: Configuration, fact: string): boolean {
  return configuration.policies.some((policy) =>
    [...policy.alarms, ...policy.overrides.flatMap(({ alarms }) => Object.values(alarms))].some(
      ({ when }) => when !== undefined && fact in when,
    ),
  );
}

function* selectorsOf(configuration: Configuration): Generator<Selector> {
  for (const { select } of configuration.agent?.targets ?? []) yield select;
  for (const policy of configuration.policies) {
    if (policy.select) yield policy.select;
    for (const { select, alarms } of policy.overrides) {
      yield { ...select, types: select.types ?? policy.select?.types ?? [] };
      for (const change of Object.values(alarms)) yield* dimensionSelectors(change);
    }
    for (const alarm of policy.alarms) yield* dimensionSelectors(alarm);
  }
}

function* dimensionSelectors(alarm: Partial<AlarmDefinition>): Generator<Selector> {
  const groups = [alarm.dimensions, ...(alarm.metrics ?? []).map((query) => query.dimensions)];
  for (const value of groups.flatMap((dimensions) => Object.values(dimensions ?? {}))) {
    if (typeof value === "object" && "select" in value) yield value.select;
  }
}
