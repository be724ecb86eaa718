import type { GroupIdentifier, Placement, Tenancy } from "@aws-sdk/client-ec2";
import { mix, seedOf } from "../metrics/generators.ts";
import { zonesOf } from "../regions.ts";
import { derivedId } from "./ids.ts";

/** A default subnet: one for each zone, 4,096 addresses. */
interface Subnet {
  readonly id: string;
  readonly zone: string;
  readonly zoneId: string;
  /** Placement of instances there, by tenancy: shared by all of them. */
  readonly placements: Readonly<Record<Tenancy, Placement>>;
}

/** The default VPC of an account's region: 172.31.0.0/16 with a subnet a zone and one security group. */
export interface Network {
  readonly vpcId: string;
  readonly subnets: readonly Subnet[];
  readonly securityGroupId: string;
  /** The security groups that every instance has. */
  readonly groups: GroupIdentifier[];
}

/** First and last host number that AWS hands out in a subnet of 4,096 addresses (it keeps four and the broadcast address). */
export const FIRST_HOST = 4;
export const LAST_HOST = 4094;

/** The default VPC that an account's region came with. */
export function defaultNetwork(account: string, region: string): Network {
  const place = `${account}/${region}`;
  const securityGroupId = derivedId("sg", place);
  return {
    vpcId: derivedId("vpc", place),
    securityGroupId,
    groups: [{ GroupId: securityGroupId, GroupName: "default" }],
    subnets: zonesOf(region).map((zone) => {
      const placement = (Tenancy: Tenancy) => ({
        AvailabilityZone: zone.name,
        AvailabilityZoneId: zone.id,
        GroupName: "",
        Tenancy,
      });
      return {
        id: derivedId("subnet", `${place}/${zone.name}`),
        zone: zone.name,
        zoneId: zone.id,
        placements: {
          default: placement("default"),
          dedicated: placement("dedicated"),
          host: placement("host"),
        },
      };
    }),
  };
}

/** The private address of an instance; undefined once it has given it back. */
export function privateAddressOf(instance: {
  readonly subnet: number;
  readonly host: number | undefined;
}): string | undefined {
  const { subnet, host } = instance;
  return host === undefined ? undefined : `172.31.${subnet * 16 + (host >> 8)}.${host & 255}`;
}

/** A public address from the ranges that EC2 uses; made from the instance and the time it started, as addresses change with a start. */
export function publicAddress(instanceId: string, startedAt: number, region: string): string {
  const roll = mix(seedOf(instanceId), Math.floor(startedAt / 1000));
  const [first, second] = region.startsWith("cn-")
    ? [52, 80 + (roll & 3)]
    : [[3, 18, 34, 52, 54][roll % 5], 64 + (roll & 63)];
  return `${first}.${second}.${(roll >>> 8) & 255}.${1 + ((roll >>> 16) % 254)}`;
}

/** `ip-172-31-5-9.eu-central-1.compute.internal`; us-east-1 has a form of its own. */
export function privateDnsName(address: string, region: string): string {
  const host = `ip-${address.replaceAll(".", "-")}`;
  return region === "us-east-1" ? `${host}.ec2.internal` : `${host}.${region}.compute.internal`;
}

/** `ec2-54-1-2-3.eu-central-1.compute.amazonaws.com`; us-east-1 has a form of its own. */
export function publicDnsName(address: string, region: string): string {
  const host = `ec2-${address.replaceAll(".", "-")}`;
  if (region === "us-east-1") return `${host}.compute-1.amazonaws.com`;
  return `${host}.${region}.compute.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

/** A MAC address with the locally administered bit that EC2's interfaces have. */
export function macAddress(instanceId: string): string {
  const seed = seedOf(instanceId);
  const bytes = [0x02 | (seed & 0x0c), seed >>> 8, seed >>> 16, seed >>> 24, mix(seed, 7), mix(seed, 8)];
  return bytes.map((byte) => (byte & 255).toString(16).padStart(2, "0")).join(":");
}
