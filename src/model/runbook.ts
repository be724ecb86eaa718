import type { SourcePosition } from "./alarm-policy.ts";
import type { Matcher } from "./alert.ts";
import type { CheckSpec } from "./check.ts";
import type { TimeInterval } from "./notification-policy.ts";
import type { TagCondition } from "./selector.ts";

/** How often a step is tried, and how long it may take. Durations in seconds. */
export interface StepLimits {
  /** From its beginning to its end, each try. */
  readonly timeoutSeconds: number;
  /** Tries in all. */
  readonly attempts: number;
  /** Between tries. */
  readonly retrySeconds: number;
}

/** What a step does. Texts may hold `$resource.id`, `$resource.name`, `$resource.privateIp`, `$resource.tags.X`. */
export type StepAction =
  /** A service of systemd, a Windows service or, as `compose:DIRECTORY`, the containers of a project. */
  | { readonly do: "restartService"; readonly service: string }
  | {
      readonly do: "runCommand";
      readonly commands: readonly string[];
      readonly workingDirectory?: string;
    }
  | { readonly do: "reboot" }
  /** Goes to another host; public addresses that aren't elastic change, and instance store is lost. */
  | { readonly do: "stopStart" }
  | { readonly do: "startInstance" }
  | { readonly do: "waitFor"; readonly until: WaitGoal }
  | { readonly do: "check"; readonly check: RunbookCheck }
  /** A message in the alarm's thread. */
  | { readonly do: "notify"; readonly text: string };

export type StepKindName = StepAction["do"];

/** What can be waited for. `statusChecks`: both of EC2's; `ssm`: Systems Manager answers a command. */
export type WaitGoal = "running" | "statusChecks" | "ssm";

/** What shows that all is well: an endpoint from here, a command there (exit code 0), or the alarm itself. */
export type RunbookCheck =
  | CheckSpec
  | { readonly kind: "command"; readonly commands: readonly string[]; readonly workingDirectory?: string }
  | { readonly kind: "alarm" };

/** One step of a runbook. */
export interface Step extends StepLimits {
  readonly action: StepAction;
  readonly position?: SourcePosition;
}

/** A rung of the ladder: its steps, one after the other. After the last one the runbook's checks decide whether the next rung is needed. */
export interface Rung {
  readonly name: string;
  readonly steps: readonly Step[];
}

/** What an instance must look like for a runbook to be the right one. A field left out isn't looked at. */
export interface Symptoms {
  readonly instanceCheck?: "ok" | "impaired";
  readonly systemCheck?: "ok" | "impaired";
  /** `silent`: Systems Manager hasn't heard of it for longer than a few of its pings take. */
  readonly ssm?: "online" | "silent";
}

/** What is done with a member of an Auto Scaling group. */
export type AutoScalingRule = "refuse" | "markUnhealthy";

/** Bounds on repairs. All on by default. Durations in seconds. */
export interface GuardSettings {
  /** Tags that an instance must have; `{ "watchkeeper:remediate": yes }`. */
  readonly optIn: Readonly<Record<string, TagCondition>>;
  /** Between the end of one repair of an instance and the next. Default 30 min. */
  readonly cooldownSeconds: number;
  /** Repairs of an instance within 24 h. Default 2. */
  readonly attemptsPerDay: number;
  /** Repairs begun in an account and region within an hour: the number, and the percentage of its opted-in instances, whichever is more. Default 3 and 10 %. */
  readonly fleet: { readonly count: number; readonly percent: number };
  /** One of an Auto Scaling or target group at a time. Default true. */
  readonly oneOfGroup: boolean;
  /** When repairs may begin; always where empty. */
  readonly hours: readonly TimeInterval[];
  /** Refuse while a deployment runs: CodeDeploy, an instance refresh, a lifecycle state that isn't InService, one of these tags. */
  readonly deployments: {
    readonly codeDeploy: boolean;
    readonly tags: Readonly<Record<string, TagCondition>>;
  };
  /** A scheduled event of the instance that begins within this time refuses. Default 1 h. */
  readonly scheduledEventSeconds: number;
  /** Alarms older than this are looked at again before anything is done. Default 10 min. */
  readonly freshSeconds: number;
  readonly autoScaling: AutoScalingRule;
}

/** What is kept of the instance's state before anything is done to it. */
export interface EvidenceSettings {
  /** Commands of one line each, where Systems Manager answers; the default looks at load, disks, kernel messages and containers. */
  readonly commands?: readonly string[];
  readonly timeoutSeconds: number;
}

/** What is done about an alarm: guarded, in steps, with proof. */
export interface Runbook {
  readonly name: string;
  readonly description?: string;
  /** Labels of the alarm, as routes know them. Any of these lists, each with all its matchers. */
  readonly trigger: readonly (readonly Matcher[])[];
  readonly when: Symptoms;
  readonly guards: GuardSettings;
  readonly evidence: EvidenceSettings;
  /** From the gentlest to the strongest. */
  readonly ladder: readonly Rung[];
  /** All of them must pass for `fixed`. Where there are none, the alarm's recovery decides. */
  readonly checks: readonly RunbookCheck[];
  /** How long the checks may take to pass after a rung, seconds. */
  readonly settleSeconds: number;
  /** Channels of `notifications:` that are told when nothing helped, beside those that the alarm's route tells. */
  readonly page: readonly string[];
  readonly position?: SourcePosition;
}

/** `remediation:` of a configuration. */
export interface RemediationPolicy {
  /** Tell what would be done, and do nothing. */
  readonly dryRun: boolean;
  readonly runbooks: readonly Runbook[];
}
