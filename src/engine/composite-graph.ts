import type { Diagnostic } from "../support/diagnostic.ts";
import { tokenizeRule } from "./composite-lexer.ts";
import { alarmNameOf, type CompositeRule, parseCompositeRule, referencedAlarms } from "./composite-rule.ts";
import { SourceError } from "./source-error.ts";

/** Limits of composite alarms, from the user guide. */
export const COMPOSITE_LIMITS = {
  characters: 10_240,
  children: 100,
  elements: 500,
  parentsOfAlarm: 150,
} as const;

/**
 * What CloudWatch would refuse in one rule: its grammar and its sizes. Elements are children, TRUE and FALSE, and
 * grouping parentheses; a pair counts once (the guide doesn't say). Line and column point into the rule.
 */
export function compositeRuleProblems(text: string): Diagnostic[] {
  let rule: CompositeRule;
  try {
    rule = parseCompositeRule(text);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    const { line, column, problem } = error;
    return [{ severity: "error", code: error.code, message: problem, line, column }];
  }
  const children = referencedAlarms(rule).length;
  const elements = countElements(text);
  const sizes = [
    ["characters", [...text].length],
    ["children", children],
    ["elements", elements],
  ] as const;
  return sizes
    .filter(([what, size]) => size > COMPOSITE_LIMITS[what])
    .map(([what, size]) => ({
      severity: "error",
      code: `composite-${what}`,
      message: `the rule has ${size} ${what}, more than CloudWatch's ${COMPOSITE_LIMITS[what]}; split it into several composite alarms`,
    }));
}

function countElements(text: string): number {
  const tokens = tokenizeRule(text);
  let elements = 0;
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    // A bracket behind a word belongs to ALARM( or AT_LEAST(; one behind nothing, NOT, AND, OR or "(" groups.
    if (token.kind === "(" && !(before?.kind === "word" && !/^(NOT|AND|OR)$/.test(before.text)))
      elements += 1;
    if (token.kind === "word" && (token.text === "TRUE" || token.text === "FALSE")) elements += 1;
  });
  return elements + countReferences(parseCompositeRule(text));
}

function countReferences(rule: CompositeRule): number {
  switch (rule.kind) {
    case "constant":
      return 0;
    case "state":
      return 1;
    case "not":
      return countReferences(rule.operand);
    case "atLeast":
      return rule.alarms.length;
    case "and":
    case "or":
      return rule.operands.reduce((sum, operand) => sum + countReferences(operand), 0);
  }
}

/**
 * Cycles among composite alarms, each as the names on it in order, starting with the one that sorts first.
 * CloudWatch lets cycles be created, stops evaluating them, and then deletes neither alarm.
 * `rules`: composite alarms by name; references that are ARNs count as the name they hold.
 */
export function findCompositeCycles(rules: ReadonlyMap<string, CompositeRule>): string[][] {
  const done = new Set<string>();
  const path: string[] = [];
  const onPath = new Set<string>();
  const cycles = new Map<string, string[]>();
  const visit = (name: string): void => {
    const rule = rules.get(name);
    if (!rule || done.has(name)) return;
    if (onPath.has(name)) {
      const cycle = path.slice(path.indexOf(name));
      const first = cycle.reduce((best, each, i) => (each < (cycle[best] ?? "") ? i : best), 0);
      const turned = [...cycle.slice(first), ...cycle.slice(0, first)];
      cycles.set(JSON.stringify(turned), turned);
      return;
    }
    path.push(name);
    onPath.add(name);
    for (const reference of referencedAlarms(rule)) visit(alarmNameOf(reference));
    path.pop();
    onPath.delete(name);
    done.add(name);
  };
  for (const name of [...rules.keys()].sort()) visit(name);
  return [...cycles.values()];
}

/**
 * Composite alarms in an order in which children come before their parents; alarms on a cycle, or depending on one, come last
 * in `blocked`. Create in this order, delete in its reverse.
 */
export function orderComposites(rules: ReadonlyMap<string, CompositeRule>): {
  readonly ordered: readonly string[];
  readonly blocked: readonly string[];
} {
  const onCycle = new Set(findCompositeCycles(rules).flat());
  const state = new Map<string, "open" | "ordered" | "blocked">();
  const ordered: string[] = [];
  const blocked: string[] = [];
  const visit = (name: string): boolean => {
    const rule = rules.get(name);
    if (!rule) return true;
    const known = state.get(name);
    if (known) return known === "ordered";
    state.set(name, "open");
    let free = !onCycle.has(name);
    for (const reference of referencedAlarms(rule)) free = visit(alarmNameOf(reference)) && free;
    state.set(name, free ? "ordered" : "blocked");
    (free ? ordered : blocked).push(name);
    return free;
  };
  for (const name of rules.keys()) visit(name);
  return { ordered, blocked };
}
