import type { FactCondition } from "../../model/alarm-policy.ts";
import type { Facts, FactValue, Resource } from "../../model/resource.ts";
import type { Reason } from "../../plan/plan.ts";

/** Failures that people know by a name of their own, by fact; everything else is told as `fact-mismatch`. */
const KNOWN_REASONS: Readonly<Record<string, (value: FactValue, facts: Facts) => Reason | undefined>> = {
  burstable: (value, { instanceType }) =>
    value === false
      ? { code: "not-burstable", text: `not a burstable type${inBrackets(instanceType)}` }
      : undefined,
  creditMode: (value) =>
    value === "unlimited"
      ? {
          code: "unlimited-credits",
          text: "CPU credits are unlimited: an empty balance costs money, not speed",
        }
      : undefined,
  burstBalance: (value, { volumeType, sizeGiB }) =>
    value === false
      ? {
          code: "no-burst-credits",
          text: `no burst credits${inBrackets(volumeType, sizeGiB && `${sizeGiB} GiB`)}`,
        }
      : undefined,
  nitro: (value, { instanceType }) =>
    value === false
      ? { code: "not-nitro", text: `not on the Nitro system${inBrackets(instanceType)}` }
      : undefined,
};

/**
 * Why an alarm makes no sense for a resource, judged by facts alone; undefined when it does.
 * A fact that isn't known fails every condition but `exists: false`: no guess ever makes an alarm.
 */
export function judgeFacts(
  when: Readonly<Record<string, FactCondition>>,
  resource: Resource,
): Reason | undefined {
  for (const fact of Object.keys(when)) {
    const condition = when[fact];
    if (condition === undefined) continue;
    const value = resource.facts[fact];
    const reason = judgeFact(fact, condition, value, resource.facts);
    if (reason) return reason;
  }
  return undefined;
}

function judgeFact(
  fact: string,
  condition: FactCondition,
  value: FactValue | undefined,
  facts: Facts,
): Reason | undefined {
  const wantsNone = isObject(condition) && condition.exists === false;
  if (value === undefined) {
    if (wantsNone) return undefined;
    return isObject(condition) && condition.exists
      ? { code: "fact-missing", text: `it has no ${inWords(fact)}` }
      : { code: "fact-unknown", text: `its ${inWords(fact)} isn't known` };
  }
  if (wantsNone) return { code: "fact-mismatch", text: `it has a ${inWords(fact)} (${shown(value)})` };
  const wanted = unmet(condition, value);
  if (wanted === undefined) return undefined;
  return (
    KNOWN_REASONS[fact]?.(value, facts) ?? {
      code: "fact-mismatch",
      text: `its ${inWords(fact)} is ${shown(value)}, not ${wanted}`,
    }
  );
}

/** What was wanted instead, when a condition doesn't hold. */
function unmet(condition: FactCondition, value: FactValue): string | undefined {
  const values: readonly (string | number | boolean)[] = isList(value) ? value : [value];
  if (!isObject(condition)) {
    const wanted: readonly (string | number | boolean)[] = isList(condition) ? condition : [condition];
    return values.some((each) => wanted.includes(each)) ? undefined : orList(wanted);
  }
  const { lessThan, atLeast, not } = condition;
  const numbers = values.filter((each) => typeof each === "number");
  if (lessThan !== undefined && !numbers.some((each) => each < lessThan)) return `below ${lessThan}`;
  if (atLeast !== undefined && !numbers.some((each) => each >= atLeast)) return `at least ${atLeast}`;
  if (not !== undefined) {
    const refused: readonly (string | number | boolean)[] = isList(not) ? not : [not];
    if (values.some((each) => refused.includes(each))) return `anything but ${orList(refused)}`;
  }
  return undefined;
}

type ConditionObject = Exclude<FactCondition, string | number | boolean | readonly unknown[]>;

function isObject(condition: FactCondition): condition is ConditionObject {
  return typeof condition === "object" && !Array.isArray(condition);
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

function orList(values: readonly (string | number | boolean)[]): string {
  const words = values.map(shown);
  return words.length < 2 ? (words[0] ?? "anything") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

function shown(value: FactValue): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  return isList<string | number | boolean>(value) ? value.join(", ") : String(value);
}

/** `volumeType` as people say it: `volume type`; `sizeGiB`: `size in GiB`. */
function inWords(fact: string): string {
  const words = fact
    .replace(/GiB$/, "")
    .replace(
      /([a-z0-9])([A-Z])/g,
      (_, before: string, capital: string) => `${before} ${capital.toLowerCase()}`,
    );
  return fact.endsWith("GiB") ? `${words} in GiB` : words;
}

function inBrackets(...values: readonly (FactValue | undefined)[]): string {
  const known = values.filter((value) => value !== undefined).map(shown);
  return known.length === 0 ? "" : ` (${known.join(", ")})`;
}
