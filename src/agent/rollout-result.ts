import type { WaveSettings } from "../commands/run-in-waves.ts";
import type { Reason } from "../plan/plan.ts";

export interface RolloutSettings extends WaveSettings {
  /** Name of the configuration: what instances are marked with. */
  readonly configuration: string;
  /** Seconds to wait for the first datapoint. Default 600. */
  readonly patienceSeconds?: number;
  /** Told when a wave begins: which one of how many, and its size. */
  readonly onWave?: ((wave: number, waves: number, instances: number) => void) | undefined;
}

/**
 * How far an instance got. `done`: a datapoint came in after it was configured. `pending`: nothing is wrong with what was sent,
 * but it isn't proved: the instance can't be reached, or has written nothing yet. `refused`: it isn't as the plan saw it, and was
 * left alone. `failed`: a step failed.
 */
export interface RolloutResult {
  readonly instanceId: string;
  readonly state: "done" | "pending" | "refused" | "failed";
  readonly step: "look" | "install" | "configure" | "datapoint" | "tag";
  readonly reason: Reason;
}
