import { AwsError } from "../../aws-error.ts";
import type { VolumeType } from "../../fleet/volume.ts";
import { invalidValue } from "./errors.ts";

interface VolumeLimits {
  /** GiB. */
  readonly size: readonly [number, number];
  readonly iops?: readonly [number, number];
  readonly throughput?: readonly [number, number];
  /** `BurstBalance` is published. */
  readonly bursts: boolean;
}

/** Limits of the volume types. Source: EBS user guide, "Amazon EBS volume types". */
export const VOLUME_TYPES = {
  gp2: { size: [1, 16_384], bursts: true },
  gp3: { size: [1, 65_536], iops: [3_000, 80_000], throughput: [125, 2_000], bursts: false },
  io1: { size: [4, 16_384], iops: [100, 64_000], bursts: false },
  io2: { size: [4, 65_536], iops: [100, 256_000], bursts: false },
  st1: { size: [125, 16_384], bursts: true },
  sc1: { size: [125, 16_384], bursts: true },
  standard: { size: [1, 1_024], bursts: false },
} as const satisfies Readonly<Record<VolumeType, VolumeLimits>>;

/** What a volume is asked to be. */
export interface VolumeRequest {
  readonly type: string | undefined;
  readonly size: number | undefined;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
}

/** What a volume is. */
export interface VolumeSpec {
  readonly type: VolumeType;
  readonly size: number;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
}

/** Checks a request and fills in the defaults: gp2 as in CreateVolume, 3,000 IOPS and 125 MiB/s for gp3. */
export function volumeSpec(request: VolumeRequest, defaultSize?: number): VolumeSpec {
  const type = request.type ?? "gp2";
  if (!isVolumeType(type))
    throw new AwsError("UnknownVolumeType", `Unsupported volume type '${type}' for volume creation.`, 400);
  const limits: VolumeLimits = VOLUME_TYPES[type];
  const size = request.size ?? defaultSize;
  if (size === undefined)
    throw new AwsError("MissingParameter", "The request must contain the parameter size/snapshot", 400);
  const [min, max] = limits.size;
  if (!Number.isInteger(size) || size < min || size > max)
    throw invalidValue(
      `Volume of ${size}GiB is ${size < min ? "too small" : "too large"} for volume type ${type}; ` +
        `${size < min ? `minimum is ${min}` : `maximum is ${max}`}GiB.`,
    );
  return {
    type,
    size,
    iops: iopsOf(type, limits, size, request.iops),
    throughput: throughputOf(type, limits, request.throughput),
  };
}

/** Whether a text names a volume type. */
function isVolumeType(text: string): text is VolumeType {
  return Object.hasOwn(VOLUME_TYPES, text);
}

function iopsOf(
  type: VolumeType,
  limits: VolumeLimits,
  size: number,
  asked: number | undefined,
): number | undefined {
  if (!limits.iops) {
    if (asked !== undefined)
      throw new AwsError(
        "InvalidParameterCombination",
        `The parameter iops is not supported for ${type} volumes.`,
        400,
      );
    // What DescribeVolumes shows for gp2: its baseline. st1, sc1 and standard show none.
    return type === "gp2" ? Math.min(16_000, Math.max(100, 3 * size)) : undefined;
  }
  if (asked === undefined) {
    if (type === "gp3") return 3_000;
    throw new AwsError("MissingParameter", `The parameter iops must be specified for ${type} volumes.`, 400);
  }
  const [min, max] = limits.iops;
  if (asked < min) throw invalidValue(`Volume iops of ${asked} is too low; minimum is ${min}.`);
  if (asked > max) throw invalidValue(`Volume iops of ${asked} is too high; maximum is ${max}.`);
  const ratio = type === "io1" ? 50 : type === "io2" ? 1_000 : 500;
  if (asked > ratio * size && !(type === "gp3" && asked <= 3_000))
    throw invalidValue(
      `Iops to volume size ratio of ${(asked / size).toFixed(6)} is too high; maximum is ${ratio}.000000`,
    );
  return asked;
}

function throughputOf(type: VolumeType, limits: VolumeLimits, asked: number | undefined): number | undefined {
  if (!limits.throughput) {
    if (asked !== undefined)
      throw new AwsError(
        "InvalidParameterCombination",
        `The parameter throughput is not supported for ${type} volumes.`,
        400,
      );
    return undefined;
  }
  const [min, max] = limits.throughput;
  if (asked === undefined) return min;
  if (asked < min || asked > max)
    throw invalidValue(`Throughput of ${asked} MiB/s is out of range; it must be between ${min} and ${max}.`);
  return asked;
}
