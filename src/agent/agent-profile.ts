// The CloudWatch Agent on a fleet: what it is to collect, the role it needs, and bringing both to instances without taking anything
// away from what runs there.

/** The agent reads another configuration on each. */
export type AgentPlatform = "linux" | "windows";

/** Days that a log group can keep events for. Source: the agent's schema, `retention_in_days`. */
export const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
] as const;

export type RetentionDays = (typeof RETENTION_DAYS)[number];

/** Where lines of a log go. `{instance_id}`, `{hostname}`, `{local_hostname}` and `{ip_address}` are the agent's placeholders. */
interface LogTarget {
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

/** What the agent collects, on any platform. */
export interface AgentProfile {
  readonly name: string;
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
