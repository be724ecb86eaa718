#!/usr/bin/env node
import { processIo } from "./process-io.ts";
import { run } from "./run.ts";

// The SDK prints a warning about the Node version on every start otherwise.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
process.exitCode = await run(process.argv.slice(2), processIo());
