// Instances. What clients see of them is made when they ask.

import type { InstanceProfile } from "../identities/directory.ts";
import type { Generator } from "../metrics/generators.ts";
import type { GuestProfile } from "./guest-profile.ts";
import type { Guest } from "./guest-state.ts";
import type { InstanceTypeFacts } from "./instance-types.ts";
import type { Intervals } from "./intervals.ts";
import type { Phase } from "./lifecycle.ts";
import type { PlatformFacts } from "./platforms.ts";
import type { ScheduledEvent } from "./scheduled-event.ts";

/** What instances launched together have in common. */
export interface Launch {
  readonly imageId: string;
  readonly platform: PlatformFacts;
  readonly keyName: string | undefined;
  readonly clientToken: string;
  readonly tenancy: "default" | "dedicated" | "host";
  readonly spot: boolean;
  readonly requireToken: boolean;
  readonly ebsOptimized: boolean;
  /** What a shutdown from inside does. */
  readonly shutdownBehavior: "stop" | "terminate";
  readonly metrics: MetricProfile;
  /** What the machines are like; undefined: plain ones. */
  readonly guest: GuestProfile | undefined;
}

/** That an instance had a profile, from and until when (milliseconds). */
export interface ProfileAssociation {
  readonly id: string;
  readonly serial: number;
  readonly instanceId: string;
  readonly profile: InstanceProfile;
  readonly from: number;
  until: number | undefined;
}

/** A CloudWatch agent on an instance. */
export interface AgentProfile {
  /** Seconds between points. */
  readonly interval: number;
  readonly disks: readonly string[];
  /** Dimensions it appends to InstanceId. */
  readonly dimensions: readonly ("ImageId" | "InstanceType" | "AutoScalingGroupName")[];
  /** Reports from and until, milliseconds; undefined while it goes on. */
  readonly since: number;
  readonly until: number | undefined;
}

/** Where the values of an instance's metrics come from; metrics without a generator have a plausible one of their own. */
interface MetricProfile {
  readonly generators: ReadonlyMap<string, Generator>;
  readonly agents: readonly AgentProfile[];
}

/** Something is wrong with an instance or volume, from and until when (milliseconds). */
export interface Impairment {
  readonly check: StatusCheck;
  readonly from: number;
  readonly until: number | undefined;
}

/** EC2's status checks: the host, the operating system, the attached volumes. */
export type StatusCheck = "system" | "instance" | "attached-ebs";

/** What is kept of an instance. */
export interface Instance {
  readonly id: string;
  /** Order of creation: the order of listings and the place in a paged one. */
  readonly serial: number;
  readonly launch: Launch;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly subnet: number;
  /** Number of its address in the subnet; undefined once it is terminated and the address is free for others. */
  host: number | undefined;
  readonly createdAt: number;
  type: InstanceTypeFacts;
  unlimited: boolean;
  detailedMonitoring: boolean;
  terminationProtected: boolean;
  stopProtected: boolean;
  tags: ReadonlyMap<string, string>;
  /** Attached volumes, root first. */
  volumes: readonly string[];
  phase: Phase;
  /** When it last started, milliseconds: LaunchTime. */
  startedAt: number;
  /** Why it is in its state, when somebody asked for it. */
  stateReason: "user" | "none";
  /** When it ran. */
  readonly runs: Intervals;
  /** When its agent was dead. */
  readonly agentDeaths: Intervals;
  impairments: readonly Impairment[];
  events: readonly ScheduledEvent[];
  /** Its instance profiles, each after the other; the last one is the present one, unless it has ended. */
  profiles: readonly ProfileAssociation[];
  /** The machine inside, once something has looked at it. */
  guest: Guest | undefined;
}
