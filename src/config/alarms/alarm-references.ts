import type { AlarmDefinition, DimensionValue } from "../../model/alarm-policy.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";

/** Whether a text holds an expression about a resource. */
export function mentionsResource(text: string | undefined): boolean {
  return /\$\{?resource\b/.test(text ?? "");
}

/** Whether some dimension's values are found from resources. */
export function hasDimensionSource(definition: AlarmDefinition): boolean {
  const all = [definition, ...(definition.metrics ?? [])].flatMap(({ dimensions }) =>
    Object.values(dimensions ?? {}),
  );
  return all.some((value) => typeof value === "object" && "select" in value);
}

function dimensionsMention(dimensions: Readonly<Record<string, DimensionValue>> | undefined): boolean {
  return Object.values(dimensions ?? {}).some((value) =>
    typeof value === "string"
      ? mentionsResource(value)
      : "select" in value
        ? false // its $resource are the resources it finds, not those of the policy
        : value.some(mentionsResource),
  );
}

/** Whether the metrics of an alarm depend on the resource it is made for. */
export function metricMentionsResource(definition: AlarmDefinition): boolean {
  return (
    dimensionsMention(definition.dimensions) ||
    (definition.metrics ?? []).some((query) => dimensionsMention(query.dimensions))
  );
}

/** Keys that a composite alarm refers to as `$key`, in its rule and as its suppressor. */
function referencesOf(definition: Pick<AlarmDefinition, "alarmRule" | "actionsSuppressor">): string[] {
  const texts = [definition.alarmRule ?? "", definition.actionsSuppressor ?? ""].join(" ");
  const keys = [...texts.matchAll(/\$(?!\{?resource\b)\{?([A-Za-z0-9_-]+)/g)].map((match) => match[1] ?? "");
  return [...new Set(keys)];
}

/** Reports references to alarms that the policy doesn't have, has switched off, or that lead back to themselves. */
export function checkReferences(
  definition: AlarmDefinition,
  alarms: ReadonlyMap<string, AlarmDefinition>,
  knownKeys: readonly string[],
  where: string,
  path: Path,
  reading: Reading,
): void {
  const place = [...path, definition.alarmRule === undefined ? "actionsSuppressor" : "alarmRule"];
  for (const key of referencesOf(definition)) {
    const target = alarms.get(key);
    if (!knownKeys.includes(key)) {
      const guess = didYouMean(key, knownKeys);
      reading.error("unknown-alarm", `unknown alarm "$${key}" in ${where}.${guess}`, place);
    } else if (target && leadsTo(definition.key, target, alarms)) {
      reading.error("circular-rule", `alarm "${definition.key}" depends on itself through "$${key}"`, place);
    } else if (target?.enabled === false) {
      reading.warn(
        "disabled-reference",
        `"$${key}" is switched off (enabled: false) and will not exist`,
        place,
      );
    }
  }
}

function leadsTo(
  goal: string,
  from: AlarmDefinition,
  alarms: ReadonlyMap<string, AlarmDefinition>,
  seen = new Set<string>(),
): boolean {
  if (from.key === goal) return true;
  if (seen.has(from.key)) return false;
  seen.add(from.key);
  return referencesOf(from).some((key) => {
    const next = alarms.get(key);
    return next !== undefined && leadsTo(goal, next, alarms, seen);
  });
}

/**
 * The types that a composite alarm without `appliesTo` is made for: those that all its per-resource children share. Empty when
 * all its children belong to no resource; undefined when the children have no type in common.
 */
export function typesOfComposite(
  definition: AlarmDefinition,
  alarms: ReadonlyMap<string, AlarmDefinition>,
  seen = new Set<string>(),
): readonly string[] | undefined {
  let shared: readonly string[] | undefined;
  if (seen.has(definition.key)) return [];
  for (const key of referencesOf(definition)) {
    const child = alarms.get(key);
    if (!child) continue;
    const types =
      child.alarmRule === undefined || child.resourceTypes.length > 0
        ? child.resourceTypes
        : typesOfComposite(child, alarms, new Set([...seen, definition.key]));
    if (types === undefined) return undefined;
    if (types.length === 0) continue;
    shared = shared === undefined ? types : shared.filter((type) => types.includes(type));
    if (shared.length === 0) return undefined;
  }
  return shared ?? [];
}
