import { type Diagnostic, formatDiagnostic } from "../../support/diagnostic.ts";
import { isWatchkeeperError, messageOf } from "../../support/errors.ts";
import { type Io, OUTPUT_FAILED } from "../io.ts";
import { printable, styleOf } from "../style.ts";
import { writeJson } from "./json.ts";

/** Tells a failure: what was wrong, where, what to do. Stack traces only when asked for. */
export async function showError(
  error: unknown,
  io: Io,
  options: { readonly json: boolean; readonly debug: boolean },
): Promise<void> {
  const diagnostics = diagnosticsOf(error);
  const hasOutput = !(isWatchkeeperError(error) && error.code === OUTPUT_FAILED);
  if (options.json && hasOutput) {
    await writeJson(io.stdout, {
      version: 1,
      error: {
        code: isAbort(error, io) ? "Aborted" : isWatchkeeperError(error) ? error.code : "internal",
        message: isAbort(error, io) ? "stopped" : messageOf(error),
        remedy: isWatchkeeperError(error) ? error.remedy : undefined,
        diagnostics: diagnostics.length > 0 ? diagnostics : undefined,
      },
    });
  } else if (diagnostics.length > 0) {
    for (const diagnostic of diagnostics)
      await io.stderr.write(`${printable(formatDiagnostic(diagnostic))}\n`);
  } else if (isAbort(error, io)) {
    await io.stderr.write("stopped\n");
  } else {
    const style = styleOf(io.stderr, io.env);
    const lines = messageOf(error).split("\n").map(printable).join("\n  ");
    await io.stderr.write(`${style.red("error:")} ${lines}\n`);
    if (isWatchkeeperError(error) && error.remedy) await io.stderr.write(`  ${printable(error.remedy)}\n`);
    if (!isWatchkeeperError(error) && !options.debug) {
      await io.stderr.write(
        "  This is a fault of Watchkeeper's own. Run it again with --debug and report what it prints.\n",
      );
    }
  }
  if (options.debug && error instanceof Error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      await io.stderr.write(`${cause.stack ?? cause.message}\n`);
    }
  }
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  const diagnostics = (error as { diagnostics?: unknown } | undefined)?.diagnostics;
  return Array.isArray(diagnostics) ? (diagnostics as Diagnostic[]) : [];
}

function isAbort(error: unknown, io: Io): boolean {
  return (
    io.signal.aborted &&
    (error === io.signal.reason ||
      (error instanceof Error && error.name === "AbortError") ||
      (isWatchkeeperError(error) && error.code === "Aborted"))
  );
}
