// Unit tests of alarms beside Prometheus's `promtool test rules`: the same series and threshold, whole processes, in one run.
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { row, write } from "./bench-support.ts";

const MAIN = resolve(import.meta.dirname, "../dist/main.js");
const SERIES = 50;
const POINTS = 2016;

/** A week of five-minute points with a daily rhythm and an incident now and then; calm at its end. */
function values(seed: number): number[] {
  return Array.from({ length: POINTS }, (_, i) => {
    if (i > POINTS - 20) return 40;
    const incident = (i + seed * 131) % 700 < 9 ? 40 : 0;
    return Math.round(
      45 + 20 * Math.sin((2 * Math.PI * i) / 288) + ((i * 7919 + seed * 104_729) % 10) + incident,
    );
  });
}

/** CPU seconds of a command, by the shell's own accounting of its children. */
function cpuSeconds(command: readonly string[]): number {
  const { status, stdout, stderr } = spawnSync(
    "bash",
    ["-c", '"$@" >&2; code=$?; times; exit $code', "bash", ...command],
    {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(`${command.join(" ")} ended with ${status}:\n${stderr.slice(-1000)}`);
  const children = stdout.trim().split("\n").at(-1) ?? "";
  return [...children.matchAll(/(\d+)m([\d.,]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number((seconds ?? "0").replace(",", ".")),
    0,
  );
}

const ours = write(
  "alarms.yaml",
  `version: 1\ntests:\n${Array.from({ length: SERIES }, (_, seed) =>
    [
      `  - name: series ${seed}`,
      "    before: OK",
      "    alarms:",
      "      high:",
      "        namespace: Bench",
      "        metricName: load",
      "        statistic: Average",
      "        period: 5m",
      "        evaluationPeriods: 3",
      "        datapointsToAlarm: 3",
      "        comparisonOperator: GreaterThanThreshold",
      "        threshold: 80",
      "    series:",
      `      load: { period: 5m, values: "${values(seed).join(" ")}" }`,
      "    expect:",
      // Both evaluate up to the last time that is asked about.
      `      at: { ${(POINTS - 1) * 5}m: OK }`,
    ].join("\n"),
  ).join("\n")}\n`,
);
write(
  "rules.yaml",
  `groups:\n  - name: bench\n    interval: 5m\n    rules:\n      - alert: high\n        expr: load > 80\n        for: 10m\n`,
);
const theirs = write(
  "promtool.yaml",
  `rule_files: [rules.yaml]\nevaluation_interval: 5m\ntests:\n${Array.from({ length: SERIES }, (_, seed) =>
    [
      "  - interval: 5m",
      "    input_series:",
      `      - { series: 'load{n="${seed}"}', values: '${values(seed).join(" ")}' }`,
      "    alert_rule_test:",
      "      - { eval_time: 0m, alertname: high, exp_alerts: [] }",
      `      - { eval_time: ${(POINTS - 1) * 5}m, alertname: nobody, exp_alerts: [] }`,
    ].join("\n"),
  ).join("\n")}\n`,
);

const own = cpuSeconds([process.execPath, MAIN, "test", ours]);
const rate = (seconds: number): string => `${((SERIES * POINTS) / seconds / 1000).toFixed(0)} k/s`;
row(`${SERIES} tests of ${POINTS} points`, "CPU s", "points", "ratio");
row("watchkeeper test", own.toFixed(2), rate(own), "1.00");
if (spawnSync("promtool", ["--version"]).status === 0) {
  const other = cpuSeconds(["promtool", "test", "rules", theirs]);
  row("promtool test rules", other.toFixed(2), rate(other), (own / other).toFixed(2));
} else {
  process.stdout.write(
    `promtool isn't installed (Debian: apt-get install prometheus), so there is nothing to compare with\n`,
  );
}
