import type { Action, CallCounts, Change, Plan, Summary } from "./plan.ts";
import type { PlannedChanges } from "./planner.ts";

/** What the planners of one account and region found, and how long applying it takes at its quotas. */
export interface RegionPlan {
  readonly parts: readonly PlannedChanges[];
  readonly seconds: number;
}

export interface CombineOptions {
  readonly configuration: Plan["configuration"];
  readonly createdAt: Date;
  readonly callsMade: CallCounts;
}

/** Order of changes for the reader. */
const ORDER: readonly Action[] = ["create", "update", "mark", "keep", "delete", "conflict"];

/** Codes of reasons that come before everything: nobody is told of anything until that is mended. */
const URGENT: ReadonlySet<string> = new Set(["silenced-by-hand", "subscription-pending"]);

/** One plan of all accounts and regions. Those are applied side by side, so that the longest one says how long it takes. */
export function combinePlans(regions: readonly RegionPlan[], options: CombineOptions): Plan {
  const parts = regions.flatMap((region) => region.parts);
  const scopes = parts.flatMap((part) => part.scopes);
  const changes = parts.flatMap((part) => part.changes);
  const { configuration, createdAt, callsMade } = options;
  return {
    configuration,
    createdAt: createdAt.toISOString(),
    complete: scopes.every(({ complete }) => complete),
    scopes,
    changes: sorted(changes),
    summary: summaryOf(
      changes,
      parts.reduce((sum, { unchanged }) => sum + unchanged, 0),
    ),
    calls: { made: callsMade, toMake: addCalls(parts.map(({ callsToMake }) => callsToMake)) },
    estimatedSeconds: Math.max(0, ...regions.map(({ seconds }) => seconds)),
    cost: {
      before: total(parts.map(({ cost }) => cost.before)),
      after: total(parts.map(({ cost }) => cost.after)),
      currency: "USD",
    },
    notes: parts.flatMap((part) => part.notes),
  };
}

/** Calls of several parts together, by `service:Operation` in alphabetical order. */
function addCalls(counts: readonly CallCounts[]): CallCounts {
  const sums = new Map<string, number>();
  for (const each of counts)
    for (const [call, count] of Object.entries(each)) sums.set(call, (sums.get(call) ?? 0) + count);
  return Object.fromEntries([...sums].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Counts of changes by what happens, each thing once. */
function summaryOf(changes: readonly Change[], unchanged: number): Summary {
  const counts = { create: 0, update: 0, delete: 0, mark: 0, keep: 0, conflict: 0 };
  for (const { action } of changes) counts[action] += 1;
  const { keep, ...others } = counts;
  return { ...others, kept: keep, unchanged };
}

/** Whether the change would be made by an apply: kept things and conflicts are nothing pending. */
export function isPending({ action }: Pick<Change, "action">): boolean {
  return action !== "keep" && action !== "conflict";
}

/** Whether a change must be seen first, since something is meant to tell people and doesn't. */
export function isUrgent({ reason }: Pick<Change, "reason">): boolean {
  return URGENT.has(reason.code);
}

function sorted(changes: readonly Change[]): Change[] {
  const rank = ({ action, reason }: Change) => (isUrgent({ reason }) ? -1 : ORDER.indexOf(action));
  return changes
    .map((change) => ({
      change,
      rank: rank(change),
      place: `${change.scope.account}/${change.scope.region}`,
    }))
    .sort(
      (a, b) =>
        compare(a.place, b.place) ||
        a.rank - b.rank ||
        compare(b.change.scope.type, a.change.scope.type) ||
        compare(a.change.label ?? "", b.change.label ?? "") ||
        compare(a.change.name, b.change.name),
    )
    .map(({ change }) => change);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** In cents, so that 3 x 0.10 is 0.30. */
function total(amounts: readonly number[]): number {
  return Math.round(amounts.reduce((sum, amount) => sum + amount, 0) * 100) / 100;
}
