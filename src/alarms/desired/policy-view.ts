import { type CompiledSelector, compileSelector } from "../../inventory/selector.ts";
import type { AlarmDefinition, AlarmOverride, AlarmPolicy } from "../../model/alarm-policy.ts";
import type { Resource } from "../../model/resource.ts";
import type { Selector } from "../../model/selector.ts";
import type { Reason } from "../../plan/plan.ts";

/**
 * Whether a policy speaks of a resource. `out`: the configuration doesn't mean it. `waiting`: it does, but data stand against
 * it now (a state, a fact that isn't known); its alarms are not created and never deleted for that.
 */
export type Selection =
  | { readonly verdict: "in" }
  | { readonly verdict: "out" | "waiting"; readonly reason: Reason };

/** A definition as it is for some resources, overrides applied. */
export interface EffectiveDefinition {
  readonly definition: AlarmDefinition;
  /** Switched off by an override that selects by state: data, not intent. */
  readonly disabledByState: boolean;
}

const IN: Selection = { verdict: "in" };
const AUTO_SCALING_TAG = "aws:autoscaling:groupName";

/** A selector judged for what it means: intent apart from state, which is data. */
export class SelectorView {
  readonly #intent: CompiledSelector;
  readonly #states: ReadonlySet<string> | undefined;

  constructor(selector: Selector) {
    const { states, ...intent } = selector;
    this.#intent = compileSelector(intent);
    this.#states = states && new Set(states);
  }

  /**
   * Judges a live resource. That no DNS name at all leads to it counts as data: a stopped instance loses its public address, and a
   * started one has another before its record follows.
   */
  judge(resource: Resource): Selection {
    if (!this.#intent.matches(resource)) {
      const { reason } = this.#intent.explain(resource);
      if (reason.code === "other-dns-name" && resource.facts["dnsNames"] === undefined)
        return { verdict: "waiting", reason: { code: "no-dns-name", text: "no DNS name leads to it now" } };
      return { verdict: "out", reason };
    }
    if (this.#states && !this.#states.has(resource.state))
      return { verdict: "waiting", reason: { code: "state", text: `it is ${resource.state}` } };
    return IN;
  }
}

/** A policy ready to be asked about resources. */
export class PolicyView {
  readonly policy: AlarmPolicy;
  readonly #selector: SelectorView | undefined;
  readonly #overrides: readonly { readonly override: AlarmOverride; readonly selector: CompiledSelector }[];
  readonly #effective = new Map<string, readonly EffectiveDefinition[]>();

  constructor(policy: AlarmPolicy) {
    this.policy = policy;
    this.#selector = policy.select && new SelectorView(policy.select);
    this.#overrides = policy.overrides.map((override) => ({
      override,
      selector: compileSelector(override.select),
    }));
  }

  /** Whether the policy selects a live resource; undefined for policies that select none. */
  judge(resource: Resource): Selection | undefined {
    if (!this.#selector) return undefined;
    const selection = this.#selector.judge(resource);
    if (selection.verdict === "out" || this.policy.includeAutoScalingMembers) return selection;
    const group = resource.tags[AUTO_SCALING_TAG];
    if (group === undefined || resource.type !== "ec2.instance") return selection;
    return {
      verdict: "out",
      reason: {
        code: "auto-scaling-member",
        text: `member of Auto Scaling group ${group}; includeAutoScalingMembers: true gives members alarms of their own`,
      },
    };
  }

  /** The policy's definitions for one resource: overrides that select it applied field by field, later ones winning. */
  definitionsFor(resource: Resource | undefined): readonly EffectiveDefinition[] {
    const applied = resource ? this.#overrides.filter(({ selector }) => selector.matches(resource)) : [];
    const key = applied.map((each) => this.#overrides.indexOf(each)).join(" ");
    let definitions = this.#effective.get(key);
    if (!definitions) {
      definitions = this.policy.alarms.map((definition) => overridden(definition, applied));
      this.#effective.set(key, definitions);
    }
    return definitions;
  }

  /** Whether the definition is wanted for any resource. */
  everEnabled(definition: AlarmDefinition): boolean {
    return (
      definition.enabled ||
      this.#overrides.some(({ override }) => override.alarms[definition.key]?.enabled === true)
    );
  }
}

function overridden(
  definition: AlarmDefinition,
  overrides: readonly { readonly override: AlarmOverride }[],
): EffectiveDefinition {
  let result = definition;
  let disabledByState = false;
  for (const { override } of overrides) {
    const change = Object.hasOwn(override.alarms, definition.key)
      ? override.alarms[definition.key]
      : undefined;
    if (!change) continue;
    const byState = override.select.states !== undefined;
    if (change.enabled === false) disabledByState = byState && (result.enabled || disabledByState);
    else if (change.enabled === true) disabledByState = false;
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    result = { ...result, ...Object.fromEntries(given) };
  }
  return { definition: result, disabledByState };
}
