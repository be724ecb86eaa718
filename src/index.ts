// The library's face: what other programs may build on. The engine has an entry of its own, `watchkeeper/engine`.
export { type ExplainedLine, type Explanation, explain } from "./app/explain.ts";
export { type InventoryOptions, listInventory } from "./app/list-inventory.ts";
export { loadPlan } from "./app/load-plan.ts";
export { makePlan, type PlanOptions, type PreparedPlan, refusalOf } from "./app/plan.ts";
export type { PlannedRegion, PlanReport } from "./app/plan-report.ts";
export { InvalidConfiguration, readConfiguration, shippedPacks } from "./app/read-configuration.ts";
export { type RunLocalOptions, type RunningLocal, runLocal } from "./app/run-local.ts";
export { systemContext } from "./app/system-context.ts";
export type { Configuration } from "./model/configuration.ts";
export type { Resource } from "./model/resource.ts";
export type { Change, Plan } from "./plan/plan.ts";
export { formatPlanFile } from "./plan/plan-file.ts";
export type { Outcome } from "./plan/planner.ts";
export type { Clock } from "./support/clock.ts";
export type { Context, Logger } from "./support/context.ts";
export { isWatchkeeperError, WatchkeeperError } from "./support/errors.ts";
