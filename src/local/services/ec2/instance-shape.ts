// An instance as DescribeInstances returns it, whole: 4 to 5 KB of XML, made from the few facts that are kept.
import type { InstanceNetworkInterface, Tag, Instance as WireInstance } from "@aws-sdk/client-ec2";
import type { Fleet } from "../../fleet/fleet.ts";
import { derivedId } from "../../fleet/ids.ts";
import type { Instance } from "../../fleet/instance.ts";
import { STATES, stateAt } from "../../fleet/lifecycle.ts";
import {
  macAddress,
  privateAddressOf,
  privateDnsName,
  publicAddress,
  publicDnsName,
} from "../../fleet/network.ts";
import { attachmentAt } from "./attachments.ts";

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
const MONITORED = { State: "enabled" } as const;
const NOT_MONITORED = { State: "disabled" } as const;
const USER_SHUTDOWN = {
  Code: "Client.UserInitiatedShutdown",
  Message: "Client.UserInitiatedShutdown: User initiated shutdown",
} as const;
const METADATA = {
  HttpEndpoint: "enabled",
  HttpProtocolIpv6: "disabled",
  InstanceMetadataTags: "disabled",
} as const;
const TOKEN_REQUIRED = {
  pending: { ...METADATA, State: "pending", HttpTokens: "required", HttpPutResponseHopLimit: 2 },
  applied: { ...METADATA, State: "applied", HttpTokens: "required", HttpPutResponseHopLimit: 2 },
} as const;
const TOKEN_OPTIONAL = {
  pending: { ...METADATA, State: "pending", HttpTokens: "optional", HttpPutResponseHopLimit: 1 },
  applied: { ...METADATA, State: "applied", HttpTokens: "optional", HttpPutResponseHopLimit: 1 },
} as const;
const DEFAULT_BANDWIDTH = { BandwidthWeighting: "default" } as const;

/** The wire shape of an instance at a time (milliseconds). */
export function instanceShape(fleet: Fleet, instance: Instance, now: number): WireInstance {
  const { launch, type } = instance;
  const state = stateAt(instance.phase, now);
  const gone = state === "terminated";
  const { network } = fleet;
  const subnet = network.subnets[instance.subnet];
  const address = gone ? undefined : privateAddressOf(instance);
  const dns = address === undefined ? "" : privateDnsName(address, fleet.region);
  const ip = publicAddressAt(fleet, instance, now);
  const ended = instance.stateReason === "user" && instance.phase.goal !== "running";
  return {
    AmiLaunchIndex: instance.launchIndex,
    Architecture: type.architecture,
    BlockDeviceMappings: gone ? [] : blockDevices(fleet, instance, now),
    BootMode: launch.platform.windows ? undefined : type.architecture === "arm64" ? "uefi" : "uefi-preferred",
    CapacityReservationSpecification: OPEN_RESERVATION,
    ClientToken: launch.clientToken,
    CpuOptions: type.cpuOptions,
    CurrentInstanceBootMode: type.nitro && !launch.platform.windows ? "uefi" : "legacy-bios",
    EbsOptimized: launch.ebsOptimized,
    EnaSupport: true,
    EnclaveOptions: NO_ENCLAVE,
    HibernationOptions: NO_HIBERNATION,
    Hypervisor: "xen",
    IamInstanceProfile: gone ? undefined : instanceProfile(instance),
    ImageId: launch.imageId,
    InstanceId: instance.id,
    InstanceLifecycle: launch.spot ? "spot" : undefined,
    InstanceType: type.name as NonNullable<WireInstance["InstanceType"]>,
    KeyName: launch.keyName,
    LaunchTime: seconds(instance.startedAt),
    MaintenanceOptions: MAINTENANCE,
    MetadataOptions: (launch.requireToken ? TOKEN_REQUIRED : TOKEN_OPTIONAL)[
      state === "pending" ? "pending" : "applied"
    ],
    Monitoring: instance.detailedMonitoring ? MONITORED : NOT_MONITORED,
    NetworkInterfaces: address === undefined ? [] : [networkInterface(fleet, instance, address, dns, ip)],
    NetworkPerformanceOptions: DEFAULT_BANDWIDTH,
    Operator: NOT_MANAGED,
    Placement: subnet?.placements[launch.tenancy],
    // The model says `Windows`; EC2 answers `windows`.
    Platform: launch.platform.windows ? ("windows" as "Windows") : undefined,
    PlatformDetails: launch.platform.details,
    PrivateDnsName: dns,
    PrivateDnsNameOptions: gone ? undefined : DNS_OPTIONS,
    PrivateIpAddress: address,
    ProductCodes: [],
    PublicDnsName: ip === undefined ? "" : publicDnsName(ip, fleet.region),
    PublicIpAddress: ip,
    RootDeviceName: launch.platform.rootDevice,
    RootDeviceType: "ebs",
    SecurityGroups: gone ? [] : network.groups,
    SourceDestCheck: gone ? undefined : true,
    SpotInstanceRequestId: launch.spot ? derivedId("sir", instance.id).slice(0, 12) : undefined,
    State: STATES[state],
    StateReason: ended ? USER_SHUTDOWN : undefined,
    StateTransitionReason: ended ? transitionReason(instance) : "",
    SubnetId: gone ? undefined : subnet?.id,
    Tags: tagList(instance.tags),
    UsageOperation: launch.platform.usageOperation,
    UsageOperationUpdateTime: seconds(instance.createdAt),
    VirtualizationType: "hvm",
    VpcId: gone ? undefined : network.vpcId,
  };
}

/** The public address an instance has at a time: only while it runs or is about to. */
function publicAddressAt(fleet: Fleet, instance: Instance, now: number): string | undefined {
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

// Absent members are undefined rather than left out: objects of one shape are made several times as fast.
function networkInterface(
  fleet: Fleet,
  instance: Instance,
  address: string,
  dns: string,
  ip: string | undefined,
): InstanceNetworkInterface {
  const association =
    ip === undefined
      ? undefined
      : { IpOwnerId: "amazon", PublicDnsName: publicDnsName(ip, fleet.region), PublicIp: ip };
  return {
    Association: association,
    Attachment: {
      AttachTime: seconds(instance.createdAt),
      AttachmentId: derivedId("eni-attach", instance.id),
      DeleteOnTermination: true,
      DeviceIndex: 0,
      NetworkCardIndex: 0,
      Status: "attached",
    },
    Description: "",
    Groups: fleet.network.groups,
    InterfaceType: "interface",
    Ipv6Addresses: [],
    MacAddress: macAddress(instance.id),
    NetworkInterfaceId: derivedId("eni", instance.id),
    Operator: NOT_MANAGED,
    OwnerId: fleet.account,
    PrivateDnsName: dns,
    PrivateIpAddress: address,
    PrivateIpAddresses: [
      { Association: association, Primary: true, PrivateDnsName: dns, PrivateIpAddress: address },
    ],
    SourceDestCheck: true,
    Status: "in-use",
    SubnetId: fleet.network.subnets[instance.subnet]?.id,
    VpcId: fleet.network.vpcId,
  };
}

function instanceProfile({ profiles }: Instance): WireInstance["IamInstanceProfile"] {
  const last = profiles.at(-1);
  return last === undefined || last.until !== undefined
    ? undefined
    : { Arn: last.profile.arn, Id: last.profile.id };
}

function transitionReason(instance: Instance): string {
  const time = seconds(instance.phase.since).toISOString();
  return `User initiated (${time.slice(0, 10)} ${time.slice(11, 19)} GMT)`;
}
