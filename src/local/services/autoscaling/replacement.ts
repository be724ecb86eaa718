import type { Cloud } from "../../cloud.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import { towards } from "../../fleet/lifecycle.ts";
import { endInstance } from "../ec2/power.ts";
import { type AttachedVolumeSpec, addInstance } from "../ec2/provision.ts";
import { registerLike } from "../elbv2/target-groups.ts";
import { memberById } from "./groups.ts";

/** A group notices what it was told of a member's health after so long; milliseconds. */
const NOTICED_AFTER = 30_000;

/** Has a group end a member that is unhealthy, and launch another in its place, unless it is well again by then. */
export function replaceSoon(cloud: Cloud, fleet: Fleet, id: string): void {
  cloud.clock.at(cloud.clock.time() + NOTICED_AFTER, (when) => {
    const now = when.getTime();
    const member = memberById(cloud, fleet, id, now);
    if (!member?.group.unhealthy.has(id) || member.lifecycle !== "InService") return;
    endInstance(fleet, member.instance, now);
    member.group.unhealthy.delete(id);
    const launched = launchLike(fleet, member.instance, now);
    if (launched) registerLike(cloud, fleet, member.instance, launched, now);
  });
}

/** Launches an instance that is as another was when it was new; undefined when its subnet is full. */
function launchLike(fleet: Fleet, instance: Instance, now: number): Instance | undefined {
  const phase = towards("running", now);
  return addInstance(fleet, instance.launch, {
    reservationId: fleet.newId("r"),
    launchIndex: 0,
    subnet: instance.subnet,
    type: instance.type,
    unlimited: instance.unlimited,
    detailedMonitoring: instance.detailedMonitoring,
    terminationProtected: false,
    stopProtected: false,
    tags: instance.tags,
    volumes: volumesLike(fleet, instance),
    phase,
    createdAt: now,
    runs: [phase.settles],
    profile: instance.profiles.at(-1)?.profile,
  });
}

function volumesLike(fleet: Fleet, instance: Instance): readonly AttachedVolumeSpec[] {
  return instance.volumes.flatMap((id) => {
    const volume = fleet.volumes.get(id);
    const attachment = volume?.attachments.findLast(({ instanceId }) => instanceId === instance.id);
    if (!volume || !attachment) return [];
    const { type, size, iops, throughput, encrypted, snapshotId, tags } = volume;
    const { device, deleteOnTermination } = attachment;
    return [{ type, size, iops, throughput, encrypted, snapshotId, tags, device, deleteOnTermination }];
  });
}
