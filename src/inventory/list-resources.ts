import type { AwsSession } from "../aws/session.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { PlanNote } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";
import { isWatchkeeperError, type WatchkeeperError } from "../support/errors.ts";
import { withCreditModes } from "./credit-modes.ts";
import { resourceType } from "./registry.ts";
import type { InventoryListing, ResourceType } from "./resource-type.ts";
import { type LazyDnsDirectory, withDnsNames } from "./route53.ts";

/** Facts that cost further calls, asked for only where a policy needs them. */
export interface ListOptions {
  /** Find the DNS names of instances in this directory (`dnsDirectory`), when a selector or a dimension speaks of them. */
  readonly dns?: LazyDnsDirectory | undefined;
  /** Ask for the credit mode of burstable instances. */
  readonly needCreditSpecs?: boolean | undefined;
}

/** One type's listing: what was seen, and what went wrong before its end. */
interface Seen {
  readonly type: ResourceType;
  resources: readonly Resource[];
  error: WatchkeeperError | undefined;
}

/**
 * Lists the resources of some types in the session's account and region. A listing that fails half way keeps what came
 * before and makes its scope incomplete; the other types aren't affected. Rejects only when the run was stopped or we are at
 * fault ourselves.
 */
export async function listResources(
  session: AwsSession,
  types: readonly string[],
  context: Context,
  options: ListOptions = {},
): Promise<InventoryListing> {
  const listings = await Promise.all(withRelated(types).map((type) => listType(session, type, context)));
  const notes: PlanNote[] = [];
  const instances = listings.find(({ type }) => type.name === "ec2.instance");
  if (instances && options.needCreditSpecs) await addCreditModes(session, instances, notes);
  if (instances && options.dns) await addDnsNames(instances, options.dns);
  const asked = listings.filter(({ type }) => types.includes(type.name));
  for (const { type, error } of listings) {
    if (error && !types.includes(type.name)) notes.push(missingFacts(session, type, error));
  }
  return {
    resources: asked.flatMap(({ type, resources }) => completed(type, resources, listings)),
    scopes: asked.map(({ type, error }) => scopeOf(session, type, error)),
    notes,
  };
}

/** The types by name, each once, with those that complete them. */
function withRelated(names: readonly string[]): readonly ResourceType[] {
  const found = new Map<string, ResourceType>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    const type = resourceType(name);
    if (!type) throw new TypeError(`there is no resource type "${name}"`);
    found.set(name, type);
    for (const related of type.completedBy ?? []) add(related);
  };
  for (const name of names) add(name);
  return [...found.values()];
}

async function listType(session: AwsSession, type: ResourceType, context: Context): Promise<Seen> {
  // By id: a listing that is paged while things change can name one twice.
  const found = new Map<string, Resource>();
  let error: WatchkeeperError | undefined;
  try {
    for await (const page of type.list(session, context)) {
      for (const resource of page) found.set(resource.id, resource);
    }
  } catch (thrown) {
    error = failure(thrown);
    context.log.debug(`${type.name} in ${session.account} ${session.region} was not listed whole`, {
      code: error.code,
    });
  }
  return { type, resources: [...found.values()], error };
}

/** The instances stay complete: an unknown credit mode can't make anything look gone. */
async function addCreditModes(session: AwsSession, instances: Seen, notes: PlanNote[]): Promise<void> {
  try {
    instances.resources = await withCreditModes(session, instances.resources);
  } catch (thrown) {
    const { message } = failure(thrown);
    notes.push({
      severity: "warning",
      code: "credit-modes-unknown",
      message: `whether T instances are unlimited is not known in ${session.account} ${session.region}: ${message}`,
    });
  }
}

/** Without DNS names a selector would miss instances that it means: then the listing counts as incomplete. */
async function addDnsNames(instances: Seen, dns: LazyDnsDirectory): Promise<void> {
  try {
    const directory = await dns();
    instances.resources = instances.resources.map((instance) => withDnsNames(instance, directory));
  } catch (thrown) {
    instances.error ??= failure(thrown);
  }
}

/** A type that was listed only for what it knows of others. */
function missingFacts(session: AwsSession, type: ResourceType, error: WatchkeeperError): PlanNote {
  return {
    severity: "warning",
    code: "facts-unknown",
    message: `what ${type.label[1]} know of other resources is missing in ${session.account} ${session.region}: ${error.message}`,
  };
}

function completed(
  type: ResourceType,
  resources: readonly Resource[],
  listings: readonly Seen[],
): readonly Resource[] {
  const { complete } = type;
  if (!complete) return resources;
  const known = new Map(
    listings.flatMap((listing) =>
      type.completedBy?.includes(listing.type.name)
        ? listing.resources.map((resource) => [`${resource.type}/${resource.id}`, resource] as const)
        : [],
    ),
  );
  return resources.map((resource) => complete(resource, (name, id) => known.get(`${name}/${id}`)));
}

function scopeOf(session: AwsSession, type: ResourceType, error: WatchkeeperError | undefined): Scope {
  const { account, region } = session;
  const scope = { account, region, type: type.name, complete: error === undefined };
  return error ? { ...scope, error: { code: error.code, message: error.message } } : scope;
}

/** A failure of AWS or of how it is reached; anything else, and the wish to stop, goes on up. */
function failure(thrown: unknown): WatchkeeperError {
  if (!isWatchkeeperError(thrown) || thrown.source === "internal" || thrown.code === "Aborted") throw thrown;
  return thrown;
}
