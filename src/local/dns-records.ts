import type { StateKey } from "./cloud.ts";

/** A DNS record that a scenario wants to exist; Route 53 puts it into the hosted zone with the longest matching name. */
export interface DnsRecord {
  /** Fully qualified, without the final dot. */
  readonly name: string;
  readonly type: "A" | "CNAME";
  readonly ttl: number;
  readonly values: readonly string[];
}

/** Records seeded for an account; Route 53 is global, so the region is `global`. */
export const dnsRecordsKey: StateKey<DnsRecord[]> = { name: "dns-records", create: () => [] };
