import type { LintRule } from "../lint-rule.ts";
import { judgedMetric } from "../watched.ts";

export const silentHeartbeat = {
  about: "cannot fire",
  severity: "error",
  title: "It waits for a SampleCount of 0, which never comes: a period without samples has no data point.",
  remedy: "treatMissingData: breaching makes silence count",
  *check({ spec }) {
    const metric = judgedMetric(spec);
    if (metric?.stat !== "SampleCount" || spec.kind === "composite") return;
    const { threshold = 0, comparisonOperator: operator, treatMissingData = "missing" } = spec;
    const waits =
      (operator === "LessThanThreshold" && threshold <= 1) ||
      (operator === "LessThanOrEqualToThreshold" && threshold < 1);
    if (waits && treatMissingData !== "breaching")
      yield {
        message: `cannot fire: a period without samples of ${metric.metricName} has no data point, and missing ones are treated as ${treatMissingData}`,
      };
  },
} as const satisfies LintRule;
