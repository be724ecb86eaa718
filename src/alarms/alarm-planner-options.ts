import type { AlarmPage } from "../aws/describe-alarms.ts";
import type { AwsSession } from "../aws/session.ts";
import type { AlarmSpec, Dimension } from "../model/alarm-spec.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Scope } from "../model/scope.ts";
import type { PlannedChanges } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import type { AlarmIntent } from "./alarm-intent.ts";
import type { FindExisting } from "./changes/deletions.ts";
import type { DesiredAlarm, DesiredAlarms, SkippedAlarm } from "./desired/desired-alarm.ts";

/** Everything that planning the alarms of one account and region rests on. */
export interface AlarmPlannerOptions {
  readonly session: AwsSession;
  readonly context: Context;
  readonly configuration: Pick<Configuration, "name" | "limits">;
  readonly desired: DesiredAlarms;
  /** The listings of resources behind `desired`, in this account and region. */
  readonly inventory: readonly Scope[];
  readonly findExisting: FindExisting;
  /** US dollars a month at list prices. */
  readonly price: (spec: AlarmSpec) => number;
  /** Of alarms about to be created, the identities of those whose metric was seen. Called once, and only when there are some. */
  readonly seen: (alarms: readonly DesiredAlarm[]) => Promise<ReadonlySet<string>>;
  /** Of alarms with several candidates, the live one, by identity. Those without an answer stay as they are. Called once at most. */
  readonly freshest: (alarms: readonly DesiredAlarm[]) => Promise<ReadonlyMap<string, readonly Dimension[]>>;
  /** Resources of this account and region that may lose their alarms whatever the limits say: `--allow-deletes N`. */
  readonly allowDeletes?: number | undefined;
  /** Read the tags of every alarm without a mark, one call each, to find those of ours that lost it and that nothing wants. */
  readonly readTags?: boolean | undefined;
  readonly intent?: AlarmIntent;
  /** Hears how many new alarms are still to settle (`quietStart`), while apply waits for them. */
  readonly onSettling?: ((waiting: number) => void) | undefined;
  /** In place of DescribeAlarms. */
  readonly pages?: AsyncIterable<AlarmPage>;
}

/** Planned alarms, with what only alarms have. */
export interface PlannedAlarms extends PlannedChanges {
  /** Alarms that were wanted but aren't created, and why; beside `DesiredAlarms.skipped`. */
  readonly skipped: readonly SkippedAlarm[];
  /** Alarms in the account and region, and how many of them are ours. */
  readonly alarms: { readonly total: number; readonly ours: number };
}

/** The type of the alarms' scope and addresses. */
export const ALARM_TYPE = "cloudwatch.alarm";
