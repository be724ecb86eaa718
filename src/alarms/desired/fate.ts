import { isGone } from "../../inventory/selector.ts";
import type { AlarmDefinition, DimensionSource } from "../../model/alarm-policy.ts";
import type { Resource } from "../../model/resource.ts";
import type { DeletionProof } from "../../plan/limits.ts";
import type { Reason } from "../../plan/plan.ts";
import type { AlarmIdentity } from "../spec/identity.ts";
import { markConfiguration } from "../spec/mark.ts";
import type { AlarmBlueprint } from "./alarm-blueprint.ts";
import type { AlarmResolver } from "./alarm-resolver.ts";
import type { Fate } from "./desired-alarm.ts";
import type { PolicyView, Selection } from "./policy-view.ts";
import { isSource, ownerSource, variantOf, variantPrefix } from "./series/dimension-plan.ts";
import { expandDimensions } from "./series/expand-dimensions.ts";
import { seriesGroups } from "./series/series-groups.ts";

/**
 * What should become of an alarm of this configuration that is not desired. Intent deletes: policy, alarm or dimension values
 * removed or disabled, a selector that no longer matches, membership in an Auto Scaling group that the policy leaves out; so does
 * a resource seen terminated. Data never do: silent metrics, changed facts and states keep the alarm.
 */
export function fateOf(resolver: AlarmResolver, identity: AlarmIdentity): Fate {
  const { name } = resolver.input.configuration;
  if (identity.configuration !== name && identity.configuration !== markConfiguration(name))
    return keep("other-configuration", `it belongs to configuration ${identity.configuration}`);
  const view = resolver.views.get(identity.policy);
  // Another file with the same `name:` looks just like this.
  if (!view) return assume("policy-removed", `policy ${identity.policy} was removed from the configuration`);
  const definition = view.policy.alarms.find(({ key }) => key === identity.alarm);
  if (!definition)
    return remove("alarm-removed", `alarm ${identity.alarm} was removed from policy ${identity.policy}`);
  if (!view.everEnabled(definition)) return remove("alarm-disabled", "disabled in the configuration");
  const blueprint = resolver.blueprint(view, definition);
  const source = ownerSource(blueprint.dimensions);
  const belongsToResources = blueprint.types !== undefined || source !== undefined;
  if ((identity.resource !== "") !== belongsToResources)
    return remove(
      "definition-changed",
      belongsToResources
        ? "it has one alarm for every resource now"
        : "it no longer has alarms for every resource",
    );
  if (identity.resource === "") return dataFate(resolver, view, definition, undefined, identity);
  const types = candidateTypes(view, blueprint, source);
  const resource = pickResource(resolver.withId(identity.resource), types);
  if (!resource) return absent(identity, types);
  if (isGone(resource)) return remove("terminated", `${noun(resource)} terminated`);
  const selection = source ? resolver.sourceView(source).judge(resource) : view.judge(resource);
  return (
    (selection && fateOfSelection(selection)) ?? dataFate(resolver, view, definition, resource, identity)
  );
}

function fateOfSelection(selection: Selection): Fate | undefined {
  switch (selection.verdict) {
    case "in":
      return undefined;
    case "out":
      return assume(selection.reason.code, selection.reason.text);
    case "waiting":
      return { verdict: "keep", reason: selection.reason };
  }
}

/** The configuration means the resource: is it the form of the definition that changed, or do data stand against the alarm? */
function dataFate(
  resolver: AlarmResolver,
  view: PolicyView,
  definition: AlarmDefinition,
  resource: Resource | undefined,
  identity: AlarmIdentity,
): Fate {
  const index = view.policy.alarms.indexOf(definition);
  const effective = view.definitionsFor(resource)[index] ?? { definition, disabledByState: false };
  if (!effective.definition.enabled)
    return effective.disabledByState
      ? keep("state", `an override switches it off while its state is ${resource?.state}`)
      : assume("alarm-disabled", "disabled in the configuration");
  const blueprint = resolver.blueprint(view, effective.definition);
  const removedSibling = disabledSibling(view, blueprint, resource);
  if (removedSibling !== undefined)
    return assume("sibling-disabled", `its rule needs "${removedSibling}", which is disabled`);
  const changed = variantFate(resolver, blueprint, resource, identity.variant);
  if (changed) return changed;
  // An owner is found by the pass without a resource.
  const outcomes = resolver.resolve(view, blueprint.types ? resource : undefined);
  const reasons =
    outcomes.find((outcome) => outcome.blueprint.definition.key === definition.key)?.reasons ?? [];
  const own =
    resource && !blueprint.types ? reasons.find(({ text }) => text.startsWith(`${resource.id}`)) : reasons[0];
  if (own) return { verdict: "keep", reason: own };
  return effective.definition.series
    ? keep("no-series", `its series of ${effective.definition.metricName} was not seen in 3 hours`)
    : keep("invalid", "its definition has errors");
}

/** A sibling that a composite needs and that intent switched off: the composite must go before it. */
function disabledSibling(
  view: PolicyView,
  blueprint: AlarmBlueprint,
  resource: Resource | undefined,
): string | undefined {
  const definitions = view.definitionsFor(resource);
  return blueprint.siblings.find((key) =>
    definitions.some(
      ({ definition, disabledByState }) => definition.key === key && !definition.enabled && !disabledByState,
    ),
  );
}

/** Whether the configuration no longer means this one of several alarms of a definition. */
function variantFate(
  resolver: AlarmResolver,
  blueprint: AlarmBlueprint,
  resource: Resource | undefined,
  variant: string,
): Fate | undefined {
  const { definition, dimensions: plan } = blueprint;
  const prefix = variantPrefix(plan);
  const sameForm = prefix === "" ? variant === "" : variant.startsWith(prefix);
  if (!sameForm) return remove("dimensions-changed", "the dimensions that tell its alarms apart changed");
  const { series } = resolver.input;
  const owner = plan.ownerAxis >= 0 ? resource : undefined;
  if (definition.series) {
    const { series: _series, ...plain } = definition;
    const find = (source: DimensionSource) =>
      resolver.live.filter((each) => resolver.sourceView(source).judge(each).verdict === "in");
    const { combinations } = expandDimensions(plain, plan, resource, find, series);
    const excluded = combinations
      .filter((each) => owner === undefined || each.owner === owner)
      .some((each) =>
        seriesGroups(definition, plan, each, each.owner ?? resource, series).excluded.has(variant),
      );
    return excluded ? remove("series-excluded", "the configuration excludes its series") : undefined;
  }
  const telling = plan.axes.filter((_, axis) => axis !== plan.ownerAxis).map(({ values }) => values);
  const sources = telling.filter(isSource);
  if (telling.length === 0) return undefined;
  if (sources.length > 0)
    return keep(
      "source-gone",
      "what one of its dimensions was found from is no longer found; delete it by hand if it is gone",
    );
  const keys = telling.filter((values) => !isSource(values)) as readonly (readonly string[])[];
  let combinations: readonly (readonly string[])[] = [[]];
  for (const values of keys)
    combinations = combinations.flatMap((begun) => values.map((value) => [...begun, value]));
  return combinations.some((each) => variantOf(plan, each) === variant)
    ? undefined
    : remove("dimensions-changed", "the configuration no longer lists its dimension values");
}

function candidateTypes(
  view: PolicyView,
  blueprint: AlarmBlueprint,
  source: DimensionSource | undefined,
): ReadonlySet<string> | undefined {
  const selected = (source ? source.select.types : view.policy.select?.types)?.filter(
    (type) => !/[*?]/.test(type),
  );
  const own = blueprint.definition.resourceTypes;
  if (own.length === 0) return selected && new Set(selected);
  const both = selected && own.filter((type) => selected.includes(type));
  return new Set(both && both.length > 0 ? both : own);
}

function pickResource(
  resources: readonly Resource[],
  types: ReadonlySet<string> | undefined,
): Resource | undefined {
  const fitting = types ? resources.filter(({ type }) => types.has(type)) : resources;
  // One id may be listed twice, gone and alive: the living one decides.
  return fitting.find((resource) => !isGone(resource)) ?? fitting[0];
}

/** A look for a resource of the wrong type would prove nothing, so the type must be certain. */
function absent(identity: AlarmIdentity, types: ReadonlySet<string> | undefined): Fate {
  const [resourceType, ...others] = types ?? [];
  if (resourceType === undefined || others.length > 0)
    return keep("type-unknown", `${identity.resource} is not in the listing, and may be of several types`);
  return { verdict: "absent", resourceType, resourceId: identity.resource };
}

function noun(resource: Resource): string {
  return resource.type.split(".").at(-1) ?? resource.type;
}

function keep(code: string, text: string): Fate {
  return { verdict: "keep", reason: { code, text } satisfies Reason };
}

/** Proof by itself: the resource was seen terminated, or the configuration's own words about this alarm changed. */
function remove(code: string, text: string): Fate {
  return deleted({ code, text }, "proven");
}

/** A mistake looks the same: a tag that was lost decides about selectors and overrides. */
function assume(code: string, text: string): Fate {
  return deleted({ code, text }, "assumed");
}

function deleted(reason: Reason, proof: DeletionProof): Fate {
  return { verdict: "delete", reason, proof };
}
