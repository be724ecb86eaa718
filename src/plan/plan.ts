// A plan is a value: what exists, what should, and the changes between them. Everything in this folder is pure.
import type { Scope, ScopeKey } from "../model/scope.ts";

/**
 * What happens to one thing.
 * `create`, `update`, `delete`: the account changes. `mark`: only our bookkeeping in the description is brought up to date.
 * `keep`: it differs or cannot be judged, and stays as it is. `conflict`: people and configuration disagree and nothing is done
 * until somebody decides. `unchanged` things are counted, not listed.
 */
export type Action = "create" | "update" | "delete" | "mark" | "keep" | "conflict";

/** The verdict of the three-way merge on one field. */
export type FieldVerdict = "update" | "keep" | "restore" | "conflict" | "mark";

/** One field that differs. `live` and `desired` are canonical (server defaults filled in); absent means not set. */
export interface FieldChange {
  readonly field: string;
  readonly live?: unknown;
  readonly desired?: unknown;
  readonly verdict: FieldVerdict;
  /** Whether the configuration last asked for the live value, for the desired one, or for something else. */
  readonly lastAsked: "live" | "desired" | "other" | "unknown";
}

/** Why, as a stable code and a sentence. */
export interface Reason {
  readonly code: string;
  readonly text: string;
}

/** One change to one thing. `before` and `after` are its whole canonical state. */
export interface Change {
  /** `account/region/type/identity`. */
  readonly address: string;
  readonly scope: ScopeKey;
  /** Who it is to us, stable over renames: `configuration/policy/alarm/resource`. */
  readonly identity: string;
  /** Its name in AWS. */
  readonly name: string;
  /** What people call the resource it belongs to. */
  readonly label?: string;
  readonly action: Action;
  readonly reason: Reason;
  readonly fields: readonly FieldChange[];
  readonly before?: unknown;
  readonly after?: unknown;
  /** Hash of `before` as it was read; apply refuses when it no longer holds. Absent for creations. */
  readonly beforeHash?: string;
}

/** Counts over all things of the plan. Each thing counts once. */
export interface Summary {
  readonly create: number;
  readonly update: number;
  readonly delete: number;
  readonly mark: number;
  readonly kept: number;
  readonly conflict: number;
  readonly unchanged: number;
}

/** Calls by `service:Operation`. */
export type CallCounts = Readonly<Record<string, number>>;

/** US dollars a month at list prices, before and after. */
export interface PlanCost {
  readonly before: number;
  readonly after: number;
  readonly currency: "USD";
}

/** Something the reader should know that isn't a change: overlaps, cuts, skipped deletions. */
export interface PlanNote {
  readonly severity: "info" | "warning" | "error";
  readonly code: string;
  readonly message: string;
  readonly address?: string;
}

/** The difference between an account and what the configuration asks for. */
export interface Plan {
  readonly configuration: { readonly name: string; readonly hash: string };
  readonly createdAt: string;
  /** Every scope was seen whole. */
  readonly complete: boolean;
  readonly scopes: readonly Scope[];
  readonly changes: readonly Change[];
  readonly summary: Summary;
  readonly calls: { readonly made: CallCounts; readonly toMake: CallCounts };
  /** Seconds that apply will take at the account's quotas. */
  readonly estimatedSeconds: number;
  readonly cost: PlanCost;
  readonly notes: readonly PlanNote[];
}
