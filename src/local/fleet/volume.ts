import type { Impairment } from "./instance.ts";

/** That a volume is or was an instance's. */
export interface VolumeAttachment {
  readonly instanceId: string;
  readonly device: string;
  readonly deleteOnTermination: boolean;
  readonly attachedAt: number;
  /** When it ends or ended, milliseconds; undefined while it goes on. */
  detachedAt: number | undefined;
}

/** EBS's own names. */
export type VolumeType = "gp2" | "gp3" | "io1" | "io2" | "st1" | "sc1" | "standard";

/** What is kept of a volume. */
export interface Volume {
  readonly id: string;
  readonly serial: number;
  readonly subnet: number;
  readonly type: VolumeType;
  /** GiB. */
  readonly size: number;
  readonly iops: number | undefined;
  /** MiB/s, gp3 only. */
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly snapshotId: string;
  readonly multiAttach: boolean;
  readonly createdAt: number;
  tags: ReadonlyMap<string, string>;
  /** All there ever were; the last one is the present one, unless it has ended. */
  attachments: readonly VolumeAttachment[];
  /** When it is gone: deleted by hand or with its instance. */
  deletedAt: number | undefined;
  impairments: readonly Impairment[];
}
