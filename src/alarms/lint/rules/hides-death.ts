import type { LintRule } from "../lint-rule.ts";
import { direction, judgedMetric } from "../watched.ts";

/** Metrics by which something says that it is alive. */
const ALIVE =
  /heart.?beat|alive|\bup\b|_up$|HealthyHostCount|RunningTaskCount|InServiceInstances|InServiceCapacity|pid_count|HealthCheckStatus|TunnelState/i;

export const hidesDeath = {
  about: "silence",
  severity: "warning",
  title:
    "It watches a sign of life, and missing data count as good: what is dead reports nothing and looks well.",
  remedy: "treatMissingData: breaching",
  *check({ spec }) {
    const metric = judgedMetric(spec);
    if (!metric || spec.kind === "composite" || direction(spec) !== "low") return;
    const { treatMissingData = "missing" } = spec;
    if (!ALIVE.test(metric.metricName) || !/^(notBreaching|ignore)$/.test(treatMissingData)) return;
    // Load balancers say themselves how many hosts are left; that they are silent is rarer than 0.
    yield {
      message: `once ${metric.metricName} falls silent the alarm ${treatMissingData === "ignore" ? "keeps its state" : "is OK"} for ever`,
    };
  },
} as const satisfies LintRule;
