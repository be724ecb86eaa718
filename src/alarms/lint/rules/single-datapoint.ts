import { formatDuration } from "../../../model/duration.ts";
import type { LintRule } from "../lint-rule.ts";
import { direction, statsOf } from "../watched.ts";

/** Metrics that jump for a moment without anything being wrong. */
const SPIKY =
  /CPUUtilization|^cpu_usage|^Network(In|Out)|^Disk(Read|Write)|^Volume(Read|Write)|Latency|ResponseTime|^Duration$|^system_load|^load/i;
const LONG = 900;

export const singleDatapoint = {
  about: "noise",
  severity: "warning",
  title: "A single data point of a metric that jumps is enough: one busy period, and back.",
  remedy: "ask for 2 of 3 or 3 of 3 periods",
  *check({ spec }) {
    if (spec.kind === "composite" || direction(spec) === "low") return;
    const { evaluationPeriods: n, datapointsToAlarm: m = n } = spec;
    const stats = statsOf(spec);
    const spiky = stats.find(({ metricName }) => SPIKY.test(metricName));
    if (m !== 1 || !spiky || spiky.period >= LONG || spiky.stat === "Minimum") return;
    const count = n === 1 ? "one period" : `1 of ${n} periods`;
    yield {
      message: `${count} of ${formatDuration(spiky.period)} is enough, and ${spiky.metricName} jumps on its own`,
    };
  },
} as const satisfies LintRule;
