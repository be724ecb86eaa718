// Commands: running something on instances by Systems Manager, judged instance by instance. Decisions are pure; `run-command.ts`
// and `watch-command.ts` are the edges that call AWS.
import type { Reason } from "../plan/plan.ts";

/** What to run, and on which instances. */
export interface CommandRequest {
  /** Name of a document: `AWS-RunShellScript`. */
  readonly document: string;
  readonly parameters: Readonly<Record<string, readonly string[]>>;
  readonly instanceIds: readonly string[];
  /** Seconds that agents have to fetch the command, 30 to 2,592,000; what wasn't fetched by then is called off. Default 300. */
  readonly timeoutSeconds?: number;
  /** Seconds that it may run once it was fetched; then it is called off. Default 900. */
  readonly executionSeconds?: number;
  /** For the console's list of commands, at most 70 characters. */
  readonly comment?: string;
  /** Running it twice on an instance does no harm, so that failures which may pass are tried again. Default false. */
  readonly repeatable?: boolean;
  /** How often an instance is tried at most. Default 3. */
  readonly attempts?: number;
  /** Seconds between attempts. Default 20. */
  readonly retrySeconds?: number;
}

/**
 * What became of a command on one instance. `timed-out` says what took too long: fetching it (`delivery`: it never ran, and won't)
 * or running it (`execution`). `unreachable`: Systems Manager doesn't know the instance, or not any more. `not-sent`: the call was
 * refused. `unknown`: it was sent, or may have been, and what it did can't be seen.
 */
export type Verdict =
  | { readonly kind: "success"; readonly output: string }
  | { readonly kind: "failed"; readonly exitCode: number | undefined; readonly output: string }
  | { readonly kind: "timed-out"; readonly phase: "delivery" | "execution" }
  | { readonly kind: "undeliverable" | "cancelled" | "access-denied" | "invalid-platform" | "unreachable" }
  | { readonly kind: "not-sent"; readonly code: string; readonly retryable: boolean }
  | { readonly kind: "unknown"; readonly code: string };

/** A verdict, with the sentence that explains it and the command it is about. */
export interface CommandResult {
  readonly instanceId: string;
  /** Absent when nothing was sent. */
  readonly commandId?: string | undefined;
  readonly verdict: Verdict;
  readonly reason: Reason;
}

/** Instances that one SendCommand takes. Source: API reference, `SendCommand`, `InstanceIds`. */
export const BATCH = 50;

/** Splits instances into batches that one command takes. */
export function batchesOf<Item>(items: readonly Item[], size = BATCH): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}
