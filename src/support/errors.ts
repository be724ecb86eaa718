/** Who can do something about a failure. */
export type ErrorSource = "user" | "aws" | "internal";

export interface WatchkeeperErrorOptions {
  readonly source?: ErrorSource;
  readonly retryable?: boolean;
  /** What to do about it, one sentence or a command. */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

const MARK = Symbol.for("watchkeeper.error");

/** A failure with a stable machine-readable code. The message names the value that was wrong; `remedy` what to do. */
export class WatchkeeperError extends Error {
  readonly code: string;
  readonly source: ErrorSource;
  readonly retryable: boolean;
  readonly remedy: string | undefined;
  /** Recognised across copies of this module. */
  readonly [MARK] = true;

  constructor(code: string, message: string, options: WatchkeeperErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WatchkeeperError";
    this.code = code;
    this.source = options.source ?? "user";
    this.retryable = options.retryable ?? false;
    this.remedy = options.remedy;
  }
}

/** Whether a thrown value is ours, even when it came through another copy of this module. */
export function isWatchkeeperError(error: unknown): error is WatchkeeperError {
  return error instanceof Error && (error as { [MARK]?: boolean })[MARK] === true;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
