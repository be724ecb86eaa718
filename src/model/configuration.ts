import type { AgentPolicy } from "./agent-policy.ts";
import type { ActionLists, AlarmPolicy, Severity, SourcePosition } from "./alarm-policy.ts";
import type { NotificationPolicy } from "./notification-policy.ts";
import type { RemediationPolicy } from "./runbook.ts";

/** One AWS account to work in, and how to get there. Without profile and role: the credentials found in the environment. */
export interface AccountConfig {
  /** What people call it; the account id when not given. */
  readonly name?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly externalId?: string;
  readonly sessionName?: string;
  /** Overrides the configuration's regions. */
  readonly regions?: readonly string[];
  readonly position?: SourcePosition;
}

/** A notification topic: made by the plan in every account and region that uses it (`name`), or somebody else's (`arn`). */
export type TopicConfig =
  | { readonly key: string; readonly name: string; readonly position?: SourcePosition }
  | { readonly key: string; readonly arn: string; readonly position?: SourcePosition };

/** Bounds on what one apply may do. */
export interface LimitsConfig {
  /** Deletions for resources that are merely absent: percent of the resources a policy watches, and the number always allowed. */
  readonly deletes: { readonly percent: number; readonly minimum: number };
  /** Refuse a plan whose alarms would cost more, US dollars a month at list prices. */
  readonly monthlyCost?: number;
}

/** A whole `watchkeeper.yaml`, checked and with defaults filled in. */
export interface Configuration {
  readonly version: 1;
  readonly name: string;
  readonly file: string;
  /** SHA-256 of the file's text, hex. */
  readonly hash: string;
  readonly expectAccounts: readonly string[];
  readonly regions: readonly string[];
  readonly accounts: readonly AccountConfig[];
  readonly policies: readonly AlarmPolicy[];
  readonly severities: Readonly<Record<Severity, ActionLists>>;
  readonly topics: Readonly<Record<string, TopicConfig>>;
  readonly notifications?: NotificationPolicy;
  readonly agent?: AgentPolicy;
  readonly remediation?: RemediationPolicy;
  readonly limits: LimitsConfig;
}
