import { messageOf, WatchkeeperError } from "../support/errors.ts";
import type { SqliteOptions } from "./sqlite-connection.ts";
import type { SqlValue } from "./sqlite-statements.ts";
import type { Batch } from "./sqlite-writes.ts";

/** What the store's thread is started with. It answers this as it answers questions: once the store is open. */
export interface Start {
  readonly path: string;
  readonly options: SqliteOptions;
  /** Of a `ThreadGate`. */
  readonly gate: SharedArrayBuffer;
}

/** What the store's thread is asked. Questions are answered in their order, each once. */
export type Question =
  | { readonly ask: "rows" | "run"; readonly sql: string; readonly values: readonly SqlValue[] }
  /** Ends the commit of the batches that were handed over before. */
  | { readonly ask: "finish" | "close" };

/** What it is told, without an answer: a batch of a commit, or that the commit isn't wanted any more. */
export type Order = { readonly add: Batch } | { readonly abandon: true };

/** What it answers: a value, or why there is none. */
export type Answer = { readonly value: unknown } | { readonly error: PlainError };

/** A `WatchkeeperError` on its way between threads, which hand over the data of objects but not their kind. */
interface PlainError extends Pick<WatchkeeperError, "code" | "message" | "source" | "retryable" | "remedy"> {
  /** The message of what was behind it. */
  readonly cause: string | undefined;
}

/** An error as it can be sent. */
export function plainError({
  code,
  message,
  source,
  retryable,
  remedy,
  cause,
}: WatchkeeperError): PlainError {
  return {
    code,
    message,
    source,
    retryable,
    remedy,
    cause: cause === undefined ? undefined : messageOf(cause),
  };
}

/** The error that was sent. */
export function errorOf({ code, message, cause, ...options }: PlainError): WatchkeeperError {
  return new WatchkeeperError(code, message, {
    ...options,
    ...(cause === undefined ? {} : { cause: new Error(cause) }),
  });
}
