import { listResources } from "../inventory/list-resources.ts";
import { RESOURCE_TYPE_NAMES } from "../inventory/registry.ts";
import type { InventoryListing } from "../inventory/resource-type.ts";
import { dnsDirectory } from "../inventory/route53.ts";
import { compileSelector } from "../inventory/selector.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { Selector } from "../model/selector.ts";
import type { PlanNote } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";
import { openConnection, type Place, type Reach, unreachableScope } from "./open-connection.ts";

/** Which resources to list. */
export interface InventoryOptions {
  /** Resource types; default all that are known. */
  readonly types?: readonly string[];
  readonly selector?: Selector;
}

/** Lists resources over all accounts and regions. Accounts that can't be reached are incomplete scopes, not failures. */
export async function listInventory(
  configuration: Pick<Configuration, "accounts" | "regions" | "expectAccounts">,
  reach: Reach,
  context: Context,
  options: InventoryOptions = {},
): Promise<InventoryListing> {
  const types = options.types ?? RESOURCE_TYPE_NAMES;
  const { places, unreachable, connection } = await openConnection(configuration, reach, context);
  try {
    const listings = await Promise.all(places.map((place) => listPlace(place, types, context, options)));
    const resources: Resource[] = listings.flatMap((listing) => listing.resources);
    const scopes: Scope[] = listings.flatMap((listing) => listing.scopes);
    const notes: PlanNote[] = listings.flatMap((listing) => listing.notes ?? []);
    for (const account of unreachable) scopes.push(...types.map((type) => unreachableScope(account, type)));
    return { resources, scopes, notes };
  } finally {
    connection.close();
  }
}

async function listPlace(
  { session }: Place,
  types: readonly string[],
  context: Context,
  options: InventoryOptions,
): Promise<InventoryListing> {
  const dns = options.selector?.dnsNames ? dnsDirectory(session) : undefined;
  const listing = await listResources(session, types, context, { dns, needCreditSpecs: true });
  const { selector } = options;
  if (!selector) return listing;
  const compiled = compileSelector(selector);
  return { ...listing, resources: listing.resources.filter((resource) => compiled.matches(resource)) };
}
