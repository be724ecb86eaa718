// States take time on the virtual clock. Nothing ticks: a state is worked out from when it was asked for.
import type { InstanceState } from "@aws-sdk/client-ec2";

/** What an instance was last told to become, and when it has become it. Milliseconds since the epoch. */
export interface Phase {
  readonly goal: "running" | "stopped" | "terminated";
  readonly since: number;
  readonly settles: number;
}

/** Every state with its code, as DescribeInstances numbers them. */
export const STATES = {
  pending: { Code: 0, Name: "pending" },
  running: { Code: 16, Name: "running" },
  "shutting-down": { Code: 32, Name: "shutting-down" },
  terminated: { Code: 48, Name: "terminated" },
  stopping: { Code: 64, Name: "stopping" },
  stopped: { Code: 80, Name: "stopped" },
} as const satisfies Readonly<Record<string, InstanceState>>;

export type StateName = keyof typeof STATES;

const UNDERWAY = { running: "pending", stopped: "stopping", terminated: "shutting-down" } as const;

/** How long the way to a state takes, milliseconds. */
const DURATIONS = { running: 8_000, stopped: 20_000, terminated: 20_000 } as const;

/** How long a terminated instance can still be seen ("for approximately one hour", EC2 user guide). */
const TERMINATED_VISIBLE = 3_600_000;

/** After this an ended instance is forgotten altogether: CloudWatch stops listing its metrics after two weeks. */
export const FORGOTTEN_AFTER = 15 * 86_400_000;

/** How long status checks stay `initializing` once an instance runs. */
export const CHECKS_INITIALIZING = 120_000;

/** The phase that begins when a state is asked for. */
export function towards(goal: Phase["goal"], now: number): Phase {
  return { goal, since: now, settles: now + DURATIONS[goal] };
}

/** A phase that is settled since `since`: for instances that a scenario starts with. */
export function settled(goal: Phase["goal"], since: number): Phase {
  return { goal, since, settles: since };
}

/** The state at a time. */
export function stateAt(phase: Phase, now: number): StateName {
  return now < phase.settles ? UNDERWAY[phase.goal] : phase.goal;
}

/** Whether DescribeInstances still shows it. */
export function isVisible(phase: Phase, now: number): boolean {
  return phase.goal !== "terminated" || now < phase.settles + TERMINATED_VISIBLE;
}
