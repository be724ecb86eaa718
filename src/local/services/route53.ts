import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import { AwsError } from "../aws-error.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";
import {
  createZone,
  type HostedZone,
  putRecord,
  recordKey,
  sortName,
  withDot,
  zonesOf,
} from "./route53/zones.ts";

function zoneOf(id: string | undefined, context: RequestContext): HostedZone {
  const bare = (id ?? "").replace(/^\/?hostedzone\//, "");
  const zone = zonesOf(context.cloud, context.account).get(bare);
  if (!zone) throw new AwsError("NoSuchHostedZone", `No hosted zone found with ID: ${bare}`);
  return zone;
}

const shown = (zone: HostedZone) => ({
  Id: `/hostedzone/${zone.id}`,
  Name: zone.name,
  CallerReference: zone.callerReference,
  Config: { PrivateZone: zone.privateZone },
  ResourceRecordSetCount: zone.records.size,
});

/** Page size from a parameter that the SDKs type as number or text. */
function pageSize(value: number | string | undefined, most: number): number {
  const size = value === undefined ? most : Number(value);
  if (!Number.isInteger(size) || size < 1)
    throw new AwsError("InvalidInput", `Invalid value for maxitems: ${value}`);
  return Math.min(size, most);
}

const handlers: Handlers<typeof import("@aws-sdk/client-route-53")> = {
  ListHostedZones(input, context) {
    const most = pageSize(input.MaxItems, 100);
    const all = [...zonesOf(context.cloud, context.account).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    const start = input.Marker === undefined ? 0 : all.findIndex((zone) => zone.id >= (input.Marker ?? ""));
    const rest = start < 0 ? [] : all.slice(start);
    const next = rest[most];
    return {
      HostedZones: rest.slice(0, most).map(shown),
      ...(input.Marker === undefined ? { Marker: "" } : { Marker: input.Marker }),
      MaxItems: most,
      IsTruncated: next !== undefined,
      ...(next ? { NextMarker: next.id } : {}),
    };
  },
  GetHostedZone(input, context) {
    const zone = zoneOf(input.Id, context);
    return {
      HostedZone: shown(zone),
      ...(zone.privateZone ? {} : { DelegationSet: { NameServers: ["ns-0.awsdns-00.com"] } }),
    };
  },
  CreateHostedZone(input, context) {
    const reference = input.CallerReference ?? "";
    const zones = zonesOf(context.cloud, context.account);
    if ([...zones.values()].some((zone) => zone.callerReference === reference)) {
      throw new AwsError(
        "HostedZoneAlreadyExists",
        `A hosted zone has already been created with the specified caller reference: ${reference}`,
      );
    }
    const zone = createZone(
      context.cloud,
      context.account,
      input.Name ?? "",
      reference,
      input.VPC !== undefined,
    );
    return {
      HostedZone: shown(zone),
      ChangeInfo: { Id: `/change/${zone.id}`, Status: "INSYNC", SubmittedAt: context.now },
      DelegationSet: { NameServers: ["ns-0.awsdns-00.com"] },
      Location: `https://route53.amazonaws.com/2013-04-01/hostedzone/${zone.id}`,
    };
  },
  DeleteHostedZone(input, context) {
    const zone = zoneOf(input.Id, context);
    if ([...zone.records.values()].some((record) => record.Type !== "NS" && record.Type !== "SOA")) {
      throw new AwsError(
        "HostedZoneNotEmpty",
        "The specified hosted zone contains non-required resource record sets and so cannot be deleted.",
      );
    }
    zonesOf(context.cloud, context.account).delete(zone.id);
    return { ChangeInfo: { Id: `/change/${zone.id}`, Status: "INSYNC", SubmittedAt: context.now } };
  },
  ChangeResourceRecordSets(input, context) {
    const zone = zoneOf(input.HostedZoneId, context);
    const problems: string[] = [];
    const after = new Map(zone.records);
    for (const change of input.ChangeBatch?.Changes ?? []) {
      const given = change.ResourceRecordSet;
      const record = { ...given, Name: withDot((given?.Name ?? "").toLowerCase()) } as ResourceRecordSet;
      const key = recordKey(record);
      const what = `name='${record.Name}', type='${record.Type}'`;
      if (record.Name !== zone.name && !record.Name?.endsWith(`.${zone.name}`)) {
        problems.push(`RRSet with DNS name ${record.Name} is not permitted in zone ${zone.name}`);
      } else if (change.Action === "CREATE" && after.has(key)) {
        problems.push(`Tried to create resource record set [${what}] but it already exists`);
      } else if (change.Action === "DELETE") {
        if (!after.delete(key))
          problems.push(`Tried to delete resource record set [${what}] but it was not found`);
      } else after.set(key, record);
    }
    if (problems.length > 0) throw new AwsError("InvalidChangeBatch", `[${problems.join(", ")}]`);
    zone.records.clear();
    for (const record of after.values()) putRecord(zone, record);
    return { ChangeInfo: { Id: `/change/${zone.id}`, Status: "INSYNC", SubmittedAt: context.now } };
  },
  ListResourceRecordSets(input, context) {
    const zone = zoneOf(input.HostedZoneId, context);
    const most = pageSize(input.MaxItems, 300);
    const from =
      input.StartRecordName === undefined
        ? ""
        : `${sortName(input.StartRecordName)} ${input.StartRecordType ?? ""} ${input.StartRecordIdentifier ?? ""}`.trimEnd();
    const all = [...zone.records].sort(([a], [b]) => (a < b ? -1 : 1));
    const rest = all.filter(([key]) => key >= from).map(([, record]) => record);
    const next = rest[most];
    return {
      ResourceRecordSets: rest.slice(0, most),
      MaxItems: most,
      IsTruncated: next !== undefined,
      ...(next?.Name && next.Type
        ? {
            NextRecordName: next.Name,
            NextRecordType: next.Type,
            ...(next.SetIdentifier ? { NextRecordIdentifier: next.SetIdentifier } : {}),
          }
        : {}),
    };
  },
};

/** Amazon Route 53: hosted zones and record sets. Global: one set of zones an account. */
export const route53: LocalService = {
  sdk: "@aws-sdk/client-route-53",
  signingName: "route53",
  version: "2013-04-01",
  xmlNamespace: "https://route53.amazonaws.com/doc/2013-04-01/",
  defaultProtocol: "restXml",
  handlers,
};
