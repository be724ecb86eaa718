// What is kept of the machine inside an instance. How it behaves is in `guest/`.
import type { AgentConfiguration } from "./agent-configuration.ts";
import type { GuestProfile, RebootKind, ServiceSpec } from "./guest-profile.ts";

/** A machine. Times in milliseconds since the epoch. */
export interface Guest {
  readonly profile: GuestProfile;
  reboot: RebootKind;
  rebootHelps: boolean;
  clockSkew: number;
  diskFull: boolean;
  troubledCpu: number;
  /** False: services answer, and say that they aren't well. */
  healthy: boolean;
  /** While it was down for a reboot. May lie ahead. */
  readonly gaps: number[];
  /** While it was frozen: it runs and answers nothing. */
  readonly freezes: number[];
  /** While it was busy: it answers, but its services don't get to work. */
  readonly busy: number[];
  readonly ssm: { version: string | undefined; readonly stops: number[] };
  readonly agent: AgentState;
  readonly services: ReadonlyMap<string, ServiceState>;
  /** Files that commands wrote. */
  readonly files: Map<string, string>;
}

/** While the CloudWatch agent ran with one configuration. Times in milliseconds. */
export interface AgentPhase {
  readonly from: number;
  until: number | undefined;
  readonly configuration: AgentConfiguration;
}

/** The CloudWatch agent of a machine. What a scenario says it publishes (`launch.metrics.agents`) is apart from this. */
export interface AgentState {
  /** Undefined: not installed. */
  version: string | undefined;
  installedAt: number | undefined;
  configuration: AgentConfiguration | undefined;
  readonly phases: AgentPhase[];
}

/** A service and what last happened to it. */
export interface ServiceState {
  readonly spec: ServiceSpec;
  /** When somebody started or stopped it; what happened before the last boot doesn't count any more. */
  changed: { readonly at: number; readonly running: boolean };
}
