import type { MetricAlarm } from "../../engine/alarm.ts";
import type { CompositeRule } from "../../engine/composite-rule.ts";
import type { SourcePosition } from "../../model/alarm-policy.ts";
import type { AlarmSpec, CompositeAlarmSpec, MetricAlarmSpec, MetricStat } from "../../model/alarm-spec.ts";

/** An alarm under test, ready to be played. */
export type ReadyAlarm = ReadyMetricAlarm | ReadyCompositeAlarm;

interface ReadyCommon {
  /** What the test calls it. */
  readonly key: string;
  /** Its name in CloudWatch. */
  readonly name: string;
  readonly arn: string;
  readonly spec: AlarmSpec;
  readonly position: SourcePosition;
}

export interface ReadyMetricAlarm extends ReadyCommon {
  readonly kind: "metric";
  readonly spec: MetricAlarmSpec;
  /** As it would be written to CloudWatch. */
  readonly alarm: MetricAlarm;
  /** What it reads, by the id the engine knows it by. */
  readonly metrics: readonly (MetricStat & { readonly id: string })[];
  /** Seconds. */
  readonly period: number;
}

export interface ReadyCompositeAlarm extends ReadyCommon {
  readonly kind: "composite";
  readonly spec: CompositeAlarmSpec;
  readonly rule: CompositeRule;
}

/** Something that keeps a test from being run, or that it found wrong. */
export interface TestProblem {
  readonly message: string;
  readonly position: SourcePosition;
  /** Further lines that explain it. */
  readonly details?: readonly string[];
  /** The alarm it is about. */
  readonly alarm?: string;
  /** Seconds since the first point. */
  readonly time?: number;
}

/** A test that can't be run as it is written. */
export class TestNotRunnable extends Error {
  readonly problems: readonly TestProblem[];

  constructor(problems: readonly TestProblem[]) {
    super(problems.map(({ message }) => message).join("\n"));
    this.problems = problems;
  }
}
