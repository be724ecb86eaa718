import type { AlarmDefinition, DimensionSource } from "../../../model/alarm-policy.ts";
import type { Resource } from "../../../model/resource.ts";
import type { Reason } from "../../../plan/plan.ts";
import { isDimensionText, MAX_DIMENSION_VALUE } from "../../spec/dimension-text.ts";
import { renderTemplate } from "../template.ts";
import {
  type Axis,
  type Combination,
  type DimensionPlan,
  isSource,
  textOf,
  variantOf,
} from "./dimension-plan.ts";
import type { SeriesIndex } from "./series.ts";
import { noSeries, seriesGroups } from "./series-groups.ts";

/** Combinations, and what stood in the way of others. */
export interface Expansion {
  readonly combinations: readonly Combination[];
  readonly skipped: readonly Reason[];
}

/** More alarms of one definition for one resource than anybody means. */
const MAX_COMBINATIONS = 10_000;

const ONE_PLAIN: Expansion = {
  combinations: [{ owner: undefined, variant: "", readable: [], choice: [] }],
  skipped: [],
};

/** A value of an axis: what tells it apart for good (text as written, id of the resource found) and what it is now. */
interface AxisValue {
  readonly key: string;
  readonly text: string;
  readonly owner?: Resource;
}

/**
 * Every combination of dimension values for one resource (or for none), each one alarm. `found` answers a source with the live
 * resources it selects, sorted by id. Data that are lacking leave combinations out, with a reason.
 */
export function expandDimensions(
  definition: AlarmDefinition,
  plan: DimensionPlan,
  resource: Resource | undefined,
  found: (source: DimensionSource) => readonly Resource[],
  series: SeriesIndex,
): Expansion {
  const skipped: Reason[] = [];
  let combinations: readonly Combination[] = ONE_PLAIN.combinations;
  if (plan.axes.length > 0) {
    const values = plan.axes.map((axis) => axisValues(axis, resource, found, skipped));
    const count = values.reduce((total, { length }) => total * length, 1);
    if (count > MAX_COMBINATIONS)
      skipped.push({
        code: "too-many-combinations",
        text: `its dimensions have ${count} combinations, more than ${MAX_COMBINATIONS}: list fewer values or find fewer resources`,
      });
    combinations = count > MAX_COMBINATIONS ? [] : product(plan, values);
  }
  combinations = combinations.filter((combination) => {
    const problem = dimensionProblem(plan, combination, combination.owner ?? resource);
    if (problem) skipped.push(problem);
    return !problem;
  });
  if (definition.series) {
    const owned = combinations;
    combinations = owned.flatMap((each) => {
      const groups = seriesGroups(definition, plan, each, each.owner ?? resource, series);
      if (groups.live.length === 0) skipped.push(noSeries(definition, series));
      return groups.live;
    });
  }
  return combinations === ONE_PLAIN.combinations && skipped.length === 0
    ? ONE_PLAIN
    : { combinations, skipped };
}

function axisValues(
  axis: Axis,
  resource: Resource | undefined,
  found: (source: DimensionSource) => readonly Resource[],
  skipped: Reason[],
): AxisValue[] {
  const { name, values } = axis;
  if (!isSource(values))
    return values.flatMap((key) => {
      const rendered = renderTemplate(key, resource);
      if ("text" in rendered) return [{ key, text: rendered.text }];
      skipped.push({ code: "missing-tag", text: `it ${rendered.lacks}, which dimension ${name} needs` });
      return [];
    });
  const taken = new Map<string, Resource>();
  const resources = found(values);
  if (resources.length === 0)
    skipped.push({ code: "source-empty", text: `no resource was found for dimension ${name}` });
  return resources.flatMap((owner) => {
    const rendered = renderTemplate(values.value, owner);
    if (!("text" in rendered)) {
      skipped.push({
        code: "missing-tag",
        text: `${owner.id} ${rendered.lacks}, which dimension ${name} needs`,
      });
      return [];
    }
    const other = taken.get(rendered.text);
    if (other) {
      const text = `${owner.id} gives dimension ${name} the same value as ${other.id} (${rendered.text})`;
      skipped.push({ code: "same-dimensions", text });
      return [];
    }
    taken.set(rendered.text, owner);
    return [{ key: owner.id, text: rendered.text, owner }];
  });
}

function product(plan: DimensionPlan, values: readonly (readonly AxisValue[])[]): Combination[] {
  let chosen: readonly (readonly AxisValue[])[] = [[]];
  for (const axis of values) chosen = chosen.flatMap((begun) => axis.map((value) => [...begun, value]));
  return chosen.map((choice) => {
    const telling = choice.filter((_, axis) => axis !== plan.ownerAxis);
    return {
      owner: choice[plan.ownerAxis]?.owner,
      variant: variantOf(
        plan,
        telling.map(({ key }) => key),
      ),
      readable: telling.map(({ text }) => text),
      choice: choice.map(({ text }) => text),
    };
  });
}

function dimensionProblem(
  plan: DimensionPlan,
  combination: Combination,
  resource: Resource | undefined,
): Reason | undefined {
  for (const metric of plan.metrics)
    for (const { name, value } of metric) {
      if (typeof value === "string") {
        const rendered = renderTemplate(value, resource);
        if ("lacks" in rendered)
          return { code: "missing-tag", text: `it ${rendered.lacks}, which dimension ${name} needs` };
      }
      const text = textOf(value, combination, resource) ?? "";
      if (!isDimensionText(text)) {
        const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
        return {
          code: "bad-dimension",
          text: `"${shown}" can't be the value of dimension ${name}: CloudWatch takes 1 to ${MAX_DIMENSION_VALUE} ASCII characters`,
        };
      }
    }
  return undefined;
}
