/** CPU credits of a burstable type. Source: EC2 user guide, "Key concepts for burstable performance instances". */
interface CreditFacts {
  /** Largest balance: what is earned in 24 hours. */
  readonly max: number;
  /** Whether instances are unlimited when launched without a credit specification. */
  readonly launchUnlimited: boolean;
}

/** What of an instance type shows in descriptions and metrics. */
export interface InstanceTypeFacts {
  readonly name: string;
  readonly cores: number;
  readonly threadsPerCore: number;
  /** The same two as descriptions show them: shared by all instances of the type. */
  readonly cpuOptions: { readonly CoreCount: number; readonly ThreadsPerCore: number };
  readonly architecture: "x86_64" | "arm64";
  readonly nitro: boolean;
  readonly bareMetal: boolean;
  readonly credits: CreditFacts | undefined;
  /** EBS bandwidth bursts above its baseline, so `EBSIOBalance%` and `EBSByteBalance%` exist. */
  readonly ebsBursts: boolean;
}

const SIZES: Readonly<Record<string, number>> = {
  nano: 2,
  micro: 2,
  small: 2,
  medium: 2,
  large: 2,
  xlarge: 4,
};

const T3_CREDITS: Readonly<Record<string, number>> = {
  nano: 144, micro: 288, small: 576, medium: 576, large: 864, xlarge: 2304, "2xlarge": 4608,
}; // biome-ignore format: a table
const T2_CREDITS: Readonly<Record<string, number>> = {
  nano: 72, micro: 144, small: 288, medium: 576, large: 864, xlarge: 1296, "2xlarge": 1958.4,
}; // biome-ignore format: a table

const XEN = new Set("t1 t2 m1 m2 m3 m4 c1 c3 c4 r3 r4 i2 i3 d2 h1 p2 p3 g3 g3s x1 x1e f1".split(" "));
const FAMILY = /^(?:[a-z]{1,4}\d[a-z0-9]*(?:-(?:flex|metal|\d+tb1|\d+tb))?|u-\d+tb1|u7[a-z]*-\d+tb)$/;
const SIZE = /^(?:nano|micro|small|medium|large|(?:[1-9]\d?|1[01]\d)?xlarge|metal(?:-\d+xl)?)$/;

const known = new Map<string, InstanceTypeFacts | undefined>();

/** Facts of an instance type by its name, or undefined when no type can have this name. */
export function instanceTypeFacts(name: string): InstanceTypeFacts | undefined {
  if (!known.has(name)) known.set(name, derive(name));
  return known.get(name);
}

function derive(name: string): InstanceTypeFacts | undefined {
  const dot = name.indexOf(".");
  const family = name.slice(0, dot);
  const size = name.slice(dot + 1);
  if (dot < 0 || !FAMILY.test(family) || !SIZE.test(size)) return undefined;
  const bareMetal = size.startsWith("metal");
  const vcpus = virtualCpus(family, size);
  const architecture = /^(?:[a-z]+\d[a-z]*g[a-z]*|a1)$/.test(family) ? "arm64" : "x86_64";
  const threadsPerCore = architecture === "arm64" || vcpus === 1 || family === "t2" ? 1 : 2;
  const burstable =
    family === "t2" ? T2_CREDITS[size] : /^t(3|3a|4g)$/.test(family) ? T3_CREDITS[size] : undefined;
  if (/^t\d/.test(family) && family !== "t1" && burstable === undefined) return undefined;
  const nitro = !XEN.has(family);
  const cores = Math.max(1, vcpus / threadsPerCore);
  return {
    name,
    cores,
    threadsPerCore,
    cpuOptions: { CoreCount: cores, ThreadsPerCore: threadsPerCore },
    architecture,
    nitro,
    bareMetal,
    credits: burstable === undefined ? undefined : { max: burstable, launchUnlimited: family !== "t2" },
    ebsBursts:
      nitro && !bareMetal && (burstable !== undefined || vcpus <= (/\d/.exec(family)?.[0] === "5" ? 8 : 16)),
  };
}

function virtualCpus(family: string, size: string): number {
  if (family === "t2" && /^(nano|micro|small)$/.test(size)) return 1;
  if (size === "medium" && !/^t/.test(family)) return 1;
  const multiple = /^(\d+)xlarge$/.exec(size)?.[1] ?? /^metal-(\d+)xl$/.exec(size)?.[1];
  if (multiple !== undefined) return 4 * Number(multiple);
  return SIZES[size] ?? 96;
}
