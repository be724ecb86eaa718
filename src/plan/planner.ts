import type { Scope } from "../model/scope.ts";
import type { Change, PlanNote, Reason } from "./plan.ts";

/** What one planner found in one account and region. */
export interface PlannedChanges {
  readonly scopes: readonly Scope[];
  readonly changes: readonly Change[];
  /** Things that are exactly as desired; counted, not listed. */
  readonly unchanged: number;
  readonly notes: readonly PlanNote[];
  /** US dollars a month at list prices. */
  readonly cost: { readonly before: number; readonly after: number };
  /** Calls that applying would make, by `service:Operation`. */
  readonly callsToMake: Readonly<Record<string, number>>;
}

/** No changes, and nothing read. */
export const NOTHING_PLANNED: PlannedChanges = {
  scopes: [],
  changes: [],
  unchanged: 0,
  notes: [],
  cost: { before: 0, after: 0 },
  callsToMake: {},
};

/**
 * What became of one change. `refused`: the thing is no longer as the plan saw it. `pending`: not tried, or not finished, because
 * apply was stopped. `waiting`: all is done that can be done now, and something outside must happen first; the next plan goes on.
 */
export interface Outcome {
  readonly address: string;
  readonly name: string;
  readonly status: "applied" | "failed" | "refused" | "pending" | "waiting";
  readonly error?: { readonly code: string; readonly message: string; readonly remedy?: string };
  /** Why it is pending or waiting, where there is more to say. */
  readonly reason?: Reason;
}

/** Something that plans and applies one kind of configuration in one account and region. */
export interface Planner {
  /** Configuration types it plans, for example `cloudwatch.alarm`. */
  readonly types: readonly string[];
  plan(): Promise<PlannedChanges>;
  /**
   * Applies changes of its types. One failure doesn't stop the others. `report` hears every outcome once, as it happens.
   * When the context's signal is aborted, calls under way finish and the rest is reported as `pending`.
   */
  apply(changes: readonly Change[], report: (outcome: Outcome) => void): Promise<void>;
}
