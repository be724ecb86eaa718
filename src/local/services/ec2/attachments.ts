import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import type { Volume, VolumeAttachment } from "../../fleet/volume.ts";

/** How long a volume is `creating` and an attachment `attaching` or `detaching`, milliseconds. */
export const VOLUME_STEP = 3_000;

/** The attachment a volume has at a time (milliseconds). */
export function attachmentAt(volume: Volume, now: number): VolumeAttachment | undefined {
  const last = volume.attachments.at(-1);
  return last && (last.detachedAt === undefined || now < last.detachedAt) ? last : undefined;
}

/** The state of an attachment at a time. */
export function attachmentState(
  volume: Volume,
  { attachedAt, detachedAt }: VolumeAttachment,
  now: number,
): "attaching" | "attached" | "detaching" {
  if (detachedAt !== undefined) return "detaching";
  // What a machine starts with is attached when it is there.
  return attachedAt !== volume.createdAt && now < attachedAt + VOLUME_STEP ? "attaching" : "attached";
}

/** The state of a volume at a time. */
export function volumeState(volume: Volume, now: number): "creating" | "available" | "in-use" | "deleting" {
  if (attachmentAt(volume, now)) return "in-use";
  if (volume.deletedAt !== undefined) return "deleting";
  return now < volume.createdAt + VOLUME_STEP ? "creating" : "available";
}

/** Lets go of the volumes of an instance that ends at a time: some are deleted with it, the others become available. */
export function releaseVolumes(fleet: Fleet, instance: Instance, end: number): void {
  for (const id of instance.volumes) {
    const volume = fleet.volumes.get(id);
    const attachment = volume?.attachments.at(-1);
    if (!volume || !attachment || attachment.detachedAt !== undefined) continue;
    attachment.detachedAt = end;
    if (attachment.deleteOnTermination) volume.deletedAt = end;
  }
}
