import type {
  AlarmDefinition,
  DimensionSource,
  DimensionValue,
  MetricQueryDefinition,
} from "../../../model/alarm-policy.ts";
import type { Dimension } from "../../../model/alarm-spec.ts";
import type { Resource } from "../../../model/resource.ts";
import { canonicalJson, hashOf } from "../../../support/canonical-json.ts";
import { renderTemplate } from "../template.ts";
import type { Series } from "./series.ts";

/** A dimension with several values; metrics that name the same dimension with the same values vary together. */
export interface Axis {
  readonly name: string;
  readonly values: readonly string[] | DimensionSource;
}

/** How the dimensions of one definition are filled in. Made once per definition. */
export interface DimensionPlan {
  readonly axes: readonly Axis[];
  /** Dimensions of each metric: of the single one, or of every query in order. A number is an axis. */
  readonly metrics: readonly (readonly { readonly name: string; readonly value: string | number }[])[];
  /** The first axis found from resources, in a policy that selects none: what it finds owns the alarm. */
  readonly ownerAxis: number;
  /** Names of what tells several alarms of the definition apart; empty when it can give one only. */
  readonly variantNames: readonly string[];
}

/** One alarm of a definition: which value every axis has, or which series it watches. */
export interface Combination {
  readonly owner: Resource | undefined;
  /** Hash for the identity; empty when the definition can give one alarm only. */
  readonly variant: string;
  /** What tells it apart, for its name. */
  readonly readable: readonly string[];
  readonly choice: readonly string[];
  /** Whole dimension sets of the live series that fit, when the definition takes them from series. */
  readonly candidates?: readonly Series[];
}

/** Plans the dimensions of a definition. `hasOwner`: its policy selects no resources, so that found ones may own its alarms. */
export function planDimensions(definition: AlarmDefinition, hasOwner: boolean): DimensionPlan {
  const axes: Axis[] = [];
  const known = new Map<string, number>();
  const plan = (dimensions: Readonly<Record<string, DimensionValue>>) =>
    Object.keys(dimensions)
      .sort()
      .map((name) => {
        const value = dimensions[name] ?? "";
        if (typeof value === "string") return { name, value };
        const key = canonicalJson([name, value]);
        const axis = known.get(key) ?? axes.length;
        if (axis === axes.length) {
          known.set(key, axis);
          axes.push({ name, values: isSource(value) ? value : [...new Set(value)] });
        }
        return { name, value: axis };
      });
  const sets: readonly Pick<MetricQueryDefinition, "dimensions">[] = definition.metrics?.filter(
    ({ expression }) => expression === undefined,
  ) ?? [definition];
  const metrics = sets.map(({ dimensions }) => plan(dimensions ?? {}));
  const ownerAxis = hasOwner ? axes.findIndex(({ values }) => isSource(values)) : -1;
  const variantNames = [
    ...axes.filter((_, axis) => axis !== ownerAxis).map(({ name }) => name),
    ...(definition.series?.each ?? []),
  ];
  return { axes, metrics, ownerAxis, variantNames };
}

/** Source of the resources that own the alarms of a plan. */
export function ownerSource(plan: DimensionPlan): DimensionSource | undefined {
  const values = plan.axes[plan.ownerAxis]?.values;
  return values && isSource(values) ? values : undefined;
}

/**
 * The part of a variant that says by which dimensions alarms are told apart: an alarm whose variant begins otherwise
 * was made by another form of the definition.
 */
export function variantPrefix(plan: DimensionPlan): string {
  return plan.variantNames.length === 0 ? "" : hashOf(plan.variantNames, 4);
}

/** The variant of one combination: what tells it apart, in the order of `variantNames`. */
export function variantOf(plan: DimensionPlan, keys: readonly string[]): string {
  return keys.length === 0 ? "" : variantPrefix(plan) + hashOf(keys, 8);
}

/** The dimensions of the metric at `index` of a combination. Every text must be known to render. */
export function dimensionsOf(
  plan: DimensionPlan,
  index: number,
  combination: Combination,
  resource: Resource | undefined,
): readonly Dimension[] {
  return (plan.metrics[index] ?? []).map(({ name, value }) => ({
    name,
    value: textOf(value, combination, resource) ?? "",
  }));
}

/** What a value of the plan is for one combination; undefined when its template can't be filled in. */
export function textOf(
  value: string | number,
  combination: Combination,
  resource: Resource | undefined,
): string | undefined {
  if (typeof value === "number") return combination.choice[value];
  const rendered = renderTemplate(value, resource);
  return "text" in rendered ? rendered.text : undefined;
}

/** Whether a dimension's values are found from resources. */
export function isSource(value: DimensionValue): value is DimensionSource {
  return typeof value === "object" && !Array.isArray(value);
}
