import type { MetricDataQuery } from "@aws-sdk/client-cloudwatch";

/**
 * Labels that CloudWatch makes up for queries without one: what tells the queries of a request apart. Recorded: the metric's name
 * alone, then with statistic and period where these differ (`metric1 Sum 60`). Values of differing dimensions come first, as in graphs.
 * An expression is labelled with its id.
 */
export function labelsOf(queries: readonly MetricDataQuery[]): readonly string[] {
  const parts = queries.map(({ MetricStat, Id }) => ({
    name: MetricStat?.Metric?.MetricName ?? Id ?? "",
    dimensions: (MetricStat?.Metric?.Dimensions ?? []).map(({ Value = "" }) => Value).join(" "),
    stat: MetricStat?.Stat ?? "",
    period: String(MetricStat?.Period ?? ""),
  }));
  const differs = (key: keyof (typeof parts)[number]): boolean =>
    new Set(parts.filter((_, i) => queries[i]?.MetricStat).map((part) => part[key])).size > 1;
  const shown = {
    dimensions: differs("dimensions"),
    name: !differs("dimensions") || differs("name"),
    stat: differs("stat"),
    period: differs("period"),
  };
  return parts.map(
    (part) =>
      (["dimensions", "name", "stat", "period"] as const)
        .filter((key) => shown[key] && part[key] !== "")
        .map((key) => part[key])
        .join(" ") || part.name,
  );
}
