import { isGone } from "../../inventory/selector.ts";
import type { AlarmDefinition, DimensionSource } from "../../model/alarm-policy.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Partition } from "../../model/partition.ts";
import type { Resource } from "../../model/resource.ts";
import type { Reason } from "../../plan/plan.ts";
import { formatIdentity } from "../spec/identity.ts";
import { resolveActions, type TopicArns, topicArns } from "./actions.ts";
import { type AlarmBlueprint, appliesTo, blueprintOf } from "./alarm-blueprint.ts";
import { alarmName } from "./alarm-name.ts";
import { judgeFacts } from "./applicability.ts";
import type { Siblings } from "./build-spec.ts";
import { DesiredEntry } from "./desired-entry.ts";
import { type EffectiveDefinition, PolicyView, SelectorView } from "./policy-view.ts";
import type { Combination } from "./series/dimension-plan.ts";
import { expandDimensions } from "./series/expand-dimensions.ts";
import type { SeriesIndex } from "./series/series.ts";

/** All that desired alarms are worked out from, in one account and region. */
export interface DesiredInput {
  readonly configuration: Configuration;
  readonly account: string;
  readonly region: string;
  readonly partition: Partition;
  /** Everything that was listed, terminated resources included. */
  readonly resources: readonly Resource[];
  /** Must cover `seriesNeeded(configuration)`; metrics that could not be read are simply not covered. */
  readonly series: SeriesIndex;
  /** The configuration's topics when not given. */
  readonly topicArn?: TopicArns;
}

/** What one definition gives for one resource: alarms, or why there are none or fewer. */
export interface AlarmOutcome {
  readonly blueprint: AlarmBlueprint;
  readonly entries: readonly DesiredEntry[];
  readonly reasons: readonly Reason[];
}

const NO_ENTRIES: readonly DesiredEntry[] = [];
const GOING = new Set(["shutting-down", "deleting"]);

/** Works out definition by definition and resource by resource what a configuration asks for. */
export class AlarmResolver {
  readonly input: DesiredInput;
  /** Policies by name, in their order. */
  readonly views: ReadonlyMap<string, PolicyView>;
  readonly #topicArn: TopicArns;
  readonly #blueprints = new Map<PolicyView, Map<AlarmDefinition, AlarmBlueprint>>();
  readonly #sources = new Map<DimensionSource, { view: SelectorView; found?: readonly Resource[] }>();
  readonly #live: readonly Resource[];
  #byId: Map<string, Resource[]> | undefined;

  constructor(input: DesiredInput) {
    this.input = input;
    this.views = new Map(input.configuration.policies.map((policy) => [policy.name, new PolicyView(policy)]));
    this.#topicArn = input.topicArn ?? topicArns(input.configuration, input);
    this.#live = input.resources
      .filter((resource) => !isGone(resource))
      .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  /** Resources that aren't terminated, by id. */
  get live(): readonly Resource[] {
    return this.#live;
  }

  /** Resources of this id, terminated ones included; several types may share one. */
  withId(id: string): readonly Resource[] {
    if (!this.#byId) {
      this.#byId = new Map();
      for (const resource of this.input.resources) {
        const known = this.#byId.get(resource.id);
        if (known) known.push(resource);
        else this.#byId.set(resource.id, [resource]);
      }
    }
    return this.#byId.get(id) ?? [];
  }

  blueprint(view: PolicyView, definition: AlarmDefinition): AlarmBlueprint {
    let blueprints = this.#blueprints.get(view);
    if (!blueprints) {
      blueprints = new Map();
      this.#blueprints.set(view, blueprints);
    }
    let blueprint = blueprints.get(definition);
    if (!blueprint) {
      const { severities, topics } = this.input.configuration;
      const actions = resolveActions(definition, severities, this.input, this.#topicArn, Object.keys(topics));
      blueprint = blueprintOf(view.policy, definition, actions);
      blueprints.set(definition, blueprint);
    }
    return blueprint;
  }

  /** All blueprints made so far. */
  *blueprints(): Iterable<AlarmBlueprint> {
    for (const ofView of this.#blueprints.values()) yield* ofView.values();
  }

  /** The selector of a source of dimension values. */
  sourceView(source: DimensionSource): SelectorView {
    return this.#source(source).view;
  }

  /**
   * What each of a policy's definitions gives for a live resource that it selects; without a resource: its alarms that
   * belong to none, or to resources found for a dimension. Disabled definitions answer with that reason.
   */
  resolve(view: PolicyView, resource: Resource | undefined): readonly AlarmOutcome[] {
    const selection = resource && view.judge(resource);
    const definitions = view.definitionsFor(resource);
    const known = new Map<string, AlarmOutcome | "open">();
    const outcomes: AlarmOutcome[] = [];
    const outcomeOf = (effective: EffectiveDefinition): AlarmOutcome | undefined => {
      const { key } = effective.definition;
      const before = known.get(key);
      if (before) return before === "open" ? undefined : before;
      const blueprint = this.blueprint(view, effective.definition);
      if (resource ? !appliesTo(blueprint, resource) : blueprint.types !== undefined) return undefined;
      const blocked = whyNot(
        effective,
        blueprint,
        resource,
        selection?.verdict === "in" ? undefined : selection?.reason,
      );
      if (blocked) return keep(key, { blueprint, entries: NO_ENTRIES, reasons: [blocked] });
      if (!blueprint.rule) return keep(key, this.#expand(view, blueprint, resource, definitions));
      known.set(key, "open");
      const siblings = new Map<string, readonly DesiredEntry[]>();
      for (const sibling of blueprint.siblings) {
        const child = definitions.find((other) => other.definition.key === sibling);
        const outcome = child && outcomeOf(child);
        if (!outcome || outcome.entries.length === 0) {
          const why =
            outcome?.reasons[0]?.text ?? `it has no alarm ${resource ? `for ${resource.type}` : "here"}`;
          const reason = { code: "sibling-skipped", text: `its rule needs "${sibling}": ${why}` };
          return keep(key, { blueprint, entries: NO_ENTRIES, reasons: [reason] });
        }
        siblings.set(sibling, outcome.entries);
      }
      return keep(key, this.#expand(view, blueprint, resource, definitions, siblings));
    };
    const keep = (key: string, outcome: AlarmOutcome): AlarmOutcome => {
      known.set(key, outcome);
      return outcome;
    };
    for (const effective of definitions) {
      const outcome = outcomeOf(effective);
      if (outcome) outcomes.push(outcome);
    }
    return outcomes;
  }

  #expand(
    view: PolicyView,
    blueprint: AlarmBlueprint,
    resource: Resource | undefined,
    definitions: readonly EffectiveDefinition[],
    siblings?: Siblings,
  ): AlarmOutcome {
    const { definition, dimensions } = blueprint;
    const find = (source: DimensionSource) => this.#found(source);
    const expansion = expandDimensions(definition, dimensions, resource, find, this.input.series);
    const entries: DesiredEntry[] = [];
    let reasons = expansion.skipped;
    for (const combination of expansion.combinations) {
      const owned = combination.owner && this.#owned(view, definition, combination.owner, definitions);
      const entry =
        owned && "code" in owned
          ? owned
          : this.#entry(owned ?? blueprint, combination, combination.owner ?? resource, siblings);
      if (entry instanceof DesiredEntry) entries.push(entry);
      else reasons = [...reasons, entry];
    }
    return { blueprint, entries, reasons };
  }

  /** The definition as it is for a resource that was found for a dimension: overrides and conditions apply to it. */
  #owned(
    view: PolicyView,
    definition: AlarmDefinition,
    owner: Resource,
    definitions: readonly EffectiveDefinition[],
  ): AlarmBlueprint | Reason {
    const index = definitions.findIndex((each) => each.definition === definition);
    const effective = view.definitionsFor(owner)[index];
    if (!effective) return this.blueprint(view, definition);
    const { dimensions, metrics, series } = effective.definition;
    if (
      dimensions !== definition.dimensions ||
      metrics !== definition.metrics ||
      series !== definition.series
    )
      return { code: "invalid", text: `${owner.id}: an override changes the dimensions it was found by` };
    const blueprint = this.blueprint(view, effective.definition);
    const reason = whyNot(effective, blueprint, owner, undefined);
    return reason ? { ...reason, text: `${owner.id}: ${reason.text}` } : blueprint;
  }

  #entry(
    blueprint: AlarmBlueprint,
    combination: Combination,
    resource: Resource | undefined,
    siblings: Siblings | undefined,
  ): DesiredEntry | Reason {
    const { definition, policy } = blueprint;
    const name = alarmName(definition, resource, combination.readable);
    if ("lacks" in name)
      return { code: "missing-tag", text: `it ${name.lacks}, which the alarm's name needs` };
    const identity = formatIdentity({
      configuration: this.input.configuration.name,
      policy: policy.name,
      alarm: definition.key,
      resource: resource?.id ?? "",
      variant: combination.variant,
    });
    return new DesiredEntry({ identity, name: name.name, resource }, blueprint, combination, siblings);
  }

  #source(source: DimensionSource): { view: SelectorView; found?: readonly Resource[] } {
    let known = this.#sources.get(source);
    if (!known) {
      known = { view: new SelectorView(source.select) };
      this.#sources.set(source, known);
    }
    return known;
  }

  #found(source: DimensionSource): readonly Resource[] {
    const known = this.#source(source);
    known.found ??= this.#live.filter((resource) => known.view.judge(resource).verdict === "in");
    return known.found;
  }
}

/** Why a definition gives a resource no alarm, before its dimensions are looked at. */
function whyNot(
  { definition, disabledByState }: EffectiveDefinition,
  blueprint: AlarmBlueprint,
  resource: Resource | undefined,
  notSelected: Reason | undefined,
): Reason | undefined {
  if (!definition.enabled)
    return disabledByState && resource
      ? { code: "state", text: `an override switches it off while its state is ${resource.state}` }
      : DISABLED;
  if (notSelected) return notSelected;
  if (resource && GOING.has(resource.state)) return { code: "state", text: `it is ${resource.state}` };
  if (blueprint.diagnostics.some(({ severity }) => severity === "error")) return INVALID;
  return resource && judgeFacts(definition.when, resource);
}

const DISABLED: Reason = { code: "disabled", text: "disabled in the configuration" };
const INVALID: Reason = { code: "invalid", text: "its definition has errors" };
