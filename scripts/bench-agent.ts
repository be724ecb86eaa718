// Bringing the agent to 1,000 instances: calls by operation, and the CPU that we and the local cloud use in this process, on a clock that
// jumps over every wait. Applying begins with a plan of its own.
import { agentFleet } from "../test/support/agent-fleet.ts";
import { row, sum } from "./bench-support.ts";

const GROUPS = `
  { name: ready, count: 500, profile: { role: app, policies: [AmazonSSMManagedInstanceCore, CloudWatchAgentServerPolicy] } },
  { name: bare, count: 200 }, { name: win, count: 100, platform: windows, profile: app },
  { name: own, count: 200, profile: { role: "own-{n}", policies: [AmazonSSMManagedInstanceCore] } }`;

const fleet = await agentFleet(GROUPS);
const { local } = fleet;
// Quotas are a matter of time, which is virtual here: what counts is the number of calls.
const free = { rate: 10_000, burst: 10_000 };
local.faults.set({ quotas: { "iam:AttachRolePolicy": free, "ec2:AssociateIamInstanceProfile": free } });

/** Does something, and tells the calls it made, most of them first, and how long virtual time it took. */
async function measure(what: string, run: () => Promise<string>): Promise<void> {
  local.resetRequests();
  const before = local.cloud.clock.time();
  const cpu = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(cpu);
  const calls = Object.fromEntries(local.requests);
  const minutes = (local.cloud.clock.time() - before) / 60_000;
  row(`${what}: ${result}`, sum(calls), ((user + system) / 1e6).toFixed(1), minutes.toFixed(1));
  const listed = Object.entries(calls).sort(([, a], [, b]) => b - a);
  process.stdout.write(`  ${listed.map(([call, count]) => `${call} ${count}`).join(", ")}\n`);
}

const applied = (outcomes: readonly { readonly status: string }[]): string =>
  `${outcomes.filter(({ status }) => status === "applied").length} of ${outcomes.length}`;
const pending = ({ summary }: Awaited<ReturnType<typeof fleet.plan>>): string =>
  `${summary.create + summary.update + summary.delete} changes`;

row("1,000 instances", "calls", "CPU s", "minutes");
await measure("first plan", async () => pending(await fleet.plan()));
await measure("apply", async () => applied(await fleet.apply()));
await measure("no-op plan", async () => pending(await fleet.plan()));
await measure("undo", async () => applied(await fleet.apply(undefined, "undo")));
fleet.close();
