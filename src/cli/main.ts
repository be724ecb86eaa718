#!/usr/bin/env node
import { processIo } from "./process-io.ts";
import { run } from "./run.ts";
import { tuneHeap } from "./tune-heap.ts";

tuneHeap();
// The SDK prints a warning about the Node version on every start otherwise.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const args = process.argv.slice(2);
process.exitCode = await run(args, processIo());
if (args.includes("--debug")) {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const seconds = ((userCPUTime + systemCPUTime) / 1e6).toFixed(2);
  process.stderr.write(`debug: ${seconds} s of CPU, ${Math.round(maxRSS / 1024)} MB at most\n`);
}
