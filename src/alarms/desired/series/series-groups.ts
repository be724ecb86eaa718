import type { AlarmDefinition } from "../../../model/alarm-policy.ts";
import type { Resource } from "../../../model/resource.ts";
import type { Reason } from "../../../plan/plan.ts";
import { canonicalJson } from "../../../support/canonical-json.ts";
import { type Combination, type DimensionPlan, dimensionsOf, variantOf } from "./dimension-plan.ts";
import type { Series, SeriesIndex } from "./series.ts";

/**
 * Series that fit a combination, grouped by the values of `each`: those to watch, and those that the definition's `exclude`
 * leaves out (told by variant, so that their alarms can be recognised).
 */
export function seriesGroups(
  definition: AlarmDefinition,
  plan: DimensionPlan,
  combination: Combination,
  resource: Resource | undefined,
  index: SeriesIndex,
): { readonly live: readonly Combination[]; readonly excluded: ReadonlySet<string> } {
  const { namespace = "", metricName = "" } = definition;
  const { each = [], exclude = {} } = definition.series ?? {};
  const base = dimensionsOf(plan, 0, combination, resource);
  const keysOfAxes = combination.choice.filter((_, axis) => axis !== plan.ownerAxis);
  const groups = new Map<string, { readonly values: readonly string[]; readonly series: Series[] }>();
  const excluded = new Set<string>();
  for (const series of index.find({ namespace, metricName }, base)) {
    const values = each.map((name) => dimensionValue(series, name));
    if (!values.every((value) => value !== undefined)) continue;
    const variant = variantOf(plan, [...keysOfAxes, ...values]);
    if (Object.keys(exclude).some((name) => exclude[name]?.includes(dimensionValue(series, name) ?? ""))) {
      excluded.add(variant);
      continue;
    }
    const group = groups.get(variant);
    if (group) group.series.push(series);
    else groups.set(variant, { values, series: [series] });
  }
  const live = [...groups].map(([variant, { values, series }]) => ({
    ...combination,
    variant,
    readable: [...combination.readable, ...values],
    candidates: series.length < 2 ? series : series.toSorted(bySeriesText),
  }));
  for (const variant of groups.keys()) excluded.delete(variant);
  return { live: live.sort((a, b) => compare(a.readable.join("\n"), b.readable.join("\n"))), excluded };
}

/** Why a definition that takes its dimensions from series found none. */
export function noSeries(definition: AlarmDefinition, index: SeriesIndex): Reason {
  const { namespace = "", metricName = "" } = definition;
  if (!index.covers({ namespace, metricName }))
    return { code: "series-unknown", text: `the series of ${metricName} could not be read` };
  const hint = namespace === "CWAgent" ? ": is the agent alive?" : "";
  return { code: "no-series", text: `${metricName} not seen in 3 hours${hint}` };
}

function dimensionValue(series: Series, name: string): string | undefined {
  return series.find((dimension) => dimension.name === name)?.value;
}

function bySeriesText(a: Series, b: Series): number {
  return compare(canonicalJson(a), canonicalJson(b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
