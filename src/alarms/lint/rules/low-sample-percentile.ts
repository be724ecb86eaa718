import type { LintRule } from "../lint-rule.ts";
import { statsOf } from "../watched.ts";

export const lowSamplePercentile = {
  about: "noise",
  severity: "warning",
  title:
    "A high percentile is judged however few samples there are: of ten requests, p99 is the slowest one.",
  remedy: "evaluateLowSampleCountPercentile: ignore keeps the state while there are too few",
  *check({ spec }) {
    if (spec.kind === "composite" || spec.evaluateLowSampleCountPercentile === "ignore") return;
    for (const { stat, metricName } of statsOf(spec)) {
      const percent = Number(/^p(\d+(?:\.\d+)?)$/.exec(stat)?.[1]);
      if (!(percent >= 90 && percent < 100)) continue;
      const enough = Math.ceil(10 / (1 - percent / 100) - 1e-6);
      yield {
        message: `${stat} of ${metricName} says little of fewer than ${enough} samples a period, and is judged all the same`,
      };
    }
  },
} as const satisfies LintRule;
