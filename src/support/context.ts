import type { Clock } from "./clock.ts";

/** Where the library tells what it does. It never prints by itself. */
export interface Logger {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void;
  warn(message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** Everything from the outside world that a use case may touch, apart from AWS. */
export interface Context {
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly log: Logger;
}

/** A logger that says nothing. */
export const silentLogger: Logger = { debug: () => undefined, warn: () => undefined };
