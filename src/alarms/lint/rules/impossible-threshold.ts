import { COMPARISON_SYMBOLS } from "../../../model/describe-alarm.ts";
import { formatValue } from "../../../model/metric-value.ts";
import type { LintRule } from "../lint-rule.ts";
import { statisticBounds } from "../metric-bounds.ts";
import { judgedMetric } from "../watched.ts";

export const impossibleThreshold = {
  about: "cannot fire",
  severity: "error",
  title: "The threshold lies outside of what the metric can be: 120 of a percentage, below 0 of a count.",
  remedy: "choose a threshold that the metric can cross",
  *check({ spec }) {
    const metric = judgedMetric(spec);
    if (!metric || spec.kind === "composite" || spec.threshold === undefined) return;
    const bounds = statisticBounds(metric.namespace, metric.metricName, metric.stat);
    if (!bounds) return;
    const { threshold, comparisonOperator: operator } = spec;
    const { minimum, maximum } = bounds;
    const beyond =
      (operator === "GreaterThanThreshold" && maximum <= threshold) ||
      (operator === "GreaterThanOrEqualToThreshold" && maximum < threshold) ||
      (operator === "LessThanThreshold" && minimum >= threshold) ||
      (operator === "LessThanOrEqualToThreshold" && minimum > threshold);
    if (!beyond) return;
    const shown = (value: number): string => formatValue(value, metric.metricName, bounds.unit);
    const limit = operator.startsWith("Greater") ? `at most ${shown(maximum)}` : `at least ${shown(minimum)}`;
    yield {
      message: `cannot fire: ${metric.metricName} is ${limit}, and it waits for ${COMPARISON_SYMBOLS[operator]} ${shown(threshold)}`,
    };
  },
} as const satisfies LintRule;
