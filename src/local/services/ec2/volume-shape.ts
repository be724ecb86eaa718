import type { Volume as WireVolume } from "@aws-sdk/client-ec2";
import type { Fleet, Volume } from "./fleet.ts";
import { attachmentAt, seconds, tagList } from "./instance-shape.ts";

/** How long a volume is `creating` and an attachment `attaching` or `detaching`, milliseconds. */
export const VOLUME_STEP = 3_000;

const NOT_MANAGED = { Managed: false, HiddenByDefault: false } as const;

/** The state of a volume at a time (milliseconds). */
export function volumeState(volume: Volume, now: number): "creating" | "available" | "in-use" | "deleting" {
  if (attachmentAt(volume, now)) return "in-use";
  if (volume.deletedAt !== undefined) return "deleting";
  return now < volume.createdAt + VOLUME_STEP ? "creating" : "available";
}

/** The state of a volume's attachment at a time. */
export function attachmentState(volume: Volume, now: number): "attaching" | "attached" | "detaching" {
  if (volume.detachedAt !== 0) return "detaching";
  // What a machine starts with is attached when it is there.
  const own = volume.attachment?.attachedAt === volume.createdAt;
  return !own && now < (volume.attachment?.attachedAt ?? 0) + VOLUME_STEP ? "attaching" : "attached";
}

/** The wire shape of a volume at a time. */
export function volumeShape(fleet: Fleet, volume: Volume, now: number): WireVolume {
  const subnet = fleet.network.subnets[volume.subnet];
  const attachment = attachmentAt(volume, now);
  const shape: WireVolume = {
    Attachments: attachment
      ? [
          {
            AttachTime: seconds(attachment.attachedAt),
            DeleteOnTermination: attachment.deleteOnTermination,
            Device: attachment.device,
            EbsCardIndex: 0,
            InstanceId: attachment.instanceId,
            State: attachmentState(volume, now),
            VolumeId: volume.id,
          },
        ]
      : [],
    AvailabilityZone: subnet?.zone,
    AvailabilityZoneId: subnet?.zoneId,
    CreateTime: new Date(volume.createdAt),
    Encrypted: volume.encrypted,
    MultiAttachEnabled: volume.multiAttach,
    Operator: NOT_MANAGED,
    Size: volume.size,
    SnapshotId: volume.snapshotId,
    State: volumeState(volume, now),
    VolumeId: volume.id,
    VolumeType: volume.type,
  };
  if (volume.iops !== undefined) shape.Iops = volume.iops;
  if (volume.throughput !== undefined) shape.Throughput = volume.throughput;
  if (volume.tags.size > 0) shape.Tags = tagList(volume.tags);
  return shape;
}
