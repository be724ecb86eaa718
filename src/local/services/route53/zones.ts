import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { Cloud, StateKey } from "../../cloud.ts";
import { dnsRecordsKey } from "../../dns-records.ts";

/** A hosted zone. `name` ends with a dot, as Route 53 writes it. */
export interface HostedZone {
  readonly id: string;
  readonly name: string;
  readonly callerReference: string;
  readonly privateZone: boolean;
  /** Record sets by `sortKey type setIdentifier`. */
  readonly records: Map<string, ResourceRecordSet>;
}

const zonesKey: StateKey<Map<string, HostedZone>> = { name: "route53.zones", create: () => new Map() };

/** All zones of an account, with the records that scenarios asked for put into the zone with the longest matching name. */
export function zonesOf(cloud: Cloud, account: string): Map<string, HostedZone> {
  const zones = cloud.state(zonesKey, account, "global");
  const seeded = cloud.state(dnsRecordsKey, account, "global");
  for (const record of seeded.splice(0)) {
    const name = withDot(record.name);
    const zone = zoneFor(zones, name) ?? createZone(cloud, account, parentOf(name), "scenario");
    putRecord(zone, {
      Name: name,
      Type: record.type,
      TTL: record.ttl,
      ResourceRecords: record.values.map((Value) => ({ Value })),
    });
  }
  return zones;
}

/** Makes a zone with its NS and SOA records. Several zones of one name are allowed, as on Route 53. */
export function createZone(
  cloud: Cloud,
  account: string,
  domain: string,
  callerReference: string,
  privateZone = false,
): HostedZone {
  const zones = cloud.state(zonesKey, account, "global");
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const id = `Z${Array.from({ length: 20 }, () => letters[Math.floor(cloud.random() * letters.length)]).join("")}`;
  const name = withDot(domain.toLowerCase());
  const zone: HostedZone = { id, name, callerReference, privateZone, records: new Map() };
  putRecord(zone, {
    Name: name,
    Type: "NS",
    TTL: 172_800,
    ResourceRecords: [{ Value: "ns-0.awsdns-00.com." }],
  });
  putRecord(zone, {
    Name: name,
    Type: "SOA",
    TTL: 900,
    ResourceRecords: [
      { Value: "ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400" },
    ],
  });
  zones.set(id, zone);
  return zone;
}

/** Adds or replaces a record set. */
export function putRecord(zone: HostedZone, record: ResourceRecordSet): void {
  zone.records.set(recordKey(record), record);
}

/** What makes a record set unique in its zone, in Route 53's order: by labels from the right, then type. */
export function recordKey(record: Pick<ResourceRecordSet, "Name" | "Type" | "SetIdentifier">): string {
  return `${sortName(record.Name ?? "")} ${record.Type} ${record.SetIdentifier ?? ""}`;
}

/** A name by reversed labels, so that a zone's names sort as Route 53 lists them. */
export function sortName(name: string): string {
  return withDot(name.toLowerCase()).split(".").slice(0, -1).reverse().join(".");
}

/** A domain name with its final dot. */
export function withDot(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

function parentOf(name: string): string {
  const labels = name.split(".");
  return labels.length > 3 ? labels.slice(1).join(".") : name;
}

function zoneFor(zones: ReadonlyMap<string, HostedZone>, name: string): HostedZone | undefined {
  return [...zones.values()]
    .filter((zone) => name === zone.name || name.endsWith(`.${zone.name}`))
    .sort((a, b) => b.name.length - a.name.length)[0];
}
