import type { AwsSession, OutputOf } from "../aws/session.ts";
import type { Resource } from "../model/resource.ts";

type RecordSet = NonNullable<OutputOf<"route53", "ListResourceRecordSets">["ResourceRecordSets"]>[number];

/** Records that lead from a name to an address or to another name. An alias has type A or AAAA. */
const RECORD_TYPES = new Set(["A", "AAAA", "CNAME"]);

/** Which DNS names lead to an address or a name. */
export interface DnsDirectory {
  /** Names of records that lead there, directly or through other records; lower case, without the final dot, sorted. */
  namesOf(targets: Iterable<string>): readonly string[];
}

/** Reads the directory when it is first asked for, and once. */
export type LazyDnsDirectory = () => Promise<DnsDirectory>;

/**
 * The DNS names of a session's account. Route 53 is global: use one of these for all regions of an account and of one run.
 * Rejects when a listing fails, every time it is asked: names that weren't seen would look like resources not selected.
 */
export function dnsDirectory(session: AwsSession): LazyDnsDirectory {
  let reading: Promise<DnsDirectory> | undefined;
  return () => {
    reading ??= readDnsDirectory(session);
    return reading;
  };
}

/** Lists every record of every zone, public and private. */
async function readDnsDirectory(session: AwsSession): Promise<DnsDirectory> {
  /** Names by what they lead to. */
  const names = new Map<string, Set<string>>();
  for await (const { HostedZones = [] } of session.pages("route53", "ListHostedZones", {})) {
    for (const zone of HostedZones) {
      const input = { HostedZoneId: (zone.Id ?? "").replace(/^\/hostedzone\//, "") };
      for await (const { ResourceRecordSets = [] } of session.pages(
        "route53",
        "ListResourceRecordSets",
        input,
      )) {
        for (const record of ResourceRecordSets) note(names, record);
      }
    }
  }
  return {
    namesOf(targets) {
      const found = new Set<string>();
      const queue = [...targets].map(canonicalName);
      for (let target = queue.pop(); target !== undefined; target = queue.pop()) {
        for (const name of names.get(target) ?? []) {
          if (found.has(name)) continue;
          found.add(name);
          queue.push(name);
        }
      }
      return [...found].sort();
    },
  };
}

/** An instance with the fact `dnsNames`, found by its addresses and the names AWS gave it. */
export function withDnsNames(instance: Resource, directory: DnsDirectory): Resource {
  const { otherIps, privateDnsName, privateIp, publicDnsName, publicIp } = instance.facts;
  const targets = [privateIp, publicIp, privateDnsName, publicDnsName, otherIps]
    .flat()
    .filter((target) => typeof target === "string");
  const dnsNames = directory.namesOf(targets);
  return dnsNames.length === 0 ? instance : { ...instance, facts: { ...instance.facts, dnsNames } };
}

function note(names: Map<string, Set<string>>, record: RecordSet): void {
  if (!RECORD_TYPES.has(record.Type ?? "")) return;
  const name = canonicalName(record.Name ?? "");
  const targets = [record.AliasTarget?.DNSName, ...(record.ResourceRecords ?? []).map(({ Value }) => Value)];
  for (const target of targets) {
    if (!target) continue;
    const key = canonicalName(target);
    const known = names.get(key) ?? new Set<string>();
    names.set(key, known.add(name));
  }
}

/** Lower case, without the final dot; `\052` is how Route 53 writes `*`, and so for other unusual characters. */
function canonicalName(name: string): string {
  return name
    .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\.$/, "")
    .toLowerCase();
}
