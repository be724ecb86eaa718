// Inventory: what exists. One file per resource type in this folder, and the registry that lists them.
import type { AwsSession } from "../aws/session.ts";
import type { Resource } from "../model/resource.ts";
import type { Scope } from "../model/scope.ts";
import type { PlanNote } from "../plan/plan.ts";
import type { Context } from "../support/context.ts";

/** Finds a resource of the same account and region, where its type was listed. */
export type FindResource = (type: string, id: string) => Resource | undefined;

/** How one type of resource is found and described. Adding a type is one file with one of these, and one line in the registry. */
export interface ResourceType {
  /** `<service>.<kind>`, for example `ec2.instance`. */
  readonly name: string;
  /** For people: singular and plural. */
  readonly label: readonly [string, string];
  /** Calls it makes, `service:Operation`, for the IAM policy. */
  readonly operations: readonly string[];
  /** Facts it fills in, with what they mean. */
  readonly facts: Readonly<Record<string, string>>;
  /** All resources of this type in the session's account and region, whole pages at a time; rejects when a page fails. */
  list(session: AwsSession, context: Context): AsyncIterable<readonly Resource[]>;
  /** Of these ids, those that exist (whatever their state): one listing by filter, never by an id list, which fails whole. */
  findExisting(session: AwsSession, ids: readonly string[]): Promise<ReadonlyMap<string, Resource>>;
  /** Types whose resources know some of this type's facts; they are listed along with it. */
  readonly completedBy?: readonly string[];
  /** Fills in what those resources know. */
  complete?(resource: Resource, find: FindResource): Resource;
}

/** Resources of several types in one account and region, and which listings were whole. */
export interface InventoryListing {
  readonly resources: readonly Resource[];
  readonly scopes: readonly Scope[];
  /** Facts that couldn't be asked for, though the resources themselves were seen whole. */
  readonly notes?: readonly PlanNote[];
}
