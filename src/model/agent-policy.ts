import type { SourcePosition } from "./alarm-policy.ts";
import type { FailureLimit, WaveSize } from "./rollout.ts";
import type { Selector } from "./selector.ts";

/** The agent reads another configuration on each. */
export type AgentPlatform = "linux" | "windows";

export const AGENT_PLATFORMS = ["linux", "windows"] as const satisfies readonly AgentPlatform[];

/** Days that a log group can keep events for. Source: the agent's schema, `retention_in_days`. */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export type RetentionDays = (typeof RETENTION_DAYS)[number];

/** Where lines of a log go. `{instance_id}`, `{hostname}`, `{local_hostname}` and `{ip_address}` are the agent's placeholders. */
export interface LogTarget {
  readonly logGroup: string;
  /** Default `{instance_id}`. */
  readonly logStream?: string;
  /** Default: whatever the group has. */
  readonly retentionDays?: RetentionDays;
}

/** A log file. */
export interface LogFile extends LogTarget {
  /** Path, with `*` and `**`. */
  readonly file: string;
  /** What the times in its lines mean. Default `Local`. */
  readonly timeZone?: "UTC" | "Local";
  /** `%b %d %H:%M:%S`; default: the time a line is read. */
  readonly timestampFormat?: string;
  /** Regular expression of a first line, or `{timestamp_format}`. */
  readonly multiLineStart?: string;
}

/** A log of Windows events. */
export interface WindowsEventLog extends LogTarget {
  /** `System`, `Application`, `Security`. */
  readonly event: string;
  readonly levels: readonly ("CRITICAL" | "ERROR" | "WARNING" | "INFORMATION" | "VERBOSE")[];
}

/** A configuration file of the agent's own, in place of a generated one. */
export interface OwnAgentFile {
  /** As the configuration names it, relative to that. */
  readonly file: string;
  readonly position: SourcePosition;
  /** What it holds; absent until it was read. */
  readonly configuration?: unknown;
}

/** What the agent collects, on any platform. */
export interface AgentProfile {
  readonly name: string;
  readonly position?: SourcePosition;
  /** Platforms that have a file of their own; nothing below counts there. */
  readonly own?: Partial<Readonly<Record<AgentPlatform, OwnAgentFile>>>;
  /** Seconds between measurements. Default 60. */
  readonly interval?: number;
  /** File systems, by mount point or drive; `*` means all that hold data. Default `["*"]`; an empty list collects none. */
  readonly disks?: readonly string[];
  /** Log files by platform. */
  readonly files?: Partial<Readonly<Record<AgentPlatform, readonly LogFile[]>>>;
  readonly events?: readonly WindowsEventLog[];
  /** Seconds until collected lines are sent. Default 5. */
  readonly flushSeconds?: number;
}

/** Which instances get the agent, and what it collects there. */
export interface AgentTarget {
  readonly select: Selector;
  /** Name of a profile. */
  readonly profile: string;
  /** An instance's profile may be replaced by ours, where its role lacks something. */
  readonly replaceRole: boolean;
  /** Somebody else's configuration of the agent may be replaced by ours. */
  readonly replaceAgent: boolean;
}

/** How the agent goes through a fleet. Times in seconds. */
export interface AgentRollout {
  readonly waves?: readonly WaveSize[];
  readonly failures?: FailureLimit;
  readonly stopAlarms?: readonly string[];
  readonly pauseSeconds?: number;
  /** How long to wait for an instance's first datapoint. */
  readonly patienceSeconds?: number;
  /** How long to wait until instances whose role has just been given are reached by Systems Manager. */
  readonly registrationSeconds?: number;
}

/** The CloudWatch agent on a fleet: `agent:` of a configuration. */
export interface AgentPolicy {
  /** False: roles and configurations only; who installs the agent is somebody else. */
  readonly install: boolean;
  /** `latest`, or a version of the package. */
  readonly version: string;
  /** What becomes of a stored configuration that somebody edited: it stays, or the configuration takes it back. */
  readonly merge: "keep" | "config";
  /** The first that selects an instance decides. */
  readonly targets: readonly AgentTarget[];
  readonly profiles: Readonly<Record<string, AgentProfile>>;
  readonly rollout: AgentRollout;
  readonly position: SourcePosition;
}
