import type { AwsSession, OutputOf } from "../aws/session.ts";
import { tagsByKey } from "../aws/tags-by-key.ts";
import { formatArn } from "../model/arn.ts";
import type { Resource } from "../model/resource.ts";
import { nameOf } from "./ec2-tags.ts";
import type { FindResource, ResourceType } from "./resource-type.ts";
import { ownCopy, TextPool } from "./text-pool.ts";

type Page = OutputOf<"ec2", "DescribeVolumes">;
type Volume = NonNullable<Page["Volumes"]>[number];

/** Values one filter takes. */
const FILTER_VALUES = 200;

/** EBS volumes. Deleted ones are simply absent. */
export const ebsVolume = {
  name: "ebs.volume",
  label: ["volume", "volumes"],
  operations: ["ec2:DescribeVolumes"],
  completedBy: ["ec2.instance"],
  facts: {
    volumeType: "`gp2`, `gp3`, `io1`, `io2`, `st1`, `sc1` or `standard`",
    sizeGiB: "size in GiB",
    iops: "provisioned or baseline IOPS",
    throughput: "provisioned throughput of a gp3 volume in MiB/s",
    state: "`creating`, `available`, `in-use`, `deleting` or `error`",
    availabilityZone: "availability zone",
    multiAttach: "it can be attached to several instances",
    attachedInstanceId: "the instance it is attached to; the first of several",
    attachedInstanceIds: "all instances it is attached to",
    device: "device name at the first instance",
    attachmentState: "`attaching`, `attached`, `busy`, `detaching` or `detached`",
    burstBalance: "its speed depends on burst credits, so that BurstBalance says something",
    encrypted: "it is encrypted",
    outpost: "ARN of the Outpost it is on",
    nitro: "its instance runs on the Nitro system",
    root: "it is its instance's root volume",
  },

  async *list(session: AwsSession) {
    const pool = new TextPool();
    for await (const page of session.pages("ec2", "DescribeVolumes", {})) yield readPage(page, session, pool);
  },

  async findExisting(session: AwsSession, ids: readonly string[]) {
    const pool = new TextPool();
    const found = new Map<string, Resource>();
    for (let i = 0; i < ids.length; i += FILTER_VALUES) {
      const Filters = [{ Name: "volume-id", Values: ids.slice(i, i + FILTER_VALUES) }];
      for await (const page of session.pages("ec2", "DescribeVolumes", { Filters })) {
        for (const resource of readPage(page, session, pool)) found.set(resource.id, resource);
      }
    }
    return found;
  },

  complete(volume: Resource, find: FindResource) {
    const { attachedInstanceId, device } = volume.facts;
    const instance =
      typeof attachedInstanceId === "string" ? find("ec2.instance", attachedInstanceId) : undefined;
    if (!instance) return volume;
    const { nitro, rootDevice } = instance.facts;
    const root = rootDevice === undefined ? undefined : rootDevice === device;
    return { ...volume, facts: { ...volume.facts, nitro, root } };
  },
} as const satisfies ResourceType;

/**
 * Whether a volume runs on burst credits (EBS user guide, volume types): gp2 below 1,000 GiB, st1 below 12,800 GiB, sc1
 * always. Larger ones have a baseline as high as their burst; the other types have no credits.
 */
export function hasBurstBalance(volumeType: string, sizeGiB: number): boolean {
  if (volumeType === "gp2") return sizeGiB < 1000;
  if (volumeType === "st1") return sizeGiB < 12_800;
  return volumeType === "sc1";
}

function readPage(page: Page, session: AwsSession, pool: TextPool): readonly Resource[] {
  return (page.Volumes ?? []).map((volume) => readVolume(volume, session, pool));
}

function readVolume(volume: Volume, session: AwsSession, pool: TextPool): Resource {
  const { account, partition, region } = session;
  const id = ownCopy(volume.VolumeId ?? "");
  const tags = tagsByKey(volume.Tags, (text) => pool.text(text));
  const state = pool.text(volume.State ?? "unknown");
  const volumeType = pool.text(volume.VolumeType ?? "standard");
  const attachments = volume.Attachments ?? [];
  const instances = attachments.flatMap(({ InstanceId }) => (InstanceId ? [ownCopy(InstanceId)] : []));
  return {
    arn: formatArn({ partition, service: "ec2", region, account, resource: `volume/${id}` }),
    type: "ebs.volume",
    account,
    region,
    id,
    name: nameOf(tags, id),
    state,
    tags,
    facts: {
      volumeType,
      sizeGiB: volume.Size,
      iops: volume.Iops,
      throughput: volume.Throughput,
      state,
      availabilityZone: pool.optional(volume.AvailabilityZone),
      multiAttach: volume.MultiAttachEnabled ?? false,
      attachedInstanceId: instances[0],
      attachedInstanceIds: instances.length === 0 ? undefined : instances,
      device: pool.optional(attachments[0]?.Device),
      attachmentState: pool.optional(attachments[0]?.State),
      burstBalance: volume.Size === undefined ? undefined : hasBurstBalance(volumeType, volume.Size),
      encrypted: volume.Encrypted ?? false,
      outpost: pool.optional(volume.OutpostArn),
      nitro: undefined,
      root: undefined,
    },
  };
}
