import type { Runbook } from "./runbook.ts";

/** Why, as a stable code and a sentence. */
export interface RunReason {
  readonly code: string;
  readonly text: string;
}

/**
 * How a run ended. `fixed`: the checks passed. `rebooted-not-fixed`: it did reboot, and the checks fail. `never-rebooted`: it is proved that
 * it didn't. `not-fixed`: everything was done, no reboot among it, and the checks fail. `unknown`: what was done can't be seen.
 * `refused`: a guard said no. `cancelled`: somebody stopped it. `recovered`: the trouble was gone before anything was done. `gone`: the instance was terminated meanwhile.
 */
export type RunVerdict =
  | "fixed"
  | "rebooted-not-fixed"
  | "never-rebooted"
  | "not-fixed"
  | "unknown"
  | "refused"
  | "recovered"
  | "cancelled"
  | "gone";

/** What a run is about. */
export type RunTrigger =
  | {
      readonly kind: "alarm";
      readonly alarmArn: string;
      readonly alarmName: string;
      /** The alarm's fingerprint, as notifications know it: whose thread is told. */
      readonly fingerprint: string;
      /** When the alarm changed its state, ms. */
      readonly changedAt: number;
      readonly labels: Readonly<Record<string, string>>;
    }
  | { readonly kind: "manual"; readonly by: string; readonly at: number };

/** What a guard says. `looked` tells what was looked at, for people. */
export interface GuardVerdict {
  readonly guard: string;
  readonly verdict: "pass" | "refuse";
  readonly reason: RunReason;
  /** Of a refusal that time will end: when it is worth asking again, ms. */
  readonly again?: number;
}

/** Something kept of the instance before it was touched, cut to some thousand characters. */
export interface Evidence {
  /** `uptime`, `console output`, the command's line. */
  readonly title: string;
  readonly at: number;
  readonly text: string;
}

/**
 * A step's place in the journal. `begun`: nothing is under way. `intended`: the effect that the memo names is about to be asked for, or
 * was. `acted`: AWS has taken it; a step of several effects goes on to `intended` with the next. `ended`: see `outcome`. An effect that
 * can't be repeated is never asked for twice from `intended` without proof that the first asking had none.
 */
export type StepPhase = "begun" | "intended" | "acted" | "ended";

/** How a try of a step ended. `unknown`: it may have happened. `skipped`: there was no need. */
export interface StepOutcome {
  readonly status: "ok" | "failed" | "unknown" | "skipped";
  readonly reason: RunReason;
}

/** One try of one step. Times in ms. */
export interface StepRecord {
  /** Places in the ladder; rung `-1` for what belongs to the run: evidence before the first rung, checks after each (`step` is that rung). */
  readonly rung: number;
  readonly step: number;
  /** `evidence`, `checks`, `recheck`, `markUnhealthy`, or the kind of the step. */
  readonly kind: string;
  /** From 1. */
  readonly attempt: number;
  readonly phase: StepPhase;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** When somebody last looked after it. */
  readonly seenAt: number;
  /** For how long somebody looked after it, ms: neither a clock that jumps nor a time when no process was there counts. Limits go by this. */
  readonly spent: number;
  /** What the step needs to go on after a crash: ids, times, baselines. Plain JSON, no secrets. */
  readonly memo: Readonly<Record<string, unknown>>;
  readonly outcome?: StepOutcome;
}

/** Something worth telling people, in order. */
export interface RunNote {
  readonly at: number;
  readonly code: string;
  readonly text: string;
}

/** One repair: a state machine that is stored before and after each step. Plain JSON; times in ms. */
export interface RemediationRun {
  /** The same for the same alarm change, instance and runbook, however often it is delivered. */
  readonly id: string;
  readonly configuration: string;
  /** As it was when the run began: a configuration that changes meanwhile doesn't change the run. */
  readonly runbook: Runbook;
  readonly dryRun: boolean;
  readonly account: string;
  readonly region: string;
  readonly instance: {
    readonly id: string;
    readonly name: string;
    readonly platform: "linux" | "windows";
    readonly autoScalingGroup?: string;
    /** `privateIp` and tags: what `$resource.…` in the runbook means. */
    readonly privateIp?: string;
    readonly tags: Readonly<Record<string, string>>;
  };
  readonly trigger: RunTrigger;
  readonly createdAt: number;
  readonly endedAt?: number;
  readonly verdict?: RunVerdict;
  readonly reason?: RunReason;
  readonly guards: readonly GuardVerdict[];
  readonly evidence: readonly Evidence[];
  /** The tries so far, oldest first; the last one may be under way. */
  readonly steps: readonly StepRecord[];
  readonly notes: readonly RunNote[];
  /** When to come back; absent once it ended. */
  readonly wakeAt?: number;
  /** Nobody looked after it for longer than alarms stay fresh: whether the trouble is still there is asked before anything more is done. */
  readonly stale?: boolean;
  readonly cancel?: { readonly at: number; readonly by: string };
}

/** An alarm that runbooks were found for, from its arrival until it is decided what is done about it. Times in ms. */
export interface RepairRequest {
  readonly trigger: Extract<RunTrigger, { readonly kind: "alarm" }>;
  readonly account: string;
  readonly region: string;
  /** Id of the instance. */
  readonly instance: string;
  /** Names of the runbooks whose trigger it met, in the order of the file. */
  readonly runbooks: readonly string[];
  readonly receivedAt: number;
  /** What it waits for, where it couldn't be decided at once. */
  readonly waitsFor?: RunReason;
}
