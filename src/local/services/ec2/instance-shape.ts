// An instance as DescribeInstances returns it, whole: 4 to 5 KB of XML, made from the few facts that are kept.
import type { InstanceNetworkInterface, Tag, Instance as WireInstance } from "@aws-sdk/client-ec2";
import type { Fleet, Instance, Volume } from "./fleet.ts";
import { derivedId } from "./ids.ts";
import { STATES, stateAt } from "./lifecycle.ts";
import { macAddress, privateAddress, privateDnsName, publicAddress, publicDnsName } from "./network.ts";

const NOT_MANAGED = { Managed: false, HiddenByDefault: false } as const;
const NO_HIBERNATION = { Configured: false } as const;
const NO_ENCLAVE = { Enabled: false } as const;
const OPEN_RESERVATION = { CapacityReservationPreference: "open" } as const;
const MAINTENANCE = { AutoRecovery: "default", RebootMigration: "default" } as const;
const DNS_OPTIONS = {
  HostnameType: "ip-name",
  EnableResourceNameDnsARecord: true,
  EnableResourceNameDnsAAAARecord: false,
} as const;
const DEFAULT_BANDWIDTH = { BandwidthWeighting: "default" } as const;

/** The wire shape of an instance at a time (milliseconds). */
export function instanceShape(fleet: Fleet, instance: Instance, now: number): WireInstance {
  const { launch, type } = instance;
  const state = stateAt(instance.phase, now);
  const subnet = fleet.network.subnets[instance.subnet];
  const gone = state === "terminated";
  const shape: WireInstance = {
    AmiLaunchIndex: instance.launchIndex,
    Architecture: type.architecture,
    BlockDeviceMappings: gone ? [] : blockDevices(fleet, instance, now),
    CapacityReservationSpecification: OPEN_RESERVATION,
    ClientToken: launch.clientToken,
    CpuOptions: { CoreCount: type.cores, ThreadsPerCore: type.threadsPerCore },
    CurrentInstanceBootMode: type.nitro && !launch.platform.windows ? "uefi" : "legacy-bios",
    EbsOptimized: launch.ebsOptimized,
    EnaSupport: true,
    EnclaveOptions: NO_ENCLAVE,
    HibernationOptions: NO_HIBERNATION,
    Hypervisor: "xen",
    ImageId: launch.imageId,
    InstanceId: instance.id,
    InstanceType: type.name as NonNullable<WireInstance["InstanceType"]>,
    LaunchTime: seconds(instance.startedAt),
    MaintenanceOptions: MAINTENANCE,
    MetadataOptions: {
      State: instance.phase.goal === "running" && state === "pending" ? "pending" : "applied",
      HttpTokens: launch.requireToken ? "required" : "optional",
      HttpPutResponseHopLimit: launch.requireToken ? 2 : 1,
      HttpEndpoint: "enabled",
      HttpProtocolIpv6: "disabled",
      InstanceMetadataTags: "disabled",
    },
    Monitoring: { State: instance.detailedMonitoring ? "enabled" : "disabled" },
    NetworkInterfaces: gone ? [] : [networkInterface(fleet, instance, now)],
    NetworkPerformanceOptions: DEFAULT_BANDWIDTH,
    Operator: NOT_MANAGED,
    Placement: {
      AvailabilityZone: subnet?.zone,
      AvailabilityZoneId: subnet?.zoneId,
      GroupName: "",
      Tenancy: launch.tenancy,
    },
    PlatformDetails: launch.platform.details,
    PrivateDnsName: "",
    ProductCodes: [],
    PublicDnsName: "",
    RootDeviceName: launch.platform.rootDevice,
    RootDeviceType: "ebs",
    SecurityGroups: gone ? [] : [{ GroupId: fleet.network.securityGroupId, GroupName: "default" }],
    State: STATES[state],
    StateTransitionReason: transitionReason(instance),
    Tags: tagList(instance.tags),
    UsageOperation: launch.platform.usageOperation,
    UsageOperationUpdateTime: seconds(instance.createdAt),
    VirtualizationType: "hvm",
  };
  // The model says `Windows`; EC2 answers `windows`.
  if (launch.platform.windows) shape.Platform = "windows" as "Windows";
  else shape.BootMode = type.architecture === "arm64" ? "uefi" : "uefi-preferred";
  if (launch.keyName !== undefined) shape.KeyName = launch.keyName;
  if (launch.spot) {
    shape.InstanceLifecycle = "spot";
    shape.SpotInstanceRequestId = derivedId("sir", instance.id).slice(0, 12);
  }
  if (instance.stateReason === "user" && instance.phase.goal !== "running")
    shape.StateReason = {
      Code: "Client.UserInitiatedShutdown",
      Message: "Client.UserInitiatedShutdown: User initiated shutdown",
    };
  if (gone) return shape;
  const address = privateAddress(instance.subnet, instance.host);
  shape.PrivateDnsName = privateDnsName(address, fleet.region);
  shape.PrivateDnsNameOptions = DNS_OPTIONS;
  shape.PrivateIpAddress = address;
  shape.SourceDestCheck = true;
  shape.SubnetId = subnet?.id;
  shape.VpcId = fleet.network.vpcId;
  const ip = publicAddressAt(fleet, instance, now);
  if (ip !== undefined) {
    shape.PublicIpAddress = ip;
    shape.PublicDnsName = publicDnsName(ip, fleet.region);
  }
  if (launch.instanceProfileArn !== undefined)
    shape.IamInstanceProfile = {
      Arn: launch.instanceProfileArn,
      Id: derivedId("AIPA", launch.instanceProfileArn).replace("-", "").toUpperCase(),
    };
  return shape;
}

/** The public address an instance has at a time: only while it runs or is about to. */
export function publicAddressAt(fleet: Fleet, instance: Instance, now: number): string | undefined {
  const state = stateAt(instance.phase, now);
  return state === "running" || state === "pending"
    ? publicAddress(instance.id, instance.startedAt, fleet.region)
    : undefined;
}

/** A thing's tags as lists of tags are written. */
export function tagList(tags: ReadonlyMap<string, string>): Tag[] {
  const list: Tag[] = [];
  for (const [Key, Value] of tags) list.push({ Key, Value });
  return list;
}

/** A time cut to the second, as EC2 keeps them. */
export function seconds(milliseconds: number): Date {
  return new Date(Math.floor(milliseconds / 1000) * 1000);
}

/** The attachment a volume has at a time. */
export function attachmentAt(volume: Volume, now: number): Volume["attachment"] {
  return volume.detachedAt !== 0 && now >= volume.detachedAt ? undefined : volume.attachment;
}

function blockDevices(fleet: Fleet, instance: Instance, now: number): WireInstance["BlockDeviceMappings"] {
  const mappings: NonNullable<WireInstance["BlockDeviceMappings"]> = [];
  for (const id of instance.volumes) {
    const volume = fleet.volumes.get(id);
    const attachment = volume && attachmentAt(volume, now);
    if (!attachment) continue;
    mappings.push({
      DeviceName: attachment.device,
      Ebs: {
        AttachTime: seconds(attachment.attachedAt),
        DeleteOnTermination: attachment.deleteOnTermination,
        Status: "attached",
        VolumeId: id,
        EbsCardIndex: 0,
      },
    });
  }
  return mappings;
}

function networkInterface(fleet: Fleet, instance: Instance, now: number): InstanceNetworkInterface {
  const address = privateAddress(instance.subnet, instance.host);
  const dns = privateDnsName(address, fleet.region);
  const ip = publicAddressAt(fleet, instance, now);
  const association =
    ip === undefined
      ? {}
      : {
          Association: { IpOwnerId: "amazon", PublicDnsName: publicDnsName(ip, fleet.region), PublicIp: ip },
        };
  return {
    ...association,
    Attachment: {
      AttachTime: seconds(instance.createdAt),
      AttachmentId: derivedId("eni-attach", instance.id),
      DeleteOnTermination: true,
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      Status: "attached",
    },
    Description: "",
    Groups: [{ GroupId: fleet.network.securityGroupId, GroupName: "default" }],
    InterfaceType: "interface",
    Ipv6Addresses: [],
    MacAddress: macAddress(instance.id),
    NetworkInterfaceId: derivedId("eni", instance.id),
    Operator: NOT_MANAGED,
    OwnerId: fleet.account,
    PrivateDnsName: dns,
    PrivateIpAddress: address,
    PrivateIpAddresses: [{ ...association, Primary: true, PrivateDnsName: dns, PrivateIpAddress: address }],
    SourceDestCheck: true,
    Status: "in-use",
    SubnetId: fleet.network.subnets[instance.subnet]?.id,
    VpcId: fleet.network.vpcId,
  };
}

function transitionReason(instance: Instance): string {
  if (instance.stateReason !== "user" || instance.phase.goal === "running") return "";
  const time = seconds(instance.phase.since).toISOString();
  return `User initiated (${time.slice(0, 10)} ${time.slice(11, 19)} GMT)`;
}
