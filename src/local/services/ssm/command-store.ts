// Commands and what became of them on each instance.
import type { StateKey } from "../../cloud.ts";
import type { Instance } from "../../fleet/instance.ts";
import type { Output } from "../../guest/machine.ts";
import type { CommandDocument } from "./documents.ts";

/** What can become of a command on an instance, in full. Source: Systems Manager user guide, "Understanding command statuses". */
export const INVOCATION_STATUSES = {
  Pending: { status: "Pending", final: false },
  InProgress: { status: "InProgress", final: false },
  Cancelling: { status: "Cancelling", final: false },
  Success: { status: "Success", final: true },
  Failed: { status: "Failed", final: true },
  Cancelled: { status: "Cancelled", final: true },
  DeliveryTimedOut: { status: "TimedOut", final: true },
  ExecutionTimedOut: { status: "TimedOut", final: true },
  Undeliverable: { status: "Failed", final: true },
  InvalidPlatform: { status: "Failed", final: true },
  AccessDenied: { status: "Failed", final: true },
  Terminated: { status: "Cancelled", final: true },
} as const;

export type InvocationDetails = keyof typeof INVOCATION_STATUSES;

/** What counts towards `MaxErrors`: what didn't reach the instance doesn't. */
export const COUNTED_ERRORS: readonly InvocationDetails[] = ["Failed", "ExecutionTimedOut"];

/** A command on one instance. Times in milliseconds. */
export interface Invocation {
  readonly instance: Instance;
  details: InvocationDetails;
  requestedAt: number;
  startedAt: number | undefined;
  finishedAt: number | undefined;
  output: Output | undefined;
}

export interface CommandRecord {
  readonly id: string;
  readonly serial: number;
  readonly document: CommandDocument;
  readonly documentVersion: string;
  readonly comment: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  /** With defaults filled in. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  readonly instanceIds: readonly string[];
  readonly targets: readonly { readonly Key?: string | undefined; readonly Values?: string[] | undefined }[];
  readonly requestedAt: number;
  /** Seconds for delivery, and for running. */
  readonly timeout: number;
  readonly executionTimeout: number;
  readonly maxConcurrency: string;
  readonly maxErrors: string;
  readonly invocations: ReadonlyMap<string, Invocation>;
  cancelled: boolean;
}

/** The commands of an account's region by id, oldest first. */
export interface CommandStore {
  readonly commands: Map<string, CommandRecord>;
  serial: number;
}

export const commandsKey: StateKey<CommandStore> = {
  name: "ssm-commands",
  create: () => ({ commands: new Map(), serial: 0 }),
};

/** Commands are kept for thirty days, milliseconds. */
export const KEPT = 30 * 86_400_000;

/** Until then a command's invocations can't be seen: they appear a moment after the command; milliseconds. */
export const VISIBLE_AFTER = 1_500;

/** A command's own status, as it follows from its invocations. */
export function commandStatus(command: CommandRecord): {
  readonly status: "Pending" | "InProgress" | "Success" | "Cancelled" | "Cancelling" | "Failed" | "TimedOut";
  readonly details: string;
  readonly completed: number;
  readonly errors: number;
  readonly deliveryTimedOut: number;
} {
  const all = [...command.invocations.values()].map(({ details }) => details);
  const count = (...wanted: readonly InvocationDetails[]) =>
    all.filter((details) => wanted.includes(details)).length;
  const completed = all.filter((details) => INVOCATION_STATUSES[details].final).length;
  const errors = count(...COUNTED_ERRORS);
  const deliveryTimedOut = count("DeliveryTimedOut");
  const facts = { completed, errors, deliveryTimedOut };
  if (all.length === 0) return { status: "Success", details: "NoInstancesInTag", ...facts };
  if (completed < all.length) {
    if (command.cancelled) return { status: "Cancelling", details: "Cancelling", ...facts };
    return count("Pending") === all.length
      ? { status: "Pending", details: "Pending", ...facts }
      : { status: "InProgress", details: "InProgress", ...facts };
  }
  if (command.cancelled) return { status: "Cancelled", details: "Cancelled", ...facts };
  if (errors > allowedOf(command.maxErrors, all.length))
    return count("Failed") > 0
      ? { status: "Failed", details: "Failed", ...facts }
      : { status: "TimedOut", details: "ExecutionTimedOut", ...facts };
  if (deliveryTimedOut === all.length) return { status: "TimedOut", details: "DeliveryTimedOut", ...facts };
  // Undeliverable ones don't make a command incomplete, but when there is nothing else it failed.
  const reached = all.length - count("Undeliverable", "InvalidPlatform", "AccessDenied");
  if (reached === 0) return { status: "Failed", details: "Failed", ...facts };
  return count("Success") === reached
    ? { status: "Success", details: "Success", ...facts }
    : { status: "Failed", details: "Incomplete", ...facts };
}

/** `10` or `10%` of a number of targets, rounded down. */
export function allowedOf(text: string, targets: number): number {
  return text.endsWith("%") ? Math.floor((Number.parseInt(text, 10) * targets) / 100) : Number(text);
}
