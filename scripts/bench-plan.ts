// How planning grows with the fleet: calls, CPU and peak memory of the command's own process.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { loadScenario } from "../src/local/scenario/scenario.ts";
import { folder, row, startLocal, sum, watchkeeper, write } from "./bench-support.ts";

const SCENARIO = resolve(import.meta.dirname, "../examples/scenarios/thousand.yaml");
const { scenario } = loadScenario(SCENARIO);
if (!scenario) throw new Error("examples/scenarios/thousand.yaml is broken");
const { readFileSync } = await import("node:fs");

/** The scenario with another number of instances. */
function scaled(total: number): string {
  const text = readFileSync(SCENARIO, "utf8");
  const before = scenario?.groups.reduce((all, { count }) => all + count, 0) ?? 1;
  return write(
    `fleet-${total}.yaml`,
    text.replace(
      /^( +count: )(\d+)/gm,
      (_, key: string, count: string) => `${key}${Math.round((Number(count) * total) / before)}`,
    ),
  );
}

const alarm = (key: string, metric: string): string =>
  `      ${key}: { namespace: AWS/EC2, metricName: ${metric}, dimensions: { InstanceId: $resource.id }, statistic: Maximum, period: 5m, evaluationPeriods: 3, comparisonOperator: GreaterThanThreshold, threshold: 1, severity: warning }`;
const METRICS = [
  "CPUUtilization",
  "StatusCheckFailed_System",
  "StatusCheckFailed_Instance",
  "NetworkIn",
  "NetworkOut",
  "EBSReadOps",
];

function configuration(alarms: number): string {
  const lines = METRICS.slice(0, alarms).map((metric, i) => alarm(`alarm-${i}`, metric));
  return write(
    `config-${alarms}.yaml`,
    `version: 1\nname: bench\nregions: [${scenario?.groups[0]?.region ?? "eu-central-1"}]\npolicies:\n  - name: all\n    select: { type: ec2.instance }\n    alarms:\n${lines.join("\n")}\nseverities:\n  warning: { alarm: [team] }\ntopics:\n  team: { name: team }\n`,
  );
}

row("plan", "calls", "CPU s", "peak MB", "wall s");
for (const [instances, perInstance] of [
  [100, 3],
  [1000, 3],
  [10_000, 6],
] as const) {
  const local = await startLocal(scaled(instances));
  const rate = { rate: 5000, burst: 5000 };
  await local.faults({
    quotas: {
      "cloudwatch:PutMetricAlarm": rate,
      "cloudwatch:DescribeAlarms": rate,
      "cloudwatch:ListMetrics": rate,
    },
  });
  const config = configuration(perInstance);
  const measure = async (what: string, args: readonly string[]): Promise<void> => {
    await local.reset();
    const used = await watchkeeper([...args, "--config", config], local);
    const calls = sum(await local.requests());
    row(
      `${instances} x ${perInstance}: ${what}`,
      calls,
      used.cpuSeconds.toFixed(2),
      used.peakMb,
      used.seconds.toFixed(1),
    );
    if (used.code !== 0) throw new Error(`${what} ended with ${used.code}: ${used.output.slice(-2000)}`);
  };
  await measure("first plan --json", ["plan", "--json"]);
  await measure("apply", ["apply", "--yes", "--json"]);
  await measure("no-op plan", ["plan"]);
  const counts = await local.requests();
  process.stdout.write(
    `  no-op by call: ${Object.entries(counts)
      .map(([call, count]) => `${call} ${count}`)
      .join(", ")}\n`,
  );
  local.child.kill("SIGKILL");
}
rmSync(folder, { recursive: true, force: true });
