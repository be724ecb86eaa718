// The local cloud: how soon it is ready, what it holds then, and what a page of a thousand instances costs it.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { applyScenario, cloudOptions } from "../src/local/scenario/apply.ts";
import { loadScenario } from "../src/local/scenario/scenario.ts";
import { createLocalCloud } from "../src/local/server.ts";
import { row, startLocal } from "./bench-support.ts";

const SCENARIO = resolve(import.meta.dirname, "../examples/scenarios/thousand.yaml");

row("start to ready", "ms", "RSS MB");
for (const [name, scenario] of [
  ["empty", undefined],
  ["thousand instances", SCENARIO],
] as const) {
  const times: number[] = [];
  let rss = 0;
  for (let i = 0; i < 5; i += 1) {
    const started = performance.now();
    const local = await startLocal(scenario);
    times.push(performance.now() - started);
    const status =
      process.platform === "linux" ? readFileSync(`/proc/${local.child.pid}/status`, "utf8") : "";
    rss = Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    local.child.kill("SIGKILL");
  }
  row(name, (times.sort((a, b) => a - b)[2] ?? 0).toFixed(0), rss);
}

const { scenario } = loadScenario(SCENARIO);
if (!scenario) throw new Error("examples/scenarios/thousand.yaml is broken");
const local = createLocalCloud(cloudOptions(scenario));
applyScenario(local.cloud, scenario);
const { EC2Client, DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
const [account] = local.accounts.all;
const inside: number[] = [];
const handler = local.requestHandler();
const client = new EC2Client({
  region: "eu-central-1",
  endpoint: "http://127.0.0.1:4566",
  credentials: { accessKeyId: account?.accessKeyId ?? "", secretAccessKey: account?.secretAccessKey ?? "" },
  requestHandler: {
    ...handler,
    handle: async (...args: Parameters<typeof handler.handle>) => {
      const before = process.cpuUsage();
      const answer = await handler.handle(...args);
      const { user, system } = process.cpuUsage(before);
      inside.push((user + system) / 1000);
      return answer;
    },
  },
});
for (let i = 0; i < 12; i += 1) await client.send(new DescribeInstancesCommand({ MaxResults: 1000 }));
row("DescribeInstances, 1,000 a page", "CPU ms");
row("first", (inside[0] ?? 0).toFixed(0));
row("median of the others", (inside.slice(1).sort((a, b) => a - b)[5] ?? 0).toFixed(0));
local.close();
process.exit(0);
