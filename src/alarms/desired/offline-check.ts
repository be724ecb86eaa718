import type {
  AlarmDefinition,
  AlarmOverride,
  AlarmPolicy,
  DimensionValue,
} from "../../model/alarm-policy.ts";
import type { AlarmSpec } from "../../model/alarm-spec.ts";
import type { Configuration } from "../../model/configuration.ts";
import { partitionOf } from "../../model/partition.ts";
import { canonicalJson } from "../../support/canonical-json.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { validateAlarmSpec } from "../validation/spec-validation.ts";
import { resolveActions, topicArns } from "./actions.ts";
import { type AlarmBlueprint, blueprintOf, diagnosticAt } from "./alarm-blueprint.ts";
import { buildSpec, type Siblings } from "./build-spec.ts";
import { PolicyView } from "./policy-view.ts";
import type { Combination } from "./series/dimension-plan.ts";

/** Regions differ in nothing that is checked here but the targets of actions. */
const SOME_REGION = "us-east-1";
/** Account of the topics' ARNs, when none is known. */
const SOME_ACCOUNT = "123456789012";
const SOME_VALUE = "value";
const ONE: Combination = { owner: undefined, variant: "", readable: [], choice: [] };

/**
 * What CloudWatch would refuse about a configuration's alarms whatever the resources are, so that it is told before anything is asked
 * of AWS: periods, statistics, windows, math, composite rules, action targets of another region. Limits that depend on names and
 * dimension values are seen when the resources are known. Disabled alarms may hold anything.
 */
export function checkOffline(configuration: Configuration): Diagnostic[] {
  const found = new Map<string, Diagnostic>();
  for (const policy of configuration.policies)
    for (const definition of definitionsOf(policy))
      for (const region of regionsOf(configuration))
        for (const diagnostic of checkDefinition(configuration, policy, definition, region))
          found.set(`${diagnostic.line}:${diagnostic.column} ${diagnostic.message}`, diagnostic);
  return [...found.values()];
}

/** Enabled definitions: as they are with the overrides of every resource, and as each of the others leaves them. */
function definitionsOf(policy: AlarmPolicy): readonly AlarmDefinition[] {
  const formOf = (also?: AlarmOverride): readonly AlarmDefinition[] => {
    const overrides = policy.overrides.flatMap((override) =>
      override === also || Object.keys(override.select).length === 0 ? [{ ...override, select: {} }] : [],
    );
    return new PolicyView({ ...policy, overrides })
      .definitionsFor(ANYTHING)
      .map(({ definition }) => definition);
  };
  const forms = [formOf(), ...policy.overrides.map(formOf)].flat().filter(({ enabled }) => enabled);
  return [...new Map(forms.map((definition) => [canonicalJson(definition), definition])).values()];
}

/** A resource for selectors that select everything. */
const ANYTHING = {
  arn: "",
  type: "",
  account: "",
  region: "",
  id: "",
  name: "",
  state: "",
  tags: {},
  facts: {},
} as const;

function regionsOf({ regions, accounts }: Configuration): readonly string[] {
  const all = [...new Set([...regions, ...accounts.flatMap((account) => account.regions ?? [])])];
  return all.length > 0 ? all : [SOME_REGION];
}

function checkDefinition(
  configuration: Configuration,
  policy: AlarmPolicy,
  definition: AlarmDefinition,
  region: string,
): readonly Diagnostic[] {
  const made = specOf(configuration, policy, definition, region);
  if ("diagnostics" in made) return made.diagnostics;
  return validateAlarmSpec(made.spec).map((problem) => diagnosticAt(policy, definition, problem));
}

/** The alarm of a definition before any resource is known: its dimensions' values and its siblings' names are made up. */
function specOf(
  configuration: Configuration,
  policy: AlarmPolicy,
  definition: AlarmDefinition,
  region: string,
): { readonly spec: AlarmSpec } | { readonly diagnostics: readonly Diagnostic[] } {
  const { severities, topics } = configuration;
  const place = { account: accountOf(configuration), region, partition: partitionOf(region) };
  const topicArn = topicArns(configuration, place);
  const actions = resolveActions(definition, severities, place, topicArn, Object.keys(topics));
  const { diagnostics } = blueprintOf(policy, definition, actions);
  if (diagnostics.some(({ severity }) => severity === "error")) return { diagnostics };
  const blueprint = blueprintOf(policy, settled(definition), actions);
  return { spec: buildSpec(blueprint, definition.key, ONE, undefined, siblingsOf(blueprint)) };
}

function accountOf({ expectAccounts }: Configuration): string {
  return expectAccounts[0] ?? SOME_ACCOUNT;
}

/** An alarm as its definition says it, before any resource is known. */
export interface OfflineAlarm {
  readonly policy: AlarmPolicy;
  readonly definition: AlarmDefinition;
  readonly spec: AlarmSpec;
  readonly account: string;
  readonly region: string;
}

/** One alarm of every enabled definition, and one more wherever an override changes it, in the first region. */
export function offlineAlarms(configuration: Configuration): readonly OfflineAlarm[] {
  const account = accountOf(configuration);
  const [region = SOME_REGION] = regionsOf(configuration);
  return configuration.policies.flatMap((policy) =>
    definitionsOf(policy).flatMap((definition) => {
      const made = specOf(configuration, policy, definition, region);
      return "spec" in made ? [{ policy, definition, spec: made.spec, account, region }] : [];
    }),
  );
}

/** A definition whose dimensions are known, so that an alarm can be made of it without a resource. */
function settled(definition: AlarmDefinition): AlarmDefinition {
  const { series: _, ...rest } = definition;
  return {
    ...rest,
    dimensions: known(definition.dimensions),
    ...(definition.metrics && {
      metrics: definition.metrics.map((query) => ({ ...query, dimensions: known(query.dimensions) })),
    }),
  };
}

function known(dimensions: Readonly<Record<string, DimensionValue>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.keys(dimensions).map((name) => [name, SOME_VALUE]));
}

function siblingsOf({ siblings }: AlarmBlueprint): Siblings {
  return new Map(siblings.map((key) => [key, [{ name: key, identity: key }]]));
}
