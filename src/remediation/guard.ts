// Repairing instances: what is done about an alarm, when it may be done, and proof that it was. Deciding is pure (guards, ladder,
// verdicts); steps look and act through `RepairPorts`; a journal makes every run one that can be taken up again.
import type { GuardVerdict, RemediationRun } from "../model/remediation-run.ts";
import type { Tags } from "../model/resource.ts";
import type { GuardSettings, Runbook } from "../model/runbook.ts";

/** Health as EC2's status checks tell it. */
export type CheckState = "ok" | "impaired" | "insufficient-data" | "not-applicable" | "initializing";

/** What is known of an instance before it is touched. Times in ms. A part that couldn't be read says why in `unread`. */
export interface InstanceFacts {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly platform: "linux" | "windows";
  readonly tags: Tags;
  readonly launchedAt?: number;
  readonly privateIp?: string;
  readonly autoScalingGroup?: string;
  readonly instanceCheck?: CheckState;
  readonly systemCheck?: CheckState;
  readonly scheduledEvents: readonly {
    readonly code: string;
    readonly description: string;
    readonly notBefore: number;
  }[];
  /** Absent: Systems Manager doesn't know it. */
  readonly ping?: { readonly online: boolean; readonly lastAt?: number };
  /** Lifecycle state in its Auto Scaling group. */
  readonly lifecycle?: string;
  /** An instance refresh of its group that is under way. */
  readonly refresh?: string;
  /** CodeDeploy deployments under way that it is part of. */
  readonly deployments: readonly string[];
  /** Other instances under repair that share a group with it, with the group's name. */
  readonly mates: readonly { readonly instance: string; readonly group: string }[];
  /** The alarm's state, looked at again because the event was old; absent where it wasn't. */
  readonly alarmState?: "OK" | "ALARM" | "INSUFFICIENT_DATA" | "deleted";
  /** What couldn't be read, by the name of the guard that needs it. */
  readonly unread: Readonly<Record<string, string>>;
}

/** What guards judge by. */
export interface GuardQuestion {
  readonly now: number;
  readonly settings: GuardSettings;
  readonly instance: InstanceFacts;
  /** When the alarm changed, ms; absent for runs that somebody asked for. */
  readonly alarmChangedAt?: number;
  /** Earlier runs of this account and region, newest first, and those under way; without the one in question. */
  readonly earlier: readonly RemediationRun[];
  /** Instances of the account and region that opted in; read where the fleet's cap needs it, see `needsOptedIn`. */
  readonly optedIn?: number;
}

/**
 * A reason not to begin a repair. Pure. What couldn't be read refuses before it is asked (see `judgeAll`); a clock of ours that
 * jumped must not make it milder: times ahead of ours count as just now.
 */
export interface Guard {
  readonly name: string;
  /** What it refuses, for documentation; and the key of `guards:` that sets it, where there is one. */
  readonly refuses: string;
  readonly setting?: string;
  judge(question: GuardQuestion, runbook: Runbook): GuardVerdict;
}
