// Figures, never assertions: machines are noisy. Each part prints what it measured, and ratios against a baseline of the same run.
//   npm run bench                 everything
//   npm run bench -- plan         one part
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const PARTS: Readonly<Record<string, string>> = {
  plan: "bench-plan.ts",
  apply: "bench-apply.ts",
  local: "bench-local.ts",
  engine: "bench-engine.ts",
  promtool: "bench-promtool.ts",
  backtest: "bench-backtest.ts",
  notify: "bench-notify.ts",
  agent: "bench-agent.ts",
  remediation: "bench-remediation.ts",
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) {
  const file = PARTS[name];
  if (file === undefined) throw new Error(`there is no part "${name}": ${Object.keys(PARTS).join(", ")}`);
  const path = join(import.meta.dirname, file);
  if (!existsSync(path)) throw new Error(`${path} is missing`);
  process.stdout.write(`\n== ${name}\n`);
  const { status } = spawnSync(process.execPath, ["--import", "tsx", path], {
    stdio: "inherit",
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  });
  if (status !== 0) process.exitCode = 1;
}
