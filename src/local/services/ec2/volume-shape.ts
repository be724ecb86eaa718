import type { Volume as WireVolume } from "@aws-sdk/client-ec2";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Volume } from "../../fleet/volume.ts";
import { attachmentAt, attachmentState, volumeState } from "./attachments.ts";
import { seconds, tagList } from "./instance-shape.ts";

const NOT_MANAGED = { Managed: false, HiddenByDefault: false } as const;

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
            State: attachmentState(volume, attachment, now),
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
