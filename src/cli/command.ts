import type { Command } from "commander";
import type { Context, Logger } from "../support/context.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import type { AwsOptions } from "./options.ts";

/** What a command is given to register itself. `finish` says what the process ends with. */
export interface CommandHost {
  readonly program: Command;
  readonly io: Io;
  finish(code: ExitCode): void;
  /** Runs another command line: for the demo. */
  run(args: readonly string[], io: Io): Promise<ExitCode>;
}

/** A context for a use case: the clock that the environment names, and a log on stderr when `--debug` asks for it. */
export async function contextFor(io: Io, options: { readonly debug?: boolean }): Promise<Context> {
  const { systemContext } = await import("../app/system-context.ts");
  return systemContext({ env: io.env, signal: io.signal, log: loggerFor(io, options.debug === true) });
}

/** How to reach AWS, from the options of a command. */
export function reachFrom(io: Io, options: AwsOptions) {
  return { env: io.env, endpoint: options.endpoint, profile: options.profile, regions: options.region };
}

function loggerFor(io: Io, debug: boolean): Logger {
  const write = (level: string, message: string, details?: Readonly<Record<string, unknown>>): void => {
    const told = details === undefined ? "" : ` ${JSON.stringify(details)}`;
    void io.stderr.write(`${level}: ${message}${told}\n`);
  };
  return {
    debug: (message, details) => {
      if (debug) write("debug", message, details);
    },
    warn: (message, details) => write("warning", message, details),
  };
}
