// EC2 of one account and region: instances and volumes, kept small. What clients see is made when they ask.

import type { Cloud, StateKey } from "../../cloud.ts";
import type { Generator } from "../../generators.ts";
import type { Guest } from "../../guest/guest.ts";
import type { GuestProfile } from "../../guest/profile.ts";
import { metricStoreKey } from "../../metric-store.ts";
import type { InstanceProfile } from "../iam/directory.ts";
import { newId } from "./ids.ts";
import type { InstanceTypeFacts } from "./instance-types.ts";
import { FORGOTTEN_AFTER, type Intervals, isVisible, type Phase } from "./lifecycle.ts";
import { fleetMetrics } from "./metrics.ts";
import { defaultNetwork, FIRST_HOST, LAST_HOST, type Network } from "./network.ts";
import type { PlatformFacts } from "./platforms.ts";
import type { EventCode } from "./scheduled-events.ts";

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

/** What AWS is going to do to an instance, from and until when (milliseconds). */
export interface ScheduledEvent {
  readonly id: string;
  readonly code: EventCode;
  readonly from: number;
  readonly until: number;
}

/** EC2's status checks: the host, the operating system, the attached volumes. */
export type StatusCheck = "system" | "instance" | "attached-ebs";

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

export interface VolumeAttachment {
  readonly instanceId: string;
  readonly device: string;
  readonly deleteOnTermination: boolean;
  readonly attachedAt: number;
  /** When it ends or ended, milliseconds; undefined while it goes on. */
  detachedAt: number | undefined;
}

export type VolumeType = "gp2" | "gp3" | "io1" | "io2" | "st1" | "sc1" | "standard";

export interface Volume {
  readonly id: string;
  readonly serial: number;
  readonly subnet: number;
  readonly type: VolumeType;
  /** GiB. */
  readonly size: number;
  readonly iops: number | undefined;
  /** MiB/s, gp3 only. */
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly snapshotId: string;
  readonly multiAttach: boolean;
  readonly createdAt: number;
  tags: ReadonlyMap<string, string>;
  /** All there ever were; the last one is the present one, unless it has ended. */
  attachments: readonly VolumeAttachment[];
  /** When it is gone: deleted by hand or with its instance. */
  deletedAt: number | undefined;
  impairments: readonly Impairment[];
}

/** The instances and volumes of an account's region. */
export class Fleet {
  readonly account: string;
  readonly region: string;
  readonly network: Network;
  readonly instances = new Map<string, Instance>();
  readonly volumes = new Map<string, Volume>();
  /** Instances whose CloudWatch agent was configured here: few, so that metrics needn't go through all. */
  readonly configuredAgents = new Set<Instance>();
  /** RunInstances by client token: what it asked for and what it gave. */
  readonly launches = new Map<
    string,
    { readonly request: string; readonly ids: readonly string[]; readonly at: number }
  >();
  readonly #cloud: Cloud;
  readonly #nextHost: number[];
  readonly #freeHosts: number[][];
  #serial = 0;
  #lastSweep = 0;

  constructor(account: string, region: string, cloud: Cloud) {
    this.account = account;
    this.region = region;
    this.network = defaultNetwork(account, region);
    this.#cloud = cloud;
    this.#nextHost = this.network.subnets.map(() => FIRST_HOST);
    this.#freeHosts = this.network.subnets.map(() => []);
  }

  newId(prefix: string): string {
    return newId(prefix, this.#cloud.random);
  }

  nextSerial(): number {
    this.#serial += 1;
    return this.#serial;
  }

  /** An unused host number of a subnet, or undefined when it is full. */
  takeHost(subnet: number): number | undefined {
    const free = this.#freeHosts[subnet]?.pop();
    if (free !== undefined) return free;
    const next = this.#nextHost[subnet] ?? LAST_HOST + 1;
    if (next <= LAST_HOST) {
      this.#nextHost[subnet] = next + 1;
      return next;
    }
    this.#reclaimHosts(this.#cloud.clock.time());
    return this.#freeHosts[subnet]?.pop();
  }

  /** How many host numbers of a subnet are unused. */
  freeHosts(subnet: number): number {
    return LAST_HOST + 1 - (this.#nextHost[subnet] ?? LAST_HOST + 1) + (this.#freeHosts[subnet]?.length ?? 0);
  }

  /** Whether a subnet has so many unused host numbers, those of terminated instances included. */
  hasRoom(subnet: number, count: number): boolean {
    if (this.freeHosts(subnet) < count) this.#reclaimHosts(this.#cloud.clock.time());
    return this.freeHosts(subnet) >= count;
  }

  /** An instance that clients can still see. */
  instance(id: string, now: number): Instance | undefined {
    const instance = this.instances.get(id);
    return instance && isVisible(instance.phase, now) ? instance : undefined;
  }

  /** A volume that still exists. */
  volume(id: string, now: number): Volume | undefined {
    const volume = this.volumes.get(id);
    return volume && (volume.deletedAt === undefined || now < volume.deletedAt) ? volume : undefined;
  }

  *visibleInstances(now: number): Iterable<Instance> {
    this.#sweep(now);
    for (const instance of this.instances.values()) if (isVisible(instance.phase, now)) yield instance;
  }

  *existingVolumes(now: number): Iterable<Volume> {
    this.#sweep(now);
    for (const volume of this.volumes.values())
      if (volume.deletedAt === undefined || now < volume.deletedAt) yield volume;
  }

  // Forgets what nobody can ask for any more, once an hour of virtual time.
  #sweep(now: number): void {
    if (now - this.#lastSweep < 3_600_000) return;
    this.#lastSweep = now;
    this.#reclaimHosts(now);
    for (const [id, { phase }] of this.instances)
      if (phase.goal === "terminated" && now > phase.settles + FORGOTTEN_AFTER) this.#forget(id);
    for (const [id, { deletedAt }] of this.volumes)
      if (deletedAt !== undefined && now > deletedAt + FORGOTTEN_AFTER) this.volumes.delete(id);
    for (const [token, { at }] of this.launches) if (now > at + TOKENS_KEPT) this.launches.delete(token);
  }

  #forget(id: string): void {
    const instance = this.instances.get(id);
    this.instances.delete(id);
    if (instance) this.configuredAgents.delete(instance);
  }

  #reclaimHosts(now: number): void {
    for (const instance of this.instances.values()) {
      const { phase, subnet, host } = instance;
      if (host === undefined || phase.goal !== "terminated" || now < phase.settles) continue;
      this.#freeHosts[subnet]?.push(host);
      instance.host = undefined;
    }
  }
}

/** How long a client token is remembered: at least a day, says "Ensuring idempotency in Amazon EC2 API requests". */
const TOKENS_KEPT = 86_400_000;

/** The fleet of an account's region; its metrics are there as soon as it is. */
export const fleetKey: StateKey<Fleet> = {
  name: "ec2-fleet",
  create: (account, region, cloud) => {
    const fleet = new Fleet(account, region, cloud);
    cloud.state(metricStoreKey, account, region).attachSource(fleetMetrics(fleet));
    return fleet;
  },
};
