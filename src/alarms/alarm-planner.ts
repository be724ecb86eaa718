// Alarms: which ones should exist (desired/), which do, and the difference. This file: the planner of one account and region.
import { describeAlarms } from "../aws/describe-alarms.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome, Planner } from "../plan/planner.ts";
import { ALARM_TYPE, type AlarmPlannerOptions, type PlannedAlarms } from "./alarm-planner-options.ts";
import { planAlarms } from "./alarm-planning.ts";
import { applyAlarms } from "./apply/alarm-apply.ts";

/** Plans and applies the CloudWatch alarms of one account and region. */
export class AlarmPlanner implements Planner {
  readonly types: readonly string[] = [ALARM_TYPE];
  readonly #options: AlarmPlannerOptions;

  constructor(options: AlarmPlannerOptions) {
    this.#options = options;
  }

  async plan(): Promise<PlannedAlarms> {
    const { session, pages } = this.#options;
    return planAlarms(this.#options, pages ?? describeAlarms(session));
  }

  async apply(changes: readonly Change[], report: (outcome: Outcome) => void): Promise<void> {
    const { session, context, onSettling } = this.#options;
    await applyAlarms(changes, { session, context, report, onSettling });
  }
}
