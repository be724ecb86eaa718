// What scenarios say of the machines behind instances: how they reboot, what runs on them, what is wrong with them.

/** How long a reboot takes: `fast` is over before anybody notices, `never` doesn't happen at all. */
export const REBOOT_KINDS = ["fast", "normal", "slow", "never"] as const;

export type RebootKind = (typeof REBOOT_KINDS)[number];

export const SERVICE_KINDS = ["systemd", "container", "compose"] as const;

/** Something that runs on a machine. */
export interface ServiceSpec {
  readonly name: string;
  /** A unit of systemd (a Windows service on Windows), a container, or a project of docker compose. */
  readonly kind: (typeof SERVICE_KINDS)[number];
  /** Where a compose project's file is. */
  readonly directory: string;
  /** A compose project's containers. */
  readonly containers: readonly string[];
  /** Comes back by itself after a boot. */
  readonly onBoot: boolean;
  /** False: it can't be started, whoever tries. */
  readonly starts: boolean;
  /** Where it answers HTTP inside the machine. */
  readonly port: number | undefined;
  /** A port of loopback outside the simulation where it answers as well. */
  readonly listener: number | undefined;
}

/** A machine as it is when it is first looked at. */
export interface GuestProfile {
  readonly reboot: RebootKind;
  /** False: whatever was wrong before a reboot is wrong after it. */
  readonly rebootHelps: boolean;
  /** Milliseconds its clock is ahead. */
  readonly clockSkew: number;
  readonly diskFull: boolean;
  /** Percent of CPU while it is frozen or busy. */
  readonly troubledCpu: number;
  readonly services: readonly ServiceSpec[];
  /** Undefined: not installed. */
  readonly ssmAgent: { readonly version: string; readonly running: boolean } | undefined;
  /** The CloudWatch agent where it is installed although it publishes nothing; undefined: as the metrics say. */
  readonly agent: { readonly version: string } | undefined;
}

/** Versions that are current here. */
export const LATEST_SSM_AGENT = "3.3.3050.0";
export const LATEST_CLOUDWATCH_AGENT = "1.300062.0b1304";

/** A machine that nobody said anything about. */
export const PLAIN_GUEST: GuestProfile = {
  reboot: "normal",
  rebootHelps: true,
  clockSkew: 0,
  diskFull: false,
  troubledCpu: 100,
  services: [],
  ssmAgent: { version: LATEST_SSM_AGENT, running: true },
  agent: undefined,
};
