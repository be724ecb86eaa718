import type { Resource } from "../model/resource.ts";
import type { Selector, TagCondition } from "../model/selector.ts";
import type { Reason } from "../plan/plan.ts";
import { globMatcher } from "../support/glob.ts";

/** What a selector says of one resource, and why. */
interface SelectorVerdict {
  readonly matches: boolean;
  /** `selected`, or what the first field that doesn't match wanted and found. */
  readonly reason: Reason;
}

/** A selector ready to be asked about thousands of resources. */
export interface CompiledSelector {
  matches(resource: Resource): boolean;
  explain(resource: Resource): SelectorVerdict;
}

interface Check {
  readonly test: (resource: Resource) => boolean;
  readonly reason: (resource: Resource) => Reason;
}

/** Whether a resource is gone for good. Its listing still shows it: the proof that its alarms may go. */
export function isGone(resource: Resource): boolean {
  return resource.state === "terminated";
}

/**
 * Compiles a selector. Every field that is given must match. Resources that are gone match only a selector that asks for
 * their state by name.
 */
export function compileSelector(selector: Selector): CompiledSelector {
  const checks = checksOf(selector);
  return {
    matches: (resource) => checks.every((check) => check.test(resource)),
    explain(resource) {
      const failed = checks.find((check) => !check.test(resource));
      if (failed) return { matches: false, reason: failed.reason(resource) };
      return { matches: true, reason: { code: "selected", text: "matches the selector" } };
    },
  };
}

function checksOf(selector: Selector): readonly Check[] {
  const { types, states, regions, accounts, ids, names, dnsNames, tags } = selector;
  const checks: Check[] = [];
  if (types) {
    const wanted = new Set(types);
    checks.push({
      test: ({ type }) => wanted.has(type),
      reason: ({ type }) => ({ code: "other-type", text: `is of type ${type}, not ${either(types)}` }),
    });
  }
  if (states) {
    const wanted = new Set(states);
    checks.push({
      test: ({ state }) => wanted.has(state),
      reason: ({ state }) => ({ code: "other-state", text: `is ${state}, not ${either(states)}` }),
    });
  } else {
    checks.push({
      test: (resource) => !isGone(resource),
      reason: ({ state }) => ({ code: "gone", text: `is ${state}` }),
    });
  }
  if (regions) checks.push(textCheck("region", regions, ({ region }) => region));
  if (accounts) checks.push(textCheck("account", accounts, ({ account }) => account));
  if (ids) checks.push(textCheck("id", ids, ({ id }) => id));
  if (names) checks.push(textCheck("name", names, ({ name }) => name));
  for (const [key, condition] of Object.entries(tags ?? {})) checks.push(tagCheck(key, condition));
  if (dnsNames) checks.push(dnsCheck(dnsNames));
  return checks;
}

function textCheck(what: string, globs: readonly string[], get: (resource: Resource) => string): Check {
  const matches = anyGlob(globs);
  return {
    test: (resource) => matches(get(resource)),
    reason: (resource) => ({
      code: `other-${what}`,
      text: `its ${what} is "${get(resource)}", not ${either(globs)}`,
    }),
  };
}

function dnsCheck(globs: readonly string[]): Check {
  const matches = anyGlob(globs.map((glob) => glob.toLowerCase().replace(/\.$/, "")));
  const namesOf = ({ facts }: Resource): readonly string[] =>
    Array.isArray(facts["dnsNames"]) ? (facts["dnsNames"] as readonly string[]) : [];
  return {
    test: (resource) => namesOf(resource).some(matches),
    reason: (resource) => {
      const found = namesOf(resource);
      const what = found.length === 0 ? "no DNS name leads to it" : `its DNS names are ${found.join(", ")}`;
      return { code: "other-dns-name", text: `${what}, not ${either(globs)}` };
    },
  };
}

function tagCheck(key: string, condition: TagCondition): Check {
  const tagOf = ({ tags }: Resource): string | undefined =>
    Object.hasOwn(tags, key) ? tags[key] : undefined;
  if ("exists" in condition) {
    return {
      test: (resource) => (tagOf(resource) !== undefined) === condition.exists,
      reason: () =>
        condition.exists
          ? { code: "tag-missing", text: `has no tag ${key}` }
          : { code: "tag-present", text: `has a tag ${key}` },
    };
  }
  const wanted = "anyOf" in condition ? condition.anyOf : [condition.pattern];
  const exact = "anyOf" in condition ? new Set(condition.anyOf) : undefined;
  const matches = exact ? (value: string) => exact.has(value) : anyGlob(wanted);
  return {
    test: (resource) => {
      const value = tagOf(resource);
      return value !== undefined && matches(value);
    },
    reason: (resource) => {
      const value = tagOf(resource);
      return value === undefined
        ? { code: "tag-missing", text: `has no tag ${key}` }
        : { code: "tag-differs", text: `its tag ${key} is "${value}", not ${either(wanted)}` };
    },
  };
}

/** Matches any of the globs; each is compiled once. */
function anyGlob(globs: readonly string[]): (text: string) => boolean {
  const matchers = globs.map(globMatcher);
  return (text) => matchers.some((matches) => matches(text));
}

function either(values: readonly string[]): string {
  return values.length === 0 ? "any value" : values.map((value) => `"${value}"`).join(" or ");
}
