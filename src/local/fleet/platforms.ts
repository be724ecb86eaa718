/** An operating system as EC2 bills and shows it. */
export interface PlatformFacts {
  readonly details: string;
  readonly usageOperation: string;
  readonly windows: boolean;
  readonly rootDevice: string;
  /** Smallest root volume of its images, GiB. */
  readonly rootSize: number;
}

/** Platforms by the name scenarios use. Billing codes: EC2 user guide, "AMI billing information fields". */
export const PLATFORMS = {
  linux: { details: "Linux/UNIX", usageOperation: "RunInstances", windows: false, rootDevice: "/dev/xvda", rootSize: 8 },
  ubuntu: { details: "Linux/UNIX", usageOperation: "RunInstances", windows: false, rootDevice: "/dev/sda1", rootSize: 8 },
  rhel: { details: "Red Hat Enterprise Linux", usageOperation: "RunInstances:0010", windows: false, rootDevice: "/dev/sda1", rootSize: 10 },
  suse: { details: "SUSE Linux", usageOperation: "RunInstances:000g", windows: false, rootDevice: "/dev/sda1", rootSize: 10 },
  windows: { details: "Windows", usageOperation: "RunInstances:0002", windows: true, rootDevice: "/dev/sda1", rootSize: 30 },
} as const satisfies Readonly<Record<string, PlatformFacts>>; // biome-ignore format: a table

/** A platform's name in scenarios. */
export type PlatformName = keyof typeof PLATFORMS;
