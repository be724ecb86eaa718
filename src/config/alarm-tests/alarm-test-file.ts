// Files of alarm tests: what they hold, once everything about their form is sound.
import type { AlarmDefinition, SourcePosition } from "../../model/alarm-policy.ts";
import type { AlarmState } from "../../model/alert.ts";
import type { FactValue } from "../../model/resource.ts";

/** A file of tests. */
export interface AlarmTestFile {
  readonly file: string;
  /** The configuration, as the file names it. */
  readonly config?: Located<string>;
  readonly resources: readonly MadeUpResource[];
  readonly tests: readonly AlarmTest[];
}

/** A value with the place it was written at. */
export interface Located<Value> {
  readonly value: Value;
  readonly position: SourcePosition;
}

/** A resource that exists for tests only. */
export interface MadeUpResource {
  /** What the file calls it. */
  readonly key: string;
  readonly type: string;
  readonly id: string;
  readonly name?: string;
  readonly state?: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly facts: Readonly<Record<string, FactValue>>;
  readonly position: SourcePosition;
}

/** One test. Times in seconds since its first point, `start` in epoch seconds. */
export interface AlarmTest {
  readonly name: string;
  readonly position: SourcePosition;
  readonly start: number;
  readonly before?: AlarmState;
  readonly delay: number;
  readonly alarms: readonly TestedAlarm[];
  readonly series: readonly TestSeries[];
  readonly states: readonly GivenStates[];
  readonly bands: Readonly<Record<string, { readonly lower: number; readonly upper: number }>>;
  readonly expect: AlarmExpectations;
}

/** An alarm under test. */
export type TestedAlarm = { readonly key: string; readonly position: SourcePosition } & (
  | {
      readonly kind: "policy";
      readonly policy: string;
      readonly alarm: string;
      readonly resource?: string;
      readonly dimensions: Readonly<Record<string, string>>;
    }
  | { readonly kind: "inline"; readonly definition: AlarmDefinition }
);

/** Points of one metric. `values`: one a period, NaN where there is none. */
export interface TestSeries {
  readonly key: string;
  /** Metric name or id of a metric math entry. */
  readonly metric: string;
  readonly namespace?: string;
  readonly dimensions?: Readonly<Record<string, string>>;
  readonly statistic?: string;
  readonly period: number;
  readonly values: readonly number[];
  readonly samples?: readonly number[];
  readonly position: SourcePosition;
}

/** States of an alarm that isn't under test, from their times on, in order. */
export interface GivenStates {
  readonly alarm: string;
  readonly changes: readonly { readonly time: number; readonly state: AlarmState }[];
  readonly position: SourcePosition;
}

/** A text that StateReason should be, or hold. */
export interface ExpectedReason {
  readonly is?: string;
  readonly contains?: string;
}

/** Something expected of one alarm at one time. */
export interface ExpectedAt {
  readonly time: number;
  readonly alarm: string;
  readonly position: SourcePosition;
}

export interface ExpectedTransition extends ExpectedAt {
  readonly from?: AlarmState;
  readonly to: AlarmState;
  readonly reason: ExpectedReason;
}

export interface ExpectedActions extends ExpectedAt {
  readonly state?: AlarmState;
  /** Ends of ARNs. */
  readonly to?: readonly string[];
}

/** Everything a test expects. Lists of changes are complete for the alarms they name; empty ones for all alarms. */
export interface AlarmExpectations {
  readonly states: readonly (ExpectedAt & { readonly state: AlarmState })[];
  readonly transitions?: Located<readonly ExpectedTransition[]>;
  readonly reasons: readonly (ExpectedAt & { readonly reason: ExpectedReason })[];
  readonly actions?: Located<readonly ExpectedActions[]>;
}
