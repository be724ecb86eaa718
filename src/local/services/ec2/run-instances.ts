import type { BlockDeviceMapping, RunInstancesRequest } from "@aws-sdk/client-ec2";
import { hashOf } from "../../../support/canonical-json.ts";
import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { derivedId, isId } from "../../fleet/ids.ts";
import type { Instance, Launch } from "../../fleet/instance.ts";
import { type InstanceTypeFacts, instanceTypeFacts } from "../../fleet/instance-types.ts";
import { towards } from "../../fleet/lifecycle.ts";
import { LAST_HOST } from "../../fleet/network.ts";
import { PLATFORMS, type PlatformFacts } from "../../fleet/platforms.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { dryRun, invalidCombination, invalidValue, missingParameter } from "./errors.ts";
import { instanceShape } from "./instance-shape.ts";
import { fleetOf } from "./lookup.ts";
import { requestedProfile } from "./profile-associations.ts";
import { type AttachedVolumeSpec, addInstance } from "./provision.ts";
import { specifiedTags } from "./tag-rules.ts";
import { volumeSpec } from "./volume-types.ts";

const TAGGABLE = ["instance", "volume", "network-interface", "spot-instances-request"];

/** What RunInstances offers that instances here can't have: refused rather than ignored. */
const UNSUPPORTED = [
  "LaunchTemplate",
  "NetworkInterfaces",
  "SecondaryInterfaces",
  "Ipv6AddressCount",
  "Ipv6Addresses",
  "KernelId",
  "RamdiskId",
  "ElasticGpuSpecification",
  "ElasticInferenceAccelerators",
  "LicenseSpecifications",
  "CpuOptions",
  "CapacityReservationSpecification",
  "PrivateIpAddress",
  "Operator",
] as const satisfies readonly (keyof RunInstancesRequest)[];

/** Launching instances. */
export const runInstances = {
  RunInstances(input, context) {
    dryRun(input.DryRun);
    const fleet = fleetOf(context);
    const now = context.now.getTime();
    const request = hashOf(input, 16);
    const earlier = input.ClientToken ? fleet.launches.get(input.ClientToken) : undefined;
    if (earlier) {
      if (earlier.request !== request)
        throw new AwsError(
          "IdempotentParameterMismatch",
          "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
          400,
        );
      return answer(
        fleet,
        earlier.ids.flatMap((id) => fleet.instances.get(id) ?? []),
        now,
      );
    }
    const instances = launch(fleet, input, context, now);
    if (input.ClientToken)
      fleet.launches.set(input.ClientToken, { request, ids: instances.map(({ id }) => id), at: now });
    return answer(fleet, instances, now);
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

function answer(fleet: Fleet, instances: readonly Instance[], now: number) {
  return {
    Groups: [],
    Instances: instances.map((instance) => instanceShape(fleet, instance, now)),
    OwnerId: fleet.account,
    ReservationId: instances[0]?.reservationId,
  };
}

function launch(fleet: Fleet, input: RunInstancesRequest, context: RequestContext, now: number): Instance[] {
  const unsupported = UNSUPPORTED.find((name) => input[name] !== undefined);
  if (unsupported !== undefined)
    throw new AwsError("NotImplemented", `RunInstances with ${unsupported} is not implemented here.`, 501);
  const count = checkedCount(input);
  const { imageId, platform } = image(fleet, input);
  const type = checkedType(input.InstanceType ?? "m1.small");
  const subnet = checkedSubnet(fleet, input);
  checkGroups(fleet, input);
  const tags = specifiedTags(input.TagSpecifications, "instance", TAGGABLE);
  const volumeTags = specifiedTags(input.TagSpecifications, "volume", TAGGABLE);
  const volumes = volumesFor(input.BlockDeviceMappings ?? [], platform, imageId, volumeTags);
  const common: Launch = {
    imageId,
    platform,
    keyName: input.KeyName,
    clientToken: input.ClientToken ?? "",
    tenancy: input.Placement?.Tenancy ?? "default",
    spot: input.InstanceMarketOptions?.MarketType === "spot",
    requireToken: input.MetadataOptions?.HttpTokens !== "optional",
    ebsOptimized: input.EbsOptimized ?? false,
    shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? "stop",
    metrics: { generators: new Map(), agents: [] },
    guest: undefined,
  };
  const profile = input.IamInstanceProfile && requestedProfile(input.IamInstanceProfile, context);
  if (!fleet.hasRoom(subnet, input.MinCount as number)) throw subnetFull(fleet, subnet);
  const reservationId = fleet.newId("r");
  const phase = towards("running", now);
  const instances: Instance[] = [];
  for (let index = 0; index < count; index += 1) {
    const instance = addInstance(fleet, common, {
      reservationId,
      launchIndex: index,
      subnet,
      type,
      unlimited: isUnlimited(type, input.CreditSpecification?.CpuCredits),
      detailedMonitoring: input.Monitoring?.Enabled ?? false,
      terminationProtected: input.DisableApiTermination ?? false,
      stopProtected: input.DisableApiStop ?? false,
      tags,
      volumes,
      phase,
      createdAt: now,
      runs: [phase.settles],
      profile,
    });
    if (!instance) break;
    instances.push(instance);
  }
  return instances;
}

function checkedCount({ MinCount: min, MaxCount: max }: RunInstancesRequest): number {
  if (min === undefined) throw missingParameter("MinCount");
  if (max === undefined) throw missingParameter("MaxCount");
  if (min < 1) throw invalidValue(`Value (${min}) for parameter minCount is invalid. Minimum value is 1.`);
  if (max < min)
    throw new AwsError(
      "InvalidParameterCombination",
      `MinCount (${min}) is greater than MaxCount (${max})`,
      400,
    );
  return max;
}

// There is no list of images: every well-formed id is a Linux image; public SSM parameters of Windows images give Windows.
function image(
  fleet: Fleet,
  { ImageId: id }: RunInstancesRequest,
): { imageId: string; platform: PlatformFacts } {
  if (id === undefined) throw missingParameter("ImageId");
  if (id.startsWith("resolve:ssm:"))
    return {
      imageId: derivedId("ami", `${fleet.region}/${id}`),
      platform: /windows/i.test(id) ? PLATFORMS.windows : PLATFORMS.linux,
    };
  if (!isId("ami", id))
    throw new AwsError("InvalidAMIID.Malformed", `Invalid id: "${id}" (expecting "ami-...")`, 400);
  return { imageId: id, platform: PLATFORMS.linux };
}

/** Facts of an instance type; throws InvalidParameterValue for one that can't exist. */
export function checkedType(name: string): InstanceTypeFacts {
  const type = instanceTypeFacts(name);
  if (!type) throw invalidValue(`Invalid value '${name}' for InstanceType.`);
  return type;
}

function isUnlimited(type: InstanceTypeFacts, asked: string | undefined): boolean {
  if (asked !== undefined && asked !== "standard" && asked !== "unlimited")
    throw invalidValue(`Invalid value '${asked}' for CpuCredits. Valid values are: standard, unlimited`);
  if (asked !== undefined && !type.credits)
    throw invalidCombination(`CreditSpecification is not supported for instance type ${type.name}`);
  return asked === undefined ? (type.credits?.launchUnlimited ?? false) : asked === "unlimited";
}

function checkedSubnet(fleet: Fleet, { SubnetId: id, Placement: placement }: RunInstancesRequest): number {
  const { subnets } = fleet.network;
  // Terraform's provider sends an empty zone with every launch that names none, so EC2 takes it as none.
  const zone = placement?.AvailabilityZone || undefined;
  if (id !== undefined) {
    const index = subnets.findIndex((subnet) => subnet.id === id);
    if (index < 0)
      throw new AwsError("InvalidSubnetID.NotFound", `The subnet ID '${id}' does not exist`, 400);
    if (zone !== undefined && subnets[index]?.zone !== zone)
      throw invalidValue(
        `Value (${zone}) for parameter availabilityZone is invalid. The subnet '${id}' is in ${subnets[index]?.zone}.`,
      );
    return index;
  }
  if (zone !== undefined) {
    const index = subnets.findIndex((subnet) => subnet.zone === zone);
    if (index < 0) throw invalidValue(`Invalid availability zone: [${zone}]`);
    return index;
  }
  // EC2 chooses the zone: the one with the most free addresses keeps the fleet even.
  let best = 0;
  for (let index = 1; index < subnets.length; index += 1)
    if (fleet.freeHosts(index) > fleet.freeHosts(best)) best = index;
  return best;
}

function checkGroups(fleet: Fleet, input: RunInstancesRequest): void {
  const wrongId = input.SecurityGroupIds?.find((id) => id !== fleet.network.securityGroupId);
  if (wrongId !== undefined)
    throw new AwsError("InvalidGroup.NotFound", `The security group '${wrongId}' does not exist`, 400);
  const wrongName = input.SecurityGroups?.find((name) => name !== "default");
  if (wrongName !== undefined)
    throw new AwsError(
      "InvalidGroup.NotFound",
      `The security group '${wrongName}' does not exist in default VPC '${fleet.network.vpcId}'`,
      400,
    );
}

function volumesFor(
  mappings: readonly BlockDeviceMapping[],
  platform: PlatformFacts,
  imageId: string,
  tags: ReadonlyMap<string, string>,
): AttachedVolumeSpec[] {
  const rootSnapshot = derivedId("snap", imageId);
  const seen = new Set<string>();
  const wanted = mappings.filter(({ DeviceName: device, Ebs, NoDevice, VirtualName }) => {
    if (device === undefined) throw missingParameter("BlockDeviceMapping.1.DeviceName");
    if (seen.has(device))
      throw new AwsError(
        "InvalidBlockDeviceMapping",
        `The device '${device}' is used in more than one block-device mapping`,
        400,
      );
    seen.add(device);
    return NoDevice === undefined && VirtualName === undefined && Ebs !== undefined;
  });
  const volumes = wanted.map(({ DeviceName: device, Ebs: ebs }) => {
    const root = device === platform.rootDevice;
    const spec = volumeSpec(
      {
        type: ebs?.VolumeType ?? (root ? "gp3" : "gp2"),
        size: ebs?.VolumeSize,
        iops: ebs?.Iops,
        throughput: ebs?.Throughput,
      },
      root ? platform.rootSize : undefined,
    );
    if (root && spec.size < platform.rootSize)
      throw new AwsError(
        "InvalidBlockDeviceMapping",
        `Volume of size ${spec.size}GB is smaller than snapshot '${rootSnapshot}', expect size>= ${platform.rootSize}GB`,
        400,
      );
    return {
      ...spec,
      device: device as string,
      deleteOnTermination: ebs?.DeleteOnTermination ?? true,
      encrypted: ebs?.Encrypted ?? false,
      snapshotId: ebs?.SnapshotId ?? (root ? rootSnapshot : ""),
      tags,
    };
  });
  if (!seen.has(platform.rootDevice))
    volumes.unshift({
      ...volumeSpec({ type: "gp3", size: platform.rootSize, iops: undefined, throughput: undefined }),
      device: platform.rootDevice,
      deleteOnTermination: true,
      encrypted: false,
      snapshotId: rootSnapshot,
      tags,
    });
  return volumes.sort(
    (a, b) => Number(b.device === platform.rootDevice) - Number(a.device === platform.rootDevice),
  );
}

function subnetFull(fleet: Fleet, subnet: number): AwsError {
  return new AwsError(
    "InsufficientFreeAddressesInSubnet",
    `Not enough free addresses in subnet '${fleet.network.subnets[subnet]?.id}' (it has ${LAST_HOST - 3} in all).`,
    400,
  );
}
