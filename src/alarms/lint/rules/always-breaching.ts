import { COMPARISON_SYMBOLS } from "../../../model/describe-alarm.ts";
import { formatValue } from "../../../model/metric-value.ts";
import type { LintRule } from "../lint-rule.ts";
import { statisticBounds } from "../metric-bounds.ts";
import { judgedMetric } from "../watched.ts";

export const alwaysBreaching = {
  about: "noise",
  severity: "error",
  title: "Every value that the metric can have breaches, such as >= 0 of a count.",
  remedy: "choose a threshold that healthy values don't cross",
  *check({ spec }) {
    const metric = judgedMetric(spec);
    if (!metric || spec.kind === "composite" || spec.threshold === undefined) return;
    const bounds = statisticBounds(metric.namespace, metric.metricName, metric.stat);
    if (!bounds) return;
    const { threshold, comparisonOperator: operator } = spec;
    const { minimum, maximum } = bounds;
    const always =
      (operator === "GreaterThanThreshold" && minimum > threshold) ||
      (operator === "GreaterThanOrEqualToThreshold" && minimum >= threshold) ||
      (operator === "LessThanThreshold" && maximum < threshold) ||
      (operator === "LessThanOrEqualToThreshold" && maximum <= threshold);
    if (!always) return;
    const shown = formatValue(threshold, metric.metricName, bounds.unit);
    yield {
      message: `is in ALARM whenever there is data: ${metric.stat} of ${metric.metricName} is always ${COMPARISON_SYMBOLS[operator]} ${shown}`,
    };
  },
} as const satisfies LintRule;
