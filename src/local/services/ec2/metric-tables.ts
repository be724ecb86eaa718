// Which metrics EC2, EBS and the CloudWatch agent publish, in which units and how often, and what they look like by default.

import type { StatusCheck } from "../../fleet/instance.ts";
import type { InstanceTypeFacts } from "../../fleet/instance-types.ts";
import type { VolumeType } from "../../fleet/volume.ts";
import { type Generator, rhythm, steady } from "../../metrics/generators.ts";
import type { CreditPoint } from "./cpu-credits.ts";
import { VOLUME_TYPES } from "./volume-types.ts";

/** Where the values of a metric come from. */
type MetricSource =
  /** A generator gives the value. */
  | { readonly kind: "gauge"; readonly default: Generator }
  /** A generator gives a rate a second; the value is what that makes in an interval. */
  | { readonly kind: "rate"; readonly default: Generator }
  /** 1 while any of these checks fails. */
  | { readonly kind: "check"; readonly checks: readonly StatusCheck[] }
  | { readonly kind: "credits"; readonly of: keyof CreditPoint };

/** A metric of an instance or a volume. */
export interface MetricRule<T> {
  readonly name: string;
  readonly unit: string;
  /** Seconds; `monitoring` is 60 with detailed monitoring, else 300. */
  readonly interval: 60 | 300 | "monitoring";
  readonly source: MetricSource;
  readonly exists?: (type: T) => boolean;
}

const nitro = ({ nitro }: InstanceTypeFacts) => nitro;
const nitroNotMetal = (type: InstanceTypeFacts) => type.nitro && !type.bareMetal;
const burstable = ({ credits }: InstanceTypeFacts) => credits !== undefined;
const bursts = ({ ebsBursts }: InstanceTypeFacts) => ebsBursts;

const gauge = (generator: Generator): MetricSource => ({ kind: "gauge", default: generator });
const rate = (low: number, high: number): MetricSource => ({ kind: "rate", default: rhythm(low, high) });
const check = (...checks: StatusCheck[]): MetricSource => ({ kind: "check", checks });
const never = gauge(steady(0));

/** Metrics of instances in AWS/EC2. Source: EC2 user guide, "CloudWatch metrics that are available for your instances". */
export const INSTANCE_METRICS: readonly MetricRule<InstanceTypeFacts>[] = [
  { name: "CPUUtilization", unit: "Percent", interval: "monitoring", source: gauge(rhythm(3, 12)) },
  { name: "NetworkIn", unit: "Bytes", interval: "monitoring", source: rate(2_000, 40_000) },
  { name: "NetworkOut", unit: "Bytes", interval: "monitoring", source: rate(4_000, 60_000) },
  { name: "NetworkPacketsIn", unit: "Count", interval: 300, source: rate(4, 60) },
  { name: "NetworkPacketsOut", unit: "Count", interval: 300, source: rate(4, 60) },
  { name: "MetadataNoToken", unit: "Count", interval: "monitoring", source: never },
  { name: "StatusCheckFailed", unit: "Count", interval: 60, source: check("system", "instance", "attached-ebs") },
  { name: "StatusCheckFailed_Instance", unit: "Count", interval: 60, source: check("instance") },
  { name: "StatusCheckFailed_System", unit: "Count", interval: 60, source: check("system") },
  { name: "StatusCheckFailed_AttachedEBS", unit: "Count", interval: 60, source: check("attached-ebs"), exists: nitro },
  { name: "CPUCreditUsage", unit: "Count", interval: 300, source: { kind: "credits", of: "usage" }, exists: burstable },
  { name: "CPUCreditBalance", unit: "Count", interval: 300, source: { kind: "credits", of: "balance" }, exists: burstable },
  { name: "CPUSurplusCreditBalance", unit: "Count", interval: 300, source: { kind: "credits", of: "surplus" }, exists: burstable },
  { name: "CPUSurplusCreditsCharged", unit: "Count", interval: 300, source: { kind: "credits", of: "charged" }, exists: burstable },
  { name: "EBSReadOps", unit: "Count", interval: "monitoring", source: rate(0.1, 2), exists: nitro },
  { name: "EBSWriteOps", unit: "Count", interval: "monitoring", source: rate(1, 8), exists: nitro },
  { name: "EBSReadBytes", unit: "Bytes", interval: "monitoring", source: rate(2_000, 60_000), exists: nitro },
  { name: "EBSWriteBytes", unit: "Bytes", interval: "monitoring", source: rate(10_000, 120_000), exists: nitro },
  { name: "EBSIOBalance%", unit: "Percent", interval: 300, source: gauge(steady(99)), exists: bursts },
  { name: "EBSByteBalance%", unit: "Percent", interval: 300, source: gauge(steady(99)), exists: bursts },
  { name: "InstanceEBSIOPSExceededCheck", unit: "None", interval: 60, source: never, exists: nitroNotMetal },
  { name: "InstanceEBSThroughputExceededCheck", unit: "None", interval: 60, source: never, exists: nitroNotMetal },
]; // biome-ignore format: a table

/** A volume's type and the instance it is attached to. */
export interface VolumeCircumstances {
  readonly type: VolumeType;
  readonly size: number;
  readonly nitro: boolean;
}

const onNitro = ({ nitro }: VolumeCircumstances) => nitro;
const ssdOnNitro = ({ nitro, type }: VolumeCircumstances) => nitro && type !== "standard";

/**
 * Metrics of volumes in AWS/EBS, published while attached to a running instance. Source: EBS user guide, "Amazon CloudWatch
 * metrics for Amazon EBS".
 */
export const VOLUME_METRICS: readonly MetricRule<VolumeCircumstances>[] = [
  { name: "VolumeReadOps", unit: "Count", interval: 60, source: rate(0.1, 2) },
  { name: "VolumeWriteOps", unit: "Count", interval: 60, source: rate(1, 8) },
  { name: "VolumeReadBytes", unit: "Bytes", interval: 60, source: rate(2_000, 60_000) },
  { name: "VolumeWriteBytes", unit: "Bytes", interval: 60, source: rate(10_000, 120_000) },
  { name: "VolumeTotalReadTime", unit: "Seconds", interval: 60, source: rate(0.000_1, 0.002) },
  { name: "VolumeTotalWriteTime", unit: "Seconds", interval: 60, source: rate(0.001, 0.008) },
  { name: "VolumeIdleTime", unit: "Seconds", interval: 60, source: rate(0.9, 0.95) },
  { name: "VolumeQueueLength", unit: "Count", interval: 60, source: gauge(rhythm(0.01, 0.1)) },
  // Of 1 TiB and more, gp2 has a baseline above the burst: on Nitro nothing is reported.
  {
    name: "BurstBalance", unit: "Percent", interval: 60, source: gauge(steady(100)),
    exists: ({ type, size, nitro }) => VOLUME_TYPES[type].bursts && !(type === "gp2" && size >= 1_000 && nitro),
  },
  { name: "VolumeStalledIOCheck", unit: "None", interval: 60, source: check("attached-ebs"), exists: onNitro },
  { name: "VolumeIOPSExceededCheck", unit: "None", interval: 60, source: never, exists: ssdOnNitro },
  { name: "VolumeThroughputExceededCheck", unit: "None", interval: 60, source: never, exists: ssdOnNitro },
  { name: "VolumeThroughputPercentage", unit: "Percent", interval: 60, source: gauge(steady(100)), exists: ({ type }) => type === "io1" || type === "io2" },
]; // biome-ignore format: a table
