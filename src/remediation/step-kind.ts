import type { AwsSession } from "../aws/session.ts";
import type { CheckResult, CheckSpec } from "../model/check.ts";
import type { Evidence, RemediationRun, StepOutcome, StepRecord } from "../model/remediation-run.ts";
import type { Step, StepAction } from "../model/runbook.ts";
import type { Context } from "../support/context.ts";

/** What steps reach the world by. */
export interface RepairPorts {
  /** Of the instance's account and region. */
  readonly session: AwsSession;
  readonly context: Context;
  /** Asks an endpoint; never throws for what the endpoint does. */
  readonly check: (spec: CheckSpec) => Promise<CheckResult>;
}

/** Where a step stands. */
export interface StepInput<Action = StepAction> {
  readonly action: Action;
  readonly limits: Pick<Step, "timeoutSeconds" | "attempts" | "retrySeconds">;
  readonly run: RemediationRun;
  readonly record: StepRecord;
  /** ms. */
  readonly now: number;
  readonly ports: RepairPorts;
  /** True when another process, or an earlier life of this one, brought the record where it is: it may have died in the middle of `act`. */
  readonly resumed: boolean;
}

/**
 * What comes next. `intend`: the memo is stored with phase `intended`, then `act` is called, once. `wait`: come back then.
 * `end`: this try is over; whether it is tried again is up to the journal.
 */
export type StepTurn =
  | { readonly turn: "intend"; readonly memo: StepRecord["memo"] }
  | {
      readonly turn: "wait";
      readonly until: number;
      readonly memo?: StepRecord["memo"];
      readonly note?: { readonly code: string; readonly text: string };
    }
  | {
      readonly turn: "end";
      readonly outcome: StepOutcome;
      readonly memo?: StepRecord["memo"];
      readonly evidence?: readonly Evidence[];
    };

/**
 * A kind of step. `advance` looks at the world and says what is next; it changes nothing outside and may be called as often as one
 * likes. `act` asks AWS for the effect; what it answers is added to the memo and stored with phase `acted`.
 * Both throw `WatchkeeperError`s of AWS; retryable ones are tried again until the step's time is up.
 */
export interface StepKind<Action = StepAction> {
  advance(input: StepInput<Action>): Promise<StepTurn>;
  act?(input: StepInput<Action>): Promise<StepRecord["memo"]>;
}
