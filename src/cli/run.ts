// The command line: commands and views over the use cases of app/. No business logic here.
import { CommanderError } from "commander";
import type { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { buildProgram } from "./program.ts";
import { showError } from "./views/error-view.ts";

/** Runs one command line and answers the exit code. Never rejects. */
export async function run(args: readonly string[], io: Io): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = buildProgram({
    io,
    run,
    finish: (result) => {
      code = result;
    },
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    await showError(error, io, { json: args.includes("--json"), debug: args.includes("--debug") });
    return 1;
  }
}
