import { type CompositeRule, parseCompositeRule, referencedAlarms } from "../../engine/composite-rule.ts";
import { SourceError } from "../../engine/source-error.ts";
import type {
  AlarmDefinition,
  AlarmPolicy,
  DimensionValue,
  MetricQueryDefinition,
  SourcePosition,
} from "../../model/alarm-policy.ts";
import type { Resource } from "../../model/resource.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { didYouMean } from "../../support/suggest.ts";
import { isBand, readMath } from "../spec/math-references.ts";
import { Problems } from "../validation/problems.ts";
import type { ResolvedActions } from "./actions.ts";
import { type DimensionPlan, isSource, ownerSource, planDimensions } from "./series/dimension-plan.ts";
import { templateProblems, usesResource } from "./template.ts";

/** Everything about one definition that is the same for all its alarms. Made once, shared by thousands. */
export interface AlarmBlueprint {
  readonly policy: AlarmPolicy;
  readonly definition: AlarmDefinition;
  readonly actions: ResolvedActions;
  readonly dimensions: DimensionPlan;
  /** It has an alarm for every resource of these types that the policy selects; undefined: it belongs to none, or to found ones. */
  readonly types: ReadonlySet<string> | undefined;
  /** Ids of the metric math entries whose data the alarm judges. */
  readonly returned: ReadonlySet<string>;
  /** The composite rule, references to siblings as `$key`. */
  readonly rule: CompositeRule | undefined;
  /** Keys of sibling alarms that a composite refers to. */
  readonly siblings: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Any type: for definitions that name none in policies that name none. */
const ANY_TYPE: ReadonlySet<string> = Object.freeze(
  new (class extends Set<string> {
    override has(): boolean {
      return true;
    }
  })(),
);

/** Works out once what all alarms of a definition share, and what is wrong with it. */
export function blueprintOf(
  policy: AlarmPolicy,
  definition: AlarmDefinition,
  actions: ResolvedActions,
): AlarmBlueprint {
  const problems = new Problems();
  const { rule, siblings } = readRule(policy, definition, problems);
  const perResource = isPerResource(policy, definition, new Set());
  const dimensions = planDimensions(definition, !policy.select || !perResource);
  const types = perResource && policy.select ? typesOf(policy, definition) : undefined;
  if (!policy.select && perResource && !rule && !ownerSource(dimensions))
    problems.error(
      "no-resource",
      "it speaks of $resource, but its policy selects no resources and no dimension is found from any; give the policy a select",
    );
  for (const template of templatesOf(definition))
    for (const message of templateProblems(template)) problems.error("unknown-expression", message);
  if (definition.series && definition.metrics)
    problems.error("series-with-math", "series works with a single metric, not with metrics");
  const { name } = definition;
  if (name !== undefined && perResource && !/\$\{?resource\.(id|name|tags)/.test(name))
    problems.error(
      "name-not-unique",
      `name "${name}" is the same for every resource; put $resource.id into it`,
    );
  for (const message of actions.problems) problems.error("bad-action", message);
  const diagnostics = problems.list.map((problem) => diagnosticAt(policy, definition, problem));
  const returned = returnedIds(definition.metrics ?? []);
  return { policy, definition, actions, dimensions, types, returned, rule, siblings, diagnostics };
}

/** A diagnostic about a definition: says which, and where it was written. */
export function diagnosticAt(
  policy: AlarmPolicy,
  definition: AlarmDefinition,
  { severity, code, message }: Pick<Diagnostic, "severity" | "code" | "message">,
): Diagnostic {
  const position = positionOf(policy, definition);
  return {
    severity,
    code,
    message: `alarm "${definition.key}" of policy "${policy.name}": ${message}`,
    ...(position && { path: position.file, line: position.line, column: position.column }),
  };
}

/** Where a definition was written, or at least its policy. */
export function positionOf(policy: AlarmPolicy, definition: AlarmDefinition): SourcePosition | undefined {
  return definition.position ?? policy.position;
}

/** Whether every selected resource has an alarm of its own. A composite is per resource when one of its siblings is. */
function isPerResource(policy: AlarmPolicy, definition: AlarmDefinition, seen: Set<string>): boolean {
  if (seen.has(definition.key)) return false;
  seen.add(definition.key);
  if (definition.resourceTypes.length > 0) return true;
  if (templatesOf(definition).some(usesResource)) return true;
  return siblingKeys(definition).some((key) => {
    const sibling = policy.alarms.find((other) => other.key === key);
    return sibling !== undefined && policy.select !== undefined && isPerResource(policy, sibling, seen);
  });
}

function typesOf(policy: AlarmPolicy, definition: AlarmDefinition): ReadonlySet<string> {
  if (definition.resourceTypes.length > 0) return new Set(definition.resourceTypes);
  const selected = policy.select?.types;
  // The selector judges globs among the types itself.
  return selected === undefined || selected.some((type) => /[*?]/.test(type)) ? ANY_TYPE : new Set(selected);
}

/** Every text of a definition in which `$resource` means the alarm's own resource. */
function templatesOf(definition: AlarmDefinition): string[] {
  const sets = [definition.dimensions, ...(definition.metrics ?? []).map(({ dimensions }) => dimensions)];
  const values = sets.flatMap((set): readonly DimensionValue[] => Object.values(set ?? {}));
  return [
    ...values.flatMap((value) => (typeof value === "string" ? [value] : isSource(value) ? [] : value)),
    definition.name ?? "",
    definition.description ?? "",
  ];
}

function siblingKeys(definition: AlarmDefinition): string[] {
  if (definition.alarmRule === undefined) return [];
  const texts = `${definition.alarmRule} ${definition.actionsSuppressor ?? ""}`;
  return [...texts.matchAll(/\$([A-Za-z0-9][\w-]*)/g)].map(([, key = ""]) => key);
}

function readRule(
  policy: AlarmPolicy,
  definition: AlarmDefinition,
  problems: Problems,
): { readonly rule: CompositeRule | undefined; readonly siblings: readonly string[] } {
  const { alarmRule, actionsSuppressor } = definition;
  if (alarmRule === undefined) return { rule: undefined, siblings: [] };
  let rule: CompositeRule;
  try {
    rule = parseCompositeRule(alarmRule);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    problems.error(error.code, `alarmRule, ${error.message}`);
    return { rule: undefined, siblings: [] };
  }
  const references = [
    ...referencedAlarms(rule),
    ...(actionsSuppressor === undefined ? [] : [actionsSuppressor]),
  ];
  const siblings = references.flatMap((name) => siblingKey(name) ?? []);
  const keys = policy.alarms.map(({ key }) => key);
  for (const key of siblings)
    if (!keys.includes(key))
      problems.error("unknown-alarm", `"$${key}" is no alarm of this policy.${didYouMean(key, keys)}`);
    else if (key === definition.key)
      problems.error("composite-cycle", `its rule refers to itself ("$${key}")`);
  return { rule, siblings: [...new Set(siblings)] };
}

/**
 * Ids whose data an alarm judges: as the definition says; where it says nothing, every entry that no other one uses
 * (and for a band the series it is drawn around).
 */
function returnedIds(queries: readonly MetricQueryDefinition[]): ReadonlySet<string> {
  if (queries.some(({ returnData }) => returnData !== undefined))
    return new Set(queries.flatMap(({ id, returnData }) => (returnData ? [id] : [])));
  const expressions = queries.flatMap(({ expression }) => expression ?? []);
  const used = new Set(expressions.flatMap((expression) => [...readMath(expression).ids]));
  const around = expressions
    .filter(isBand)
    .flatMap((expression) => [...readMath(expression).ids].slice(0, 1));
  return new Set([...queries.map(({ id }) => id).filter((id) => !used.has(id)), ...around]);
}

/** The key behind a `$key` reference; undefined for names and ARNs of other alarms. */
export function siblingKey(reference: string): string | undefined {
  return reference.startsWith("$") ? reference.slice(1) : undefined;
}

/** Whether a blueprint's alarms may belong to this resource. */
export function appliesTo(blueprint: AlarmBlueprint, resource: Resource): boolean {
  return blueprint.types?.has(resource.type) ?? false;
}
