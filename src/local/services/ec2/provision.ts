// Making instances and volumes: what RunInstances, CreateVolume and scenarios have in common.

import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance, Launch, ProfileAssociation } from "../../fleet/instance.ts";
import type { InstanceTypeFacts } from "../../fleet/instance-types.ts";
import type { Phase } from "../../fleet/lifecycle.ts";
import type { ScheduledEvent } from "../../fleet/scheduled-event.ts";
import type { Volume } from "../../fleet/volume.ts";
import type { InstanceProfile } from "../../identities/directory.ts";
import type { VolumeSpec } from "./volume-types.ts";

/** A volume to make together with an instance. */
export interface AttachedVolumeSpec extends VolumeSpec {
  readonly device: string;
  readonly deleteOnTermination: boolean;
  readonly encrypted: boolean;
  readonly snapshotId: string;
  readonly tags: ReadonlyMap<string, string>;
}

export interface InstanceSpec {
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly subnet: number;
  readonly type: InstanceTypeFacts;
  readonly unlimited: boolean;
  readonly detailedMonitoring: boolean;
  readonly terminationProtected: boolean;
  readonly stopProtected: boolean;
  readonly tags: ReadonlyMap<string, string>;
  readonly volumes: readonly AttachedVolumeSpec[];
  readonly phase: Phase;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly runs: readonly number[];
  readonly profile?: InstanceProfile | undefined;
}

/** Adds an instance with its volumes; undefined when its subnet has no free address. */
export function addInstance(fleet: Fleet, launch: Launch, spec: InstanceSpec): Instance | undefined {
  const host = fleet.takeHost(spec.subnet);
  if (host === undefined) return undefined;
  const id = fleet.newId("i");
  const volumes = spec.volumes.map(
    (volume) =>
      addVolume(fleet, {
        ...volume,
        subnet: spec.subnet,
        multiAttach: false,
        createdAt: spec.createdAt,
        attachments: [
          {
            instanceId: id,
            device: volume.device,
            deleteOnTermination: volume.deleteOnTermination,
            attachedAt: spec.createdAt,
            detachedAt: undefined,
          },
        ],
      }).id,
  );
  const instance: Instance = {
    id,
    serial: fleet.nextSerial(),
    launch,
    reservationId: spec.reservationId,
    launchIndex: spec.launchIndex,
    subnet: spec.subnet,
    host,
    createdAt: spec.createdAt,
    type: spec.type,
    unlimited: spec.unlimited,
    detailedMonitoring: spec.detailedMonitoring,
    terminationProtected: spec.terminationProtected,
    stopProtected: spec.stopProtected,
    tags: spec.tags,
    volumes,
    phase: spec.phase,
    startedAt: spec.createdAt,
    stateReason: spec.phase.goal === "running" ? "none" : "user",
    runs: [...spec.runs],
    agentDeaths: [],
    impairments: [],
    events: NO_EVENTS,
    profiles: NO_PROFILES,
    guest: undefined,
  };
  if (spec.profile) associate(fleet, instance, spec.profile, spec.createdAt);
  fleet.instances.set(id, instance);
  return instance;
}

/** Adds a volume. */
export function addVolume(
  fleet: Fleet,
  spec: Omit<Volume, "id" | "serial" | "deletedAt" | "impairments">,
): Volume {
  const volume: Volume = {
    id: fleet.newId("vol"),
    serial: fleet.nextSerial(),
    subnet: spec.subnet,
    type: spec.type,
    size: spec.size,
    iops: spec.iops,
    throughput: spec.throughput,
    encrypted: spec.encrypted,
    snapshotId: spec.snapshotId,
    multiAttach: spec.multiAttach,
    createdAt: spec.createdAt,
    tags: spec.tags,
    attachments: spec.attachments,
    deletedAt: undefined,
    impairments: [],
  };
  fleet.volumes.set(volume.id, volume);
  return volume;
}

/** Gives an instance a profile, in the place of the one it has. */
export function associate(
  fleet: Fleet,
  instance: Instance,
  profile: InstanceProfile,
  now: number,
): ProfileAssociation {
  const association: ProfileAssociation = {
    id: fleet.newId("iip-assoc"),
    serial: fleet.nextSerial(),
    instanceId: instance.id,
    profile,
    from: now,
    until: undefined,
  };
  const last = instance.profiles.at(-1);
  if (last) last.until ??= now;
  instance.profiles = [...instance.profiles, association];
  return association;
}

const NO_EVENTS: readonly ScheduledEvent[] = [];
const NO_PROFILES: readonly ProfileAssociation[] = [];

/** No tags: shared, so that ten thousand untagged volumes hold none. */
export const NO_TAGS: ReadonlyMap<string, string> = new Map();
