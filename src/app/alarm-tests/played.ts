import type { Fidelity } from "../../engine/fidelity.ts";
import type { AlarmState } from "../../model/alert.ts";
import type { AlarmFeed } from "./feed.ts";
import type { ReadyAlarm } from "./tested-alarm.ts";

/** A change of state. `time`: seconds since the test's first point. */
export interface PlayedTransition {
  readonly time: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  /** StateReason; written when it is asked for. */
  readonly reason: string;
}

/** Actions that ran. `time`: seconds since the test's first point. */
export interface PlayedActions {
  readonly time: number;
  readonly state: AlarmState;
  /** ARNs. */
  readonly targets: readonly string[];
}

/** What became of one alarm over a test. */
export interface PlayedAlarm {
  readonly alarm: ReadyAlarm;
  /** State before the first point. */
  readonly before: AlarmState;
  readonly transitions: readonly PlayedTransition[];
  readonly actions: readonly PlayedActions[];
  /** The points of a metric alarm. */
  readonly feed?: AlarmFeed;
  readonly fidelity?: Fidelity;
}

/** A whole test, played. */
export interface PlayedTest {
  readonly alarms: readonly PlayedAlarm[];
  /** Seconds from the first point to the end. */
  readonly seconds: number;
}
