import type { MetricStat } from "../../../model/alarm-spec.ts";
import type { SeriesIndex } from "../../desired/series/series.ts";
import { isSparse } from "../../spec/metric-knowledge.ts";
import type { LintRule } from "../lint-rule.ts";
import { resourceNamed, shownDimensions, statsOf } from "../watched.ts";

/** States in which a resource's metrics are expected. */
const WORKING = new Set(["running", "in-use", "available"]);

export const noSuchMetric = {
  about: "cannot fire",
  severity: "error",
  title:
    "No series of exactly its dimensions had data in two weeks (ListMetrics); a set with one dimension more or less is another metric.",
  remedy: "take the dimensions from `aws cloudwatch list-metrics`, or let `series: {}` find them",
  needs: ["series"],
  *check({ spec, live, resource, createOnlyIfSeen }, { series, resources }) {
    if (!series || (createOnlyIfSeen && !live)) return;
    if (resource && !WORKING.has(resource.state)) return;
    const named = resourceNamed(spec);
    // An alarm whose resource is gone has a rule of its own.
    if (named && resources?.complete(named.type) && !resources.find(named.type, named.id)) return;
    for (const metric of statsOf(spec)) {
      const { namespace, metricName, dimensions } = metric;
      if (!series.covers(metric) || series.has(metric, dimensions)) continue;
      const near = nearest(series, metric);
      if (near)
        yield {
          message: `cannot fire: ${metricName} is published with ${shownDimensions(near)}, and it asks for ${shownDimensions(dimensions)}`,
        };
      else if (!isSparse(namespace, metricName))
        yield {
          severity: "warning",
          message: `${namespace} ${metricName} with ${shownDimensions(dimensions)} had no data in two weeks`,
        };
    }
  },
} as const satisfies LintRule;

/** A series that its writer may have meant: one with more dimensions, or with fewer. */
function nearest(series: SeriesIndex, metric: MetricStat): MetricStat["dimensions"] | undefined {
  const { dimensions } = metric;
  const [wider] = dimensions.length === 0 ? [] : series.find(metric, dimensions);
  if (wider) return wider;
  for (const dimension of dimensions) {
    const narrower = series
      .find(metric, [dimension])
      .find((found) =>
        found.every(({ name, value }) => dimensions.some((own) => own.name === name && own.value === value)),
      );
    if (narrower) return narrower;
  }
  return undefined;
}
