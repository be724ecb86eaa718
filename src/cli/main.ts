#!/usr/bin/env node
import { processIo } from "./process-io.ts";
import { run } from "./run.ts";
import { tuneHeap } from "./tune-heap.ts";

/** Name of the store's thread among the built programs. */
declare const WATCHKEEPER_STORE_THREAD: string | undefined;

tuneHeap();
// The SDK prints a warning about the Node version on every start otherwise.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const args = process.argv.slice(2);
// This file is an entry point that nothing imports: its own code stays in dist/main.js, beside the other built programs, whatever
// else goes to dist/chunks/. From source the name isn't there.
const storeThread =
  typeof WATCHKEEPER_STORE_THREAD === "string"
    ? new URL(WATCHKEEPER_STORE_THREAD, import.meta.url)
    : undefined;
process.exitCode = await run(args, processIo(storeThread));
if (args.includes("--debug")) {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const seconds = ((userCPUTime + systemCPUTime) / 1e6).toFixed(2);
  process.stderr.write(`debug: ${seconds} s of CPU, ${Math.round(maxRSS / 1024)} MB at most\n`);
}
