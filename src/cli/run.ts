// The command line: commands and views over the use cases of app/. No business logic here.
import { type Command, CommanderError } from "commander";
import { WatchkeeperError } from "../support/errors.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { buildProgram, USAGE_REMEDY } from "./program.ts";
import { showError } from "./views/error-view.ts";

/** Runs one command line and answers the exit code. Never rejects. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  const json = args.includes("--json");
  const program = buildProgram({
    io,
    run,
    finish: (result) => {
      code = result;
    },
  });
  // The JSON answer says it instead.
  if (json) silenceUsage(program);
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError && !json) return 1;
    await showError(asUsage(error), io, { json, debug: args.includes("--debug") });
    return 1;
  }
}

/** What commander says of a command line that it can't read, as an error of ours. */
function asUsage(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error;
  return new WatchkeeperError("usage", error.message.replace(/^error: /, "").replaceAll("\n", " "), {
    remedy: USAGE_REMEDY,
    cause: error,
  });
}

function silenceUsage(command: Command): void {
  command.configureOutput({ ...command.configureOutput(), writeErr: () => undefined });
  for (const child of command.commands) silenceUsage(child);
}
