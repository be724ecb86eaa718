import type { AwsSession } from "../aws/session.ts";
import type { CheckResult, CheckSpec } from "../model/check.ts";
import type {
  Evidence,
  RemediationRun,
  RunReason,
  StepOutcome,
  StepRecord,
} from "../model/remediation-run.ts";
import type { StepAction, StepLimits } from "../model/runbook.ts";
import type { Context } from "../support/context.ts";
import type { InstanceLook } from "./look-at-instance.ts";

/** What steps reach the world by. */
export interface RepairPorts {
  /** Of the instance's account and region. */
  readonly session: AwsSession;
  readonly context: Context;
  /** Asks an endpoint; never throws for what the endpoint does. */
  readonly check: (spec: CheckSpec) => Promise<CheckResult>;
}

/** Where a step stands. */
export interface StepInput<Action = StepAction | undefined> {
  readonly action: Action;
  readonly limits: StepLimits;
  readonly run: RemediationRun;
  /** In phase `intended` it is uncertain whether the effect was had: whoever asked has died, or got no answer. */
  readonly record: StepRecord;
  /** ms. */
  readonly now: number;
  /** The instance as it was a moment ago: it exists. */
  readonly instance: InstanceLook;
  readonly ports: RepairPorts;
}

/** What a step remembers: plain JSON, no secrets. */
export type Memo = StepRecord["memo"];

/**
 * What comes next. The memo of a turn is added to the record's.
 * `intend`: the memo names the effect; it is stored with phase `intended`, then `act` is called, once.
 * `seen`: the effect that was intended turned out to have been had; goes on as `acted`.
 * `wait`: come back in so many seconds. `end`: this try is over; whether it is tried again is up to the journal.
 */
export type StepTurn =
  | { readonly turn: "intend"; readonly memo: Memo }
  | { readonly turn: "seen"; readonly memo?: Memo }
  | { readonly turn: "wait"; readonly seconds: number; readonly memo?: Memo }
  | {
      readonly turn: "end";
      readonly outcome: StepOutcome;
      readonly memo?: Memo;
      readonly evidence?: readonly Evidence[];
      /** Told to people, besides what the journal tells of the outcome. */
      readonly note?: string;
    };

/**
 * What asking for an effect gave. `done`: AWS has taken it. `refused`: it was refused and had no effect; the memo gets it as `refused`
 * and the step is asked again, in phase `begun`. `lost`: no answer came; the step stays `intended`. `untried`: it wasn't even sent.
 */
export type Acting =
  | { readonly kind: "done"; readonly memo: Memo }
  | { readonly kind: "refused"; readonly reason: RunReason }
  | { readonly kind: "lost"; readonly reason: RunReason }
  | { readonly kind: "untried"; readonly error: unknown };

/**
 * A kind of step. `advance` looks at the world and says what is next; it changes nothing outside and may be called as often as one
 * likes. `act` asks AWS for the effect that the memo names. Both throw `WatchkeeperError`s of AWS for calls that only look;
 * retryable ones are tried again until the step's time is up.
 */
export interface StepKind<Action = StepAction | undefined> {
  advance(input: StepInput<Action>): Promise<StepTurn>;
  act?(input: StepInput<Action>): Promise<Acting>;
  /** Whether somebody who cancels has to wait for the step's end: what was begun would leave the instance worse. */
  mustFinish?(record: StepRecord): boolean;
}
