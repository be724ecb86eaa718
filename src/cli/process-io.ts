import { createInterface } from "node:readline/promises";
import { WatchkeeperError } from "../support/errors.ts";
import { type Io, OUTPUT_FAILED, type Output } from "./io.ts";

/** The real process as `Io`. The second Ctrl-C ends it at once. */
export function processIo(storeThread?: URL): Io {
  const controller = new AbortController();
  let asked = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
    asked = true;
    controller.abort(new DOMException(`stopped by ${signal}`, "AbortError"));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // Each write hears of its own failure; without somebody who listens, Node would end the process in the middle of an apply.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    signal: controller.signal,
    interactive: Boolean(process.stdin.isTTY && process.stderr.isTTY),
    ...(storeThread ? { storeThread } : {}),
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
  let gone = false;
  return {
    isTerminal: stream.isTTY === true,
    // A terminal without a size says 0.
    columns: stream.columns || 100,
    write: (text) =>
      new Promise((resolve, reject) => {
        if (gone) return resolve();
        stream.write(text, (error) => {
          if (!error) return resolve();
          // A reader that goes away (`| head`) has read enough: the command goes on to its end, and nobody is told.
          gone = true;
          if (stream === process.stderr || (error as NodeJS.ErrnoException).code === "EPIPE") resolve();
          else reject(outputFailed(error));
        });
      }),
  };
}

function outputFailed(cause: Error): WatchkeeperError {
  return new WatchkeeperError(OUTPUT_FAILED, `the output can't be written: ${cause.message}`, { cause });
}
