#!/usr/bin/env node
import { setFlagsFromString } from "node:v8";
import { processIo } from "./process-io.ts";
import { run } from "./run.ts";

// Between two collections V8 lets a heap grow to several times what lives in it. At less than twice that, plans of large fleets
// take 210 MB instead of 300 for the same processor time.
setFlagsFromString("--heap-growing-percent=80");
// The SDK prints a warning about the Node version on every start otherwise.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
const args = process.argv.slice(2);
process.exitCode = await run(args, processIo());
if (args.includes("--debug")) {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const seconds = ((userCPUTime + systemCPUTime) / 1e6).toFixed(2);
  process.stderr.write(`debug: ${seconds} s of CPU, ${Math.round(maxRSS / 1024)} MB at most\n`);
}
