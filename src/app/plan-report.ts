import type { Plan } from "../plan/plan.ts";

/** What was looked at in one account and region. */
export interface PlannedRegion {
  readonly account: string;
  readonly accountName: string;
  readonly region: string;
  /** Resources by type, with the type's name for people in the right number. */
  readonly resources: readonly { readonly type: string; readonly count: number; readonly label: string }[];
  /** Absent where none were looked at: a saved plan is applied, or the agent alone planned. */
  readonly alarms?: { readonly total: number; readonly ours: number };
}

/** A plan and what it was made from. */
export interface PlanReport {
  readonly plan: Plan;
  readonly regions: readonly PlannedRegion[];
}
