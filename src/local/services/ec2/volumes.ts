import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import type { Volume } from "../../fleet/volume.ts";
import type { Handlers } from "../../service.ts";
import { attachmentAt, attachmentState, VOLUME_STEP, volumeState } from "./attachments.ts";
import { dryRun, invalidCombination, invalidValue, missingParameter } from "./errors.ts";
import { compileFilters, type FilterFields } from "./filters.ts";
import { seconds } from "./instance-shape.ts";
import { fleetOf, instanceById, listed, volumeById, volumesById } from "./lookup.ts";
import { pageOf } from "./paging.ts";
import { addVolume } from "./provision.ts";
import { specifiedTags } from "./tag-rules.ts";
import { volumeShape } from "./volume-shape.ts";
import { volumeSpec } from "./volume-types.ts";

interface View {
  readonly fleet: Fleet;
  readonly volume: Volume;
  readonly now: number;
}

/** Filters of DescribeVolumes. Source: its API reference. */
const FIELDS: FilterFields<View> = {
  "attachment.attach-time": ({ volume, now }) => {
    const attachment = attachmentAt(volume, now);
    return attachment && seconds(attachment.attachedAt).toISOString();
  },
  "attachment.delete-on-termination": ({ volume, now }) => {
    const attachment = attachmentAt(volume, now);
    return attachment && String(attachment.deleteOnTermination);
  },
  "attachment.device": ({ volume, now }) => attachmentAt(volume, now)?.device,
  "attachment.instance-id": ({ volume, now }) => attachmentAt(volume, now)?.instanceId,
  "attachment.status": ({ volume, now }) => {
    const attachment = attachmentAt(volume, now);
    return attachment && attachmentState(volume, attachment, now);
  },
  "availability-zone": ({ fleet, volume }) => fleet.network.subnets[volume.subnet]?.zone,
  "availability-zone-id": ({ fleet, volume }) => fleet.network.subnets[volume.subnet]?.zoneId,
  "create-time": ({ volume }) => new Date(volume.createdAt).toISOString(),
  encrypted: ({ volume }) => String(volume.encrypted),
  "fast-restored": () => "false",
  "multi-attach-enabled": ({ volume }) => String(volume.multiAttach),
  "operator.managed": () => "false",
  "operator.principal": () => undefined,
  size: ({ volume }) => String(volume.size),
  "snapshot-id": ({ volume }) => volume.snapshotId || undefined,
  status: ({ volume, now }) => volumeState(volume, now),
  "volume-id": ({ volume }) => volume.id,
  "volume-type": ({ volume }) => volume.type,
};

/** Volumes. */
export const volumes = {
  DescribeVolumes(input, context) {
    dryRun(input.DryRun);
    const ids = input.VolumeIds ?? [];
    if (ids.length > 0 && input.MaxResults !== undefined)
      throw invalidCombination("The parameter volumeSet cannot be used with the parameter maxResults");
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const matches = compileFilters<View>(input.Filters, FIELDS, ({ volume }) => volume.tags);
    const candidates =
      ids.length > 0 ? volumesById(fleet, ids, now) : listed(fleet.existingVolumes(now), context);
    const page = pageOf(
      matching(fleet, candidates, matches, now),
      input,
      { min: 5, max: 500, above: "cap" },
      ["DescribeVolumes", input.Filters],
      ({ serial }) => serial,
    );
    return {
      Volumes: page.items.map((volume) => volumeShape(fleet, volume, now)),
      NextToken: page.nextToken,
    };
  },

  CreateVolume(input, context) {
    dryRun(input.DryRun);
    const fleet = fleetOf(context);
    const now = context.now.getTime();
    const zone =
      input.AvailabilityZone ??
      fleet.network.subnets.find(({ zoneId }) => zoneId === input.AvailabilityZoneId)?.zone;
    if (zone === undefined) throw missingParameter("AvailabilityZone");
    const subnet = fleet.network.subnets.findIndex((candidate) => candidate.zone === zone);
    if (subnet < 0) throw new AwsError("InvalidZone.NotFound", `The zone '${zone}' does not exist.`, 400);
    const spec = volumeSpec({
      type: input.VolumeType,
      size: input.Size,
      iops: input.Iops,
      throughput: input.Throughput,
    });
    const multiAttach = input.MultiAttachEnabled ?? false;
    if (multiAttach && spec.type !== "io1" && spec.type !== "io2")
      throw invalidCombination("The parameter MultiAttachEnabled is only supported for io1 and io2 volumes.");
    const volume = addVolume(fleet, {
      ...spec,
      subnet,
      encrypted: input.Encrypted ?? false,
      snapshotId: input.SnapshotId ?? "",
      multiAttach,
      createdAt: now,
      tags: specifiedTags(input.TagSpecifications, "volume", ["volume"]),
      attachments: [],
    });
    return volumeShape(fleet, volume, now);
  },

  DeleteVolume(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const volume = volumeById(fleetOf(context), input.VolumeId, now);
    const attachment = attachmentAt(volume, now);
    if (attachment)
      throw new AwsError(
        "VolumeInUse",
        `Volume ${volume.id} is currently attached to ${attachment.instanceId}`,
        400,
      );
    volume.deletedAt = now;
    return {};
  },

  AttachVolume(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const volume = volumeById(fleet, input.VolumeId, now);
    const instance = instanceById(fleet, input.InstanceId, now);
    const device = input.Device;
    if (device === undefined) throw missingParameter("Device");
    const present = attachmentAt(volume, now);
    if (present) throw new AwsError("VolumeInUse", `${volume.id} is already attached to an instance`, 400);
    if (volumeState(volume, now) !== "available")
      throw new AwsError("IncorrectState", `Volume '${volume.id}' is not 'available'.`, 400);
    const state = stateAt(instance.phase, now);
    if (state !== "running" && state !== "stopped")
      throw new AwsError("IncorrectState", `Instance '${instance.id}' is not 'running'.`, 400);
    if (volume.subnet !== instance.subnet)
      throw new AwsError(
        "InvalidVolume.ZoneMismatch",
        `The volume '${volume.id}' is not in the same availability zone as instance '${instance.id}'`,
        400,
      );
    if (instance.volumes.some((id) => fleet.volumes.get(id)?.attachments.at(-1)?.device === device))
      throw invalidValue(
        `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
      );
    volume.attachments = [
      ...volume.attachments,
      { instanceId: instance.id, device, deleteOnTermination: false, attachedAt: now, detachedAt: undefined },
    ];
    instance.volumes = [...instance.volumes, volume.id];
    return {
      AttachTime: seconds(now),
      DeleteOnTermination: false,
      Device: device,
      InstanceId: instance.id,
      State: "attaching",
      VolumeId: volume.id,
    };
  },

  DetachVolume(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const volume = volumeById(fleet, input.VolumeId, now);
    const attachment = attachmentAt(volume, now);
    if (!attachment || attachment.detachedAt !== undefined)
      throw new AwsError(
        "IncorrectState",
        `Volume '${volume.id}' is in the '${volumeState(volume, now)}' state.`,
        400,
      );
    if (input.InstanceId !== undefined && input.InstanceId !== attachment.instanceId)
      throw new AwsError(
        "InvalidAttachment.NotFound",
        `Volume ${volume.id} can not be detached from ${input.InstanceId} because it is not attached`,
        400,
      );
    if (input.Device !== undefined && input.Device !== attachment.device)
      throw new AwsError(
        "InvalidAttachment.NotFound",
        `The volume ${volume.id} is not attached to instance ${attachment.instanceId} as device ${input.Device}`,
        400,
      );
    const instance = fleet.instances.get(attachment.instanceId);
    const root = attachment.device === instance?.launch.platform.rootDevice;
    if (instance && root && stateAt(instance.phase, now) !== "stopped")
      throw new AwsError(
        "OperationNotPermitted",
        `Unable to detach root volume '${volume.id}' from instance '${instance.id}'`,
        400,
      );
    attachment.detachedAt = now + VOLUME_STEP;
    if (instance) instance.volumes = instance.volumes.filter((id) => id !== volume.id);
    return {
      AttachTime: seconds(attachment.attachedAt),
      DeleteOnTermination: attachment.deleteOnTermination,
      Device: attachment.device,
      InstanceId: attachment.instanceId,
      State: "detaching",
      VolumeId: volume.id,
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

function* matching(
  fleet: Fleet,
  candidates: Iterable<Volume>,
  matches: (view: View) => boolean,
  now: number,
): Iterable<Volume> {
  for (const volume of candidates) if (matches({ fleet, volume, now })) yield volume;
}
