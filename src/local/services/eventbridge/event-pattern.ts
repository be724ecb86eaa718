// Event patterns: which events a rule wants. Source: EventBridge user guide, "Comparison operators for use in event patterns".
import { isIPv4 } from "node:net";
import { messageOf } from "../../../support/errors.ts";

/** Whether an event (as JSON) matches. */
export type EventPattern = (event: unknown) => boolean;

/** A pattern that EventBridge would refuse. */
export class EventPatternError extends Error {
  constructor(reason: string) {
    super(`Event pattern is not valid. Reason: ${reason}`);
    this.name = "EventPatternError";
  }
}

/** What a field must be: one value, undefined where the field is absent. */
type Matcher = (value: unknown) => boolean;

/** Reads a pattern. @throws EventPatternError */
export function parseEventPattern(text: string): EventPattern {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (error) {
    throw new EventPatternError(`it is no JSON: ${messageOf(error)}`);
  }
  return objectPattern(pattern, "");
}

function objectPattern(pattern: unknown, path: string): EventPattern {
  if (!isObject(pattern))
    throw new EventPatternError(`Filter ${path === "" ? "" : `"${path}" `}must be an object or an array`);
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw new EventPatternError("Empty objects are not allowed");
  const parts = entries.map(([key, value]): EventPattern => {
    const place = path === "" ? key : `${path}.${key}`;
    if (key === "$or") return orPattern(value, path);
    if (!Array.isArray(value)) {
      const inner = objectPattern(value, place);
      return (event) => inner(fieldOf(event, key));
    }
    if (value.length === 0) throw new EventPatternError(`Empty arrays are not allowed: "${place}"`);
    const matchers = value.map((each) => matcherOf(each, place));
    return (event) => {
      const found = leavesOf(fieldOf(event, key));
      return matchers.some((matches) => found.some(matches));
    };
  });
  return (event) => parts.every((matches) => matches(event));
}

function orPattern(alternatives: unknown, path: string): EventPattern {
  if (!Array.isArray(alternatives) || alternatives.length < 2)
    throw new EventPatternError("$or must be an array of at least two patterns");
  const patterns = alternatives.map((each) => objectPattern(each, path));
  return (event) => patterns.some((matches) => matches(event));
}

/** A field of an object, or those of the objects in an array. */
function fieldOf(event: unknown, key: string): unknown {
  if (Array.isArray(event)) {
    const found = event.flatMap((each) => (isObject(each) && Object.hasOwn(each, key) ? [each[key]] : []));
    return found.length > 0 ? found.flat() : undefined;
  }
  return isObject(event) && Object.hasOwn(event, key) ? event[key] : undefined;
}

/** The values that a field holds: itself, or an array's elements; one undefined when there is none. */
function leavesOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) return [isObject(value) ? undefined : value];
  const leaves = value.filter((each) => !isObject(each));
  return leaves.length > 0 ? leaves : [undefined];
}

function matcherOf(pattern: unknown, place: string): Matcher {
  if (!isObject(pattern)) {
    if (Array.isArray(pattern))
      throw new EventPatternError(`Arrays inside arrays are not allowed: "${place}"`);
    return (value) => value === pattern;
  }
  const [entry, ...others] = Object.entries(pattern);
  if (!entry || others.length > 0)
    throw new EventPatternError(`Only one key allowed in match expression: "${place}"`);
  const [operator, operand] = entry;
  switch (operator) {
    case "exists":
      if (typeof operand !== "boolean")
        throw new EventPatternError("exists match pattern must be true or false");
      return (value) => (value !== undefined) === operand;
    case "numeric":
      return numericMatcher(operand);
    case "cidr":
      return cidrMatcher(operand);
    case "anything-but":
      return anythingBut(operand, place);
    default:
      return textMatcher(operator, operand, place);
  }
}

/** prefix, suffix, equals-ignore-case and wildcard. */
function textMatcher(operator: string, operand: unknown, place: string): Matcher {
  const ignoring = isObject(operand) ? operand["equals-ignore-case"] : undefined;
  const ignoresCase = ignoring !== undefined && (operator === "prefix" || operator === "suffix");
  const text = ignoresCase ? ignoring : operand;
  if (typeof text !== "string") {
    if (["prefix", "suffix", "equals-ignore-case", "wildcard"].includes(operator))
      throw new EventPatternError(`${operator} match pattern must be a string: "${place}"`);
    throw new EventPatternError(`Unrecognized match type ${operator}`);
  }
  const wanted = ignoresCase ? text.toLowerCase() : text;
  const onText =
    (test: (value: string) => boolean): Matcher =>
    (value) =>
      typeof value === "string" && test(ignoresCase ? value.toLowerCase() : value);
  switch (operator) {
    case "prefix":
      return onText((value) => value.startsWith(wanted));
    case "suffix":
      return onText((value) => value.endsWith(wanted));
    case "equals-ignore-case":
      return onText((value) => value.toLowerCase() === wanted.toLowerCase());
    case "wildcard":
      return onText(wildcard(wanted));
    default:
      throw new EventPatternError(`Unrecognized match type ${operator}`);
  }
}

function anythingBut(operand: unknown, place: string): Matcher {
  const present =
    (matches: Matcher): Matcher =>
    (value) =>
      value !== undefined && !matches(value);
  if (isObject(operand)) {
    const [entry, ...others] = Object.entries(operand);
    if (!entry || others.length > 0)
      throw new EventPatternError(`Only one key allowed in match expression: "${place}"`);
    const [operator, inner] = entry;
    const all = (Array.isArray(inner) ? inner : [inner]).map((each) => textMatcher(operator, each, place));
    return present((value) => all.some((matches) => matches(value)));
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0 || !values.every((each) => typeof each === "string" || typeof each === "number"))
    throw new EventPatternError(`anything-but takes strings and numbers: "${place}"`);
  const refused = new Set<unknown>(values);
  return present((value) => refused.has(value));
}

const COMPARISONS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  "=": (value, bound) => value === bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
};

function numericMatcher(operand: unknown): Matcher {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4))
    throw new EventPatternError("numeric takes an operator and a number, once or twice");
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const compare = COMPARISONS[String(operand[i])];
    const bound: unknown = operand[i + 1];
    if (!compare || typeof bound !== "number")
      throw new EventPatternError(
        `numeric takes =, <, <=, > or >= and a number, not ${JSON.stringify(operand.slice(i, i + 2))}`,
      );
    tests.push((value) => compare(value, bound));
  }
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}

function cidrMatcher(operand: unknown): Matcher {
  const [address = "", bits] = typeof operand === "string" ? operand.split("/") : [];
  const length = Number(bits ?? "32");
  if (!isIPv4(address) || !Number.isInteger(length) || length < 0 || length > 32)
    throw new EventPatternError(`cidr takes an IPv4 range here, not ${JSON.stringify(operand)}`);
  const size = 2 ** (32 - length);
  const network = (ip: string): number =>
    Math.floor(ip.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) / size);
  return (value) => typeof value === "string" && isIPv4(value) && network(value) === network(address);
}

/** `*` stands for any characters; backslashes escape it and themselves. Linear in the text, whatever the pattern. */
function wildcard(pattern: string): (text: string) => boolean {
  const pieces = [""];
  for (let i = 0; i < pattern.length; i += 1) {
    const char = pattern.charAt(i);
    if (char === "*") {
      if (pieces.length > 1 && pieces.at(-1) === "")
        throw new EventPatternError("consecutive wildcard characters are not allowed");
      pieces.push("");
      continue;
    }
    if (char === "\\") {
      i += 1;
      if (!["*", "\\"].includes(pattern.charAt(i)))
        throw new EventPatternError("a backslash in a wildcard pattern stands before * or another backslash");
    }
    pieces[pieces.length - 1] += pattern.charAt(i);
  }
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  return (text) => {
    if (last === undefined) return text === first;
    if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
      return false;
    let at = first.length;
    for (const piece of rest) {
      const found = text.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= text.length - last.length;
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
