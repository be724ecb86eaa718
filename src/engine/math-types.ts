import { didYouMean } from "../support/suggest.ts";
import { MATH_FUNCTIONS, mathFunction } from "./math-functions.ts";
import type { MathNode, MathOperator } from "./math-parser.ts";
import type { MathType } from "./math-values.ts";
import { SourceError } from "./source-error.ts";

/** What is known of an expression before it is evaluated. */
export interface MathSummary {
  readonly type: MathType;
  /** Whether a point depends on other periods than its own. */
  readonly rangeDependent: boolean;
  /** Whether it can be evaluated over several ranges side by side. */
  readonly sideBySide: boolean;
  /** Whether its points have roots: behind a range's edge they are the same as in any other range. */
  readonly settles: boolean;
  /** How it depends on the periods of its own arguments. */
  readonly reach: FormReach;
}

/** What a form of a function says of its reach (see `MathFunction`); undefined: nothing. */
export type FormReach = (typeof REACHES)[number] | undefined;

const REACHES = ["by period", "by range"] as const;

/** A call that occurs in an expression. */
export interface CallSite {
  readonly name: string;
  readonly offset: number;
  readonly args: readonly MathNode[];
  /** The result type of the form that was used. */
  readonly result: MathType;
}

/** What names mean, and what checking finds on the way. */
export interface MathScope {
  readonly text: string;
  /** Undefined: there is no such id. */
  readonly lookUp: (id: string) => (MathSummary & { readonly metric: boolean }) | undefined;
  readonly ids: () => Iterable<string>;
  readonly onCall: (site: CallSite) => void;
  readonly onNode: (node: MathNode, summary: MathSummary) => void;
}

const COMPARISONS: readonly MathOperator[] = ["==", "!=", "<=", ">=", "<", ">", "AND", "OR"];

/**
 * Checks an expression against the types of metric math.
 * @throws SourceError (`metric-math`) with the place of what doesn't fit.
 */
export function checkMath(node: MathNode, scope: MathScope): MathSummary {
  const summary = checkNode(node, scope);
  scope.onNode(node, summary);
  return summary;
}

function checkNode(node: MathNode, scope: MathScope): MathSummary {
  const fail = (problem: string, at: MathNode = node): SourceError =>
    new SourceError("metric-math", problem, scope.text, at.offset);
  switch (node.kind) {
    case "number":
      return byPeriod("S");
    case "string":
      return byPeriod("String");
    case "word":
      throw fail(
        mathFunction(node.value)
          ? `the function ${node.value} needs brackets: ${node.value}(...)`
          : `unknown word "${node.value}"; ids of metrics begin in lower case`,
      );
    case "reference": {
      const found = scope.lookUp(node.id);
      if (!found)
        throw fail(`there is no metric or expression "${node.id}".${didYouMean(node.id, scope.ids())}`);
      return found;
    }
    case "negate": {
      const operand = checkMath(node.operand, scope);
      if (!isNumeric(operand.type)) throw fail(`unary minus on ${named(operand.type)}`);
      return combined(operand.type, [operand]);
    }
    case "binary": {
      const left = checkMath(node.left, scope);
      const right = checkMath(node.right, scope);
      const type = operatorType(node.operator, left.type, right.type);
      if (!type) throw fail(`${node.operator} doesn't work on ${named(left.type)} and ${named(right.type)}`);
      return combined(type, [left, right]);
    }
    case "array": {
      const items = node.items.map((item) => ({ item, ...checkMath(item, scope) }));
      const [first] = items;
      if (!first) throw fail("an empty array");
      const text = first.type === "String";
      const odd = items.find(({ type }) => (text ? type !== "String" : type !== "TS" && type !== "TS[]"));
      if (odd) throw fail(`${named(odd.type)} in an array of ${text ? "strings" : "time series"}`, odd.item);
      return combined(text ? "String[]" : "TS[]", items);
    }
    case "call":
      return checkCall(node, scope, fail);
  }
}

function checkCall(
  node: Extract<MathNode, { kind: "call" }>,
  scope: MathScope,
  fail: (problem: string, at?: MathNode) => SourceError,
): MathSummary {
  const { name, args } = node;
  const known = mathFunction(name);
  if (!known) {
    const upper = name.toUpperCase();
    const hint = mathFunction(upper)
      ? ` Functions are upper case: ${upper}.`
      : didYouMean(name, Object.keys(MATH_FUNCTIONS));
    throw fail(`there is no function "${name}".${hint}`);
  }
  const checked = args.map((arg): MathSummary => {
    if (arg.kind !== "word") return checkMath(arg, scope);
    if (!known.words?.includes(arg.value))
      throw fail(
        `${name} doesn't know the word "${arg.value}"${known.words ? `; it takes ${known.words.join(", ")}` : ""}`,
        arg,
      );
    return byPeriod("Word");
  });
  const types = checked.map(({ type }) => type);
  const form = known.forms.map(readForm).find((each) => fits(each.args, types));
  if (!form)
    throw fail(
      `${name} doesn't take (${types.map(named).join(", ")}); it is called as ${known.forms.map((each) => written(name, each)).join(" or ")}`,
    );
  checkArguments(node, scope, fail);
  scope.onCall({ name, offset: node.offset, args, result: form.result });
  const parts = combined(form.result, checked);
  const scalarsFit =
    known.rangeScalars === true || checked.every((each) => each.type !== "S" || !each.rangeDependent);
  const settles = form.reach === "by period" || (form.reach === "by range" && known.roots !== undefined);
  return {
    type: form.result,
    rangeDependent: parts.rangeDependent || form.reach !== "by period",
    sideBySide: parts.sideBySide && form.reach !== undefined && scalarsFit,
    settles: parts.settles && settles,
    reach: form.reach,
  };
}

/** Of what is the same in every range. */
export function byPeriod(type: MathType): MathSummary {
  return { type, rangeDependent: false, sideBySide: true, settles: true, reach: "by period" };
}

/** Of what is put together period by period. */
function combined(type: MathType, parts: readonly MathSummary[]): MathSummary {
  return {
    type,
    rangeDependent: parts.some((each) => each.rangeDependent),
    sideBySide: parts.every((each) => each.sideBySide),
    settles: parts.every((each) => each.settles),
    reach: "by period",
  };
}

/** What types can't say. */
function checkArguments(
  node: Extract<MathNode, { kind: "call" }>,
  scope: MathScope,
  fail: (problem: string, at?: MathNode) => SourceError,
): void {
  const [first, ...rest] = node.args;
  if (node.name === "PERIOD" && !(first?.kind === "reference" && scope.lookUp(first.id)?.metric))
    throw fail("PERIOD takes the id of a metric, not an expression", first);
  if (node.name === "ANOMALY_DETECTION_BAND" && first?.kind !== "reference")
    throw fail("ANOMALY_DETECTION_BAND takes the id of a metric or expression", first);
  if (node.name === "SLICE") {
    const odd = rest.find((arg) => !(arg.kind === "number" && Number.isInteger(arg.value)));
    if (odd) throw fail("SLICE takes whole numbers, counting from 0", odd);
  }
  if (node.name === "SORT") {
    const [by, direction, limit] = rest;
    if (by?.kind === "word" && (by.value === "ASC" || by.value === "DESC"))
      throw fail("SORT takes AVG, MIN, MAX or SUM first, then ASC or DESC", by);
    if (direction?.kind === "word" && direction.value !== "ASC" && direction.value !== "DESC")
      throw fail("SORT takes ASC or DESC as its third argument", direction);
    if (limit && !(limit.kind === "number" && Number.isInteger(limit.value)))
      throw fail("SORT's limit is a whole number", limit);
  }
}

/** The type of an operator's result; undefined when it doesn't work on these types. */
function operatorType(operator: MathOperator, left: MathType, right: MathType): MathType | undefined {
  if (!isNumeric(left) || !isNumeric(right)) return undefined;
  if (left === "TS[]" || right === "TS[]")
    return left === right || COMPARISONS.includes(operator) ? undefined : "TS[]";
  return left === "TS" || right === "TS" ? "TS" : "S";
}

function isNumeric(type: MathType): boolean {
  return type === "S" || type === "TS" || type === "TS[]";
}

const NAMES: Readonly<Record<MathType, string>> = {
  S: "a scalar (S)",
  TS: "a time series (TS)",
  "TS[]": "an array of time series (TS[])",
  String: "a string",
  "String[]": "an array of strings",
  Word: "a word",
};

function named(type: MathType): string {
  return NAMES[type];
}

interface Form {
  /** Undefined: anything. */
  readonly args: readonly (readonly string[])[] | undefined;
  readonly result: MathType;
  readonly reach: FormReach;
}

function readForm(text: string): Form {
  const [args = "", given = ""] = text.split("->").map((part) => part.trim());
  const [result, ...reach] = given.split(" ");
  return {
    args: args === "..." ? undefined : args === "" ? [] : args.split(",").map((arg) => arg.split("|")),
    result: result as MathType,
    reach: REACHES.find((each) => each === reach.join(" ")),
  };
}

function fits(args: Form["args"], types: readonly MathType[]): boolean {
  if (!args) return true;
  return args.length === types.length && args.every((allowed, i) => allowed.includes(types[i] as string));
}

function written(name: string, form: string): string {
  const args = (form.split("->")[0] ?? "").trim();
  return `${name}(${args.replaceAll(",", ", ").replaceAll("|", " or ")})`;
}
