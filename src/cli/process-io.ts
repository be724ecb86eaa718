import { createInterface } from "node:readline/promises";
import type { Io, Output } from "./io.ts";

/** The real process as `Io`. The second Ctrl-C ends it at once. */
export function processIo(): Io {
  const controller = new AbortController();
  let asked = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
    asked = true;
    controller.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // A reader that goes away (`| head`) is a normal end, not an error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    signal: controller.signal,
    interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
    async ask(question) {
      const lines = createInterface({ input: process.stdin, output: process.stderr });
      // While a question is open, the terminal's Ctrl-C comes as a key, not as a signal.
      lines.on("SIGINT", () => stop("SIGINT"));
      try {
        return await lines.question(question, { signal: controller.signal });
      } catch (error) {
        controller.signal.throwIfAborted();
        // Ctrl-D: no answer.
        if ((error as NodeJS.ErrnoException).code === "ABORT_ERR") return "";
        throw error;
      } finally {
        lines.close();
      }
    },
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY === true,
    // A terminal without a size says 0.
    columns: stream.columns || 100,
    write: (text) =>
      new Promise((resolve, reject) => {
        stream.write(text, (error) => (error ? reject(error) : resolve()));
      }),
  };
}
