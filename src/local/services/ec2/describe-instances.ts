import type { Reservation, Instance as WireInstance } from "@aws-sdk/client-ec2";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import { STATES, stateAt } from "../../fleet/lifecycle.ts";
import { privateAddressOf } from "../../fleet/network.ts";
import type { Handlers } from "../../service.ts";
import { dryRun, invalidCombination } from "./errors.ts";
import { compileFilters, type FieldValues, type FilterFields } from "./filters.ts";
import { instanceShape } from "./instance-shape.ts";
import { fleetOf, instancesById, listed } from "./lookup.ts";
import { pageOf } from "./paging.ts";

/** An instance while a listing looks at it: the wire shape is made once, and only when something asks. */
class View {
  readonly fleet: Fleet;
  readonly instance: Instance;
  readonly now: number;
  #shape: WireInstance | undefined;

  constructor(fleet: Fleet, instance: Instance, now: number) {
    this.fleet = fleet;
    this.instance = instance;
    this.now = now;
  }

  get shape(): WireInstance {
    this.#shape ??= instanceShape(this.fleet, this.instance, this.now);
    return this.#shape;
  }
}

type Interface = NonNullable<WireInstance["NetworkInterfaces"]>[number];
type Device = NonNullable<WireInstance["BlockDeviceMappings"]>[number];

const text = (value: string | number | boolean | Date | undefined): FieldValues =>
  value === undefined ? undefined : value instanceof Date ? value.toISOString() : String(value);
const interfaces = (read: (one: Interface) => string | number | boolean | Date | undefined) => (view: View) =>
  (view.shape.NetworkInterfaces ?? []).flatMap((one) => text(read(one)) ?? []);
const devices = (read: (one: Device) => string | boolean | Date | undefined) => (view: View) =>
  (view.shape.BlockDeviceMappings ?? []).flatMap((one) => text(read(one)) ?? []);
const absent = () => undefined;

/** Filters of DescribeInstances. Source: its API reference. What no instance here has matches nothing. */
const FIELDS: FilterFields<View> = {
  affinity: absent,
  architecture: ({ instance }) => instance.type.architecture,
  "availability-zone": ({ fleet, instance }) => fleet.network.subnets[instance.subnet]?.zone,
  "availability-zone-id": ({ fleet, instance }) => fleet.network.subnets[instance.subnet]?.zoneId,
  "block-device-mapping.attach-time": devices(({ Ebs }) => Ebs?.AttachTime),
  "block-device-mapping.delete-on-termination": devices(({ Ebs }) => Ebs?.DeleteOnTermination),
  "block-device-mapping.device-name": devices(({ DeviceName }) => DeviceName),
  "block-device-mapping.status": devices(({ Ebs }) => Ebs?.Status),
  "block-device-mapping.volume-id": devices(({ Ebs }) => Ebs?.VolumeId),
  "boot-mode": ({ shape }) => shape.BootMode,
  "capacity-reservation-id": absent,
  "capacity-reservation-specification.capacity-reservation-preference": ({ shape }) =>
    shape.CapacityReservationSpecification?.CapacityReservationPreference,
  "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-id": absent,
  "capacity-reservation-specification.capacity-reservation-target.capacity-reservation-resource-group-arn":
    absent,
  "client-token": ({ instance }) => instance.launch.clientToken || undefined,
  "current-instance-boot-mode": ({ shape }) => shape.CurrentInstanceBootMode,
  "dns-name": ({ shape }) => shape.PublicDnsName || undefined,
  "ebs-optimized": ({ shape }) => text(shape.EbsOptimized),
  "ena-support": ({ shape }) => text(shape.EnaSupport),
  "enclave-options.enabled": ({ shape }) => text(shape.EnclaveOptions?.Enabled),
  "hibernation-options.configured": ({ shape }) => text(shape.HibernationOptions?.Configured),
  "host-id": absent,
  hypervisor: ({ shape }) => shape.Hypervisor,
  "iam-instance-profile.arn": ({ shape }) => shape.IamInstanceProfile?.Arn,
  "iam-instance-profile.id": ({ shape }) => shape.IamInstanceProfile?.Id,
  "image-id": ({ instance }) => instance.launch.imageId,
  "instance-id": ({ instance }) => instance.id,
  "instance-lifecycle": ({ shape }) => shape.InstanceLifecycle,
  "instance-state-code": ({ instance, now }) => String(STATES[stateAt(instance.phase, now)].Code),
  "instance-state-name": ({ instance, now }) => stateAt(instance.phase, now),
  "instance-type": ({ instance }) => instance.type.name,
  "instance.group-id": ({ shape }) => shape.SecurityGroups?.flatMap(({ GroupId }) => GroupId ?? []),
  "instance.group-name": ({ shape }) => shape.SecurityGroups?.flatMap(({ GroupName }) => GroupName ?? []),
  "group-id": ({ shape }) => shape.SecurityGroups?.flatMap(({ GroupId }) => GroupId ?? []),
  "group-name": ({ shape }) => shape.SecurityGroups?.flatMap(({ GroupName }) => GroupName ?? []),
  "ip-address": ({ shape }) => shape.PublicIpAddress,
  "ipv6-address": absent,
  "kernel-id": absent,
  "key-name": ({ instance }) => instance.launch.keyName,
  "launch-index": ({ instance }) => String(instance.launchIndex),
  "launch-time": ({ shape }) => text(shape.LaunchTime),
  "maintenance-options.auto-recovery": ({ shape }) => shape.MaintenanceOptions?.AutoRecovery,
  "metadata-options.http-endpoint": ({ shape }) => shape.MetadataOptions?.HttpEndpoint,
  "metadata-options.http-protocol-ipv4": () => "enabled",
  "metadata-options.http-protocol-ipv6": ({ shape }) => shape.MetadataOptions?.HttpProtocolIpv6,
  "metadata-options.http-put-response-hop-limit": ({ shape }) =>
    text(shape.MetadataOptions?.HttpPutResponseHopLimit),
  "metadata-options.http-tokens": ({ shape }) => shape.MetadataOptions?.HttpTokens,
  "metadata-options.instance-metadata-tags": ({ shape }) => shape.MetadataOptions?.InstanceMetadataTags,
  "metadata-options.state": ({ shape }) => shape.MetadataOptions?.State,
  "monitoring-state": ({ shape }) => shape.Monitoring?.State,
  "network-interface.addresses.association.public-ip": interfaces(({ Association }) => Association?.PublicIp),
  "network-interface.addresses.association.ip-owner-id": interfaces(
    ({ Association }) => Association?.IpOwnerId,
  ),
  "network-interface.addresses.association.public-dns-name": interfaces(
    ({ Association }) => Association?.PublicDnsName,
  ),
  "network-interface.addresses.primary": interfaces(() => true),
  "network-interface.addresses.private-dns-name": interfaces(({ PrivateDnsName }) => PrivateDnsName),
  "network-interface.addresses.private-ip-address": interfaces(({ PrivateIpAddress }) => PrivateIpAddress),
  "network-interface.association.ip-owner-id": interfaces(({ Association }) => Association?.IpOwnerId),
  "network-interface.association.public-dns-name": interfaces(
    ({ Association }) => Association?.PublicDnsName,
  ),
  "network-interface.association.public-ip": interfaces(({ Association }) => Association?.PublicIp),
  "network-interface.attachment.attach-time": interfaces(({ Attachment }) => Attachment?.AttachTime),
  "network-interface.attachment.attachment-id": interfaces(({ Attachment }) => Attachment?.AttachmentId),
  "network-interface.attachment.delete-on-termination": interfaces(
    ({ Attachment }) => Attachment?.DeleteOnTermination,
  ),
  "network-interface.attachment.device-index": interfaces(({ Attachment }) => Attachment?.DeviceIndex),
  "network-interface.attachment.instance-id": ({ instance }) => instance.id,
  "network-interface.attachment.instance-owner-id": interfaces(({ OwnerId }) => OwnerId),
  "network-interface.attachment.status": interfaces(({ Attachment }) => Attachment?.Status),
  "network-interface.availability-zone": ({ fleet, instance }) =>
    fleet.network.subnets[instance.subnet]?.zone,
  "network-interface.description": interfaces(({ Description }) => Description),
  "network-interface.group-id": interfaces(({ Groups }) => Groups?.[0]?.GroupId),
  "network-interface.group-name": interfaces(({ Groups }) => Groups?.[0]?.GroupName),
  "network-interface.mac-address": interfaces(({ MacAddress }) => MacAddress),
  "network-interface.network-interface-id": interfaces(({ NetworkInterfaceId }) => NetworkInterfaceId),
  "network-interface.owner-id": interfaces(({ OwnerId }) => OwnerId),
  "network-interface.private-dns-name": interfaces(({ PrivateDnsName }) => PrivateDnsName),
  "network-interface.private-ip-address": interfaces(({ PrivateIpAddress }) => PrivateIpAddress),
  "network-interface.requester-id": absent,
  "network-interface.requester-managed": interfaces(() => false),
  "network-interface.source-dest-check": interfaces(({ SourceDestCheck }) => SourceDestCheck),
  "network-interface.status": interfaces(({ Status }) => Status),
  "network-interface.subnet-id": interfaces(({ SubnetId }) => SubnetId),
  "network-interface.vpc-id": interfaces(({ VpcId }) => VpcId),
  "network-performance-options.bandwidth-weighting": ({ shape }) =>
    shape.NetworkPerformanceOptions?.BandwidthWeighting,
  "operator.managed": () => "false",
  "operator.principal": absent,
  "outpost-arn": absent,
  "owner-id": ({ fleet }) => fleet.account,
  "placement-group-name": absent,
  "placement-partition-number": absent,
  platform: ({ instance }) => (instance.launch.platform.windows ? "windows" : undefined),
  "platform-details": ({ instance }) => instance.launch.platform.details,
  "private-dns-name": ({ shape }) => shape.PrivateDnsName || undefined,
  "private-dns-name-options.enable-resource-name-dns-a-record": ({ shape }) =>
    text(shape.PrivateDnsNameOptions?.EnableResourceNameDnsARecord),
  "private-dns-name-options.enable-resource-name-dns-aaaa-record": ({ shape }) =>
    text(shape.PrivateDnsNameOptions?.EnableResourceNameDnsAAAARecord),
  "private-dns-name-options.hostname-type": ({ shape }) => shape.PrivateDnsNameOptions?.HostnameType,
  "private-ip-address": ({ instance, now }) =>
    stateAt(instance.phase, now) === "terminated" ? undefined : privateAddressOf(instance),
  "product-code": absent,
  "product-code.type": absent,
  "ramdisk-id": absent,
  reason: ({ shape }) => shape.StateTransitionReason || undefined,
  "requester-id": absent,
  "reservation-id": ({ instance }) => instance.reservationId,
  "root-device-name": ({ shape }) => shape.RootDeviceName,
  "root-device-type": ({ shape }) => shape.RootDeviceType,
  "source-dest-check": ({ shape }) => text(shape.SourceDestCheck),
  "spot-instance-request-id": ({ shape }) => shape.SpotInstanceRequestId,
  "state-reason-code": ({ shape }) => shape.StateReason?.Code,
  "state-reason-message": ({ shape }) => shape.StateReason?.Message,
  "subnet-id": ({ shape }) => shape.SubnetId,
  tenancy: ({ instance }) => instance.launch.tenancy,
  "tpm-support": absent,
  "usage-operation": ({ shape }) => shape.UsageOperation,
  "usage-operation-update-time": ({ shape }) => text(shape.UsageOperationUpdateTime),
  "virtualization-type": ({ shape }) => shape.VirtualizationType,
  "vpc-id": ({ shape }) => shape.VpcId,
};

/** Listing instances. */
export const describeInstances = {
  DescribeInstances(input, context) {
    dryRun(input.DryRun);
    const ids = input.InstanceIds ?? [];
    if (ids.length > 0 && input.MaxResults !== undefined)
      throw invalidCombination("The parameter instancesSet cannot be used with the parameter maxResults");
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const matches = compileFilters<View>(input.Filters, FIELDS, ({ instance }) => instance.tags);
    const candidates =
      ids.length > 0 ? instancesById(fleet, ids, now) : listed(fleet.visibleInstances(now), context);
    const page = pageOf(
      matching(fleet, candidates, matches, now),
      input,
      { min: 5, max: 1000, above: "refuse" },
      ["DescribeInstances", input.Filters],
      ({ instance }) => instance.serial,
    );
    return { Reservations: reservations(fleet, page.items), NextToken: page.nextToken };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

function* matching(
  fleet: Fleet,
  instances: Iterable<Instance>,
  matches: (view: View) => boolean,
  now: number,
): Iterable<View> {
  for (const instance of instances) {
    const view = new View(fleet, instance, now);
    if (matches(view)) yield view;
  }
}

// A reservation that doesn't fit on a page goes on on the next one, as on AWS.
function reservations(fleet: Fleet, views: readonly View[]): Reservation[] {
  const list: Reservation[] = [];
  const byId = new Map<string, WireInstance[]>();
  for (const { instance, shape } of views) {
    const { reservationId } = instance;
    const members = byId.get(reservationId);
    if (members) members.push(shape);
    else {
      const Instances = [shape];
      byId.set(reservationId, Instances);
      list.push({ Groups: [], Instances, OwnerId: fleet.account, ReservationId: reservationId });
    }
  }
  return list;
}
