import type { Diagnostic } from "../support/diagnostic.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { mathFunction } from "./math-functions.ts";
import { type MathNode, type MathOperator, parseMath } from "./math-parser.ts";
import { type CallSite, checkMath, type MathSummary } from "./math-types.ts";
import {
  emptySeries,
  type MathFrame,
  type MathType,
  type MathValue,
  mapPoints,
  operateValues,
  type Series,
} from "./math-values.ts";
import { SourceError } from "./source-error.ts";

/** A metric or an expression of one request or alarm. Metrics have no expression. */
export interface MathQuery {
  readonly id: string;
  readonly expression?: string | undefined;
}

/** A checked expression. */
interface MathExpression extends MathSummary {
  readonly id: string;
  readonly text: string;
  readonly node: MathNode;
  readonly calls: readonly CallSite[];
  /** Metrics it reads, directly or through other expressions. */
  readonly metrics: ReadonlySet<string>;
}

/** Checked queries, ready to be evaluated over any frame. */
export interface MathProgram {
  /** In the order given. */
  readonly metricIds: readonly string[];
  /** By id, each after those it refers to. */
  readonly expressions: ReadonlyMap<string, MathExpression>;
  readonly types: ReadonlyMap<MathNode, MathType>;
}

const ID = /^[a-z][A-Za-z0-9_]{0,254}$/;
const MAX_EXPRESSION = 2048;

/**
 * Reads and checks all queries of a request: ids, grammar, types, references and cycles. Errors carry the id as their path and the
 * place in the expression as line and column; without errors there is a program.
 */
export function compileMath(queries: readonly MathQuery[]): {
  readonly program: MathProgram | undefined;
  readonly diagnostics: readonly Diagnostic[];
} {
  const diagnostics: Diagnostic[] = [];
  const report = (id: string, code: string, message: string, place?: SourceError): void => {
    const { line, column } = place ?? {};
    diagnostics.push({
      severity: "error",
      code,
      message,
      path: id,
      ...(line === undefined || column === undefined ? {} : { line, column }),
    });
  };
  const byId = new Map<string, MathQuery>();
  for (const query of queries) {
    if (!ID.test(query.id))
      report(
        query.id,
        "math-id",
        `"${query.id}" is no id; it begins in lower case and has letters, digits and _ only`,
      );
    if (byId.has(query.id)) report(query.id, "math-duplicate-id", `the id "${query.id}" is given twice`);
    byId.set(query.id, query);
  }
  const metricIds = queries.filter((query) => query.expression === undefined).map((query) => query.id);
  const expressions = new Map<string, MathExpression>();
  const types = new Map<MathNode, MathType>();
  const failed = new Set<string>();
  const open: string[] = [];

  const resolve = (query: MathQuery): MathExpression | undefined => {
    const known = expressions.get(query.id);
    const text = query.expression;
    if (known || text === undefined || failed.has(query.id)) return known;
    open.push(query.id);
    try {
      if (text.length > MAX_EXPRESSION)
        report(
          query.id,
          "math-length",
          `the expression has ${text.length} characters, more than ${MAX_EXPRESSION}`,
        );
      const calls: CallSite[] = [];
      const metrics = new Set<string>();
      const node = parseMath(text);
      const summary = checkMath(node, {
        text,
        ids: () => byId.keys(),
        onType: (typed, type) => types.set(typed, type),
        onCall: (site) => {
          calls.push(site);
          if (site.name === "METRICS") for (const id of metricIds) metrics.add(id);
        },
        lookUp: (id) => {
          const target = byId.get(id);
          if (!target) return undefined;
          if (target.expression === undefined) {
            metrics.add(id);
            return { type: "TS", rangeDependent: false, metric: true };
          }
          if (open.includes(id))
            throw new SourceError(
              "math-cycle",
              `expressions refer to each other: ${[...open, id].join(" -> ")}`,
              text,
              0,
            );
          const found = resolve(target);
          if (!found)
            throw new SourceError("math-reference", `it uses "${id}", which has errors of its own`, text, 0);
          for (const metric of found.metrics) metrics.add(metric);
          return { ...found, metric: false };
        },
      });
      const expression: MathExpression = { ...summary, id: query.id, text, node, calls, metrics };
      expressions.set(query.id, expression);
      return expression;
    } catch (error) {
      if (!(error instanceof SourceError)) throw error;
      failed.add(query.id);
      report(query.id, error.code, error.problem, error);
      return undefined;
    } finally {
      open.pop();
    }
  };
  for (const query of queries) resolve(query);
  return diagnostics.length > 0
    ? { program: undefined, diagnostics }
    : { program: { metricIds, expressions, types }, diagnostics };
}

/**
 * Functions that a program uses for `ids` (with everything they refer to) and that can't be computed from given series:
 * SEARCH, SERVICE_QUOTA and others that ask a service.
 */
export function outsideFunctions(program: MathProgram, ids: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const id of reachable(program, ids))
    for (const { name } of program.expressions.get(id)?.calls ?? [])
      if (mathFunction(name)?.evaluate === undefined) found.add(name);
  return [...found];
}

/** Ids with all expressions they refer to. */
function reachable(program: MathProgram, ids: Iterable<string>): Set<string> {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    const node = program.expressions.get(id)?.node;
    if (node) references(node).forEach(visit);
  };
  for (const id of ids) visit(id);
  return seen;
}

function references(node: MathNode): string[] {
  switch (node.kind) {
    case "reference":
      return [node.id];
    case "negate":
      return references(node.operand);
    case "binary":
      return [...references(node.left), ...references(node.right)];
    case "call":
      return node.args.flatMap(references);
    case "array":
      return node.items.flatMap(references);
    default:
      return [];
  }
}

/**
 * Evaluates metrics and expressions over a frame. Each id is computed once, however often it is used.
 * @throws WatchkeeperError `unsupported-function` for a function that needs more than the given series.
 */
export function evaluateMath(program: MathProgram, ids: readonly string[], frame: MathFrame): MathValue[] {
  const evaluation = new Evaluation(program, frame);
  return ids.map((id) => evaluation.id(id));
}

/** One evaluation of a program. Without closures: alarms that depend on their range are evaluated anew every minute. */
class Evaluation {
  readonly #program: MathProgram;
  readonly #frame: MathFrame;
  readonly #known = new Map<string, MathValue>();

  constructor(program: MathProgram, frame: MathFrame) {
    this.#program = program;
    this.#frame = frame;
  }

  id(id: string): MathValue {
    const expression = this.#program.expressions.get(id);
    if (!expression) return this.#frame.inputs.get(id) ?? emptySeries(this.#frame.length);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const value = this.#node(expression.node);
    this.#known.set(id, value);
    return value;
  }

  #node(node: MathNode): MathValue {
    switch (node.kind) {
      case "number":
      case "string":
      case "word":
        return node.value;
      case "reference":
        return this.id(node.id);
      case "negate": {
        const operand = this.#node(node.operand);
        return typeof operand === "number" ? -operand : mapPoints(operand as Series, (x) => -x);
      }
      case "binary":
        return operateValues(
          node.operator,
          this.#node(node.left) as Series,
          this.#node(node.right) as Series,
        );
      case "array": {
        const items = this.#nodes(node.items);
        return items.every((item) => typeof item === "string")
          ? items
          : items.flatMap((item) => (item instanceof Float64Array ? [item] : (item as readonly Series[])));
      }
      case "call": {
        const called = mathFunction(node.name);
        if (!called?.evaluate)
          throw new WatchkeeperError(
            "unsupported-function",
            `${node.name} can't be computed from given series`,
            {
              remedy: "Leave the expression out, or give its result as a series.",
            },
          );
        return called.evaluate({
          args: this.#nodes(node.args),
          nodes: node.args,
          frame: this.#frame,
          comparesWithScalar: comparesWithScalar(node.args[0], this.#program),
          metricIds: this.#program.metricIds,
        });
      }
    }
  }

  #nodes(nodes: readonly MathNode[]): MathValue[] {
    const values: MathValue[] = [];
    for (const node of nodes) values.push(this.#node(node));
    return values;
  }
}

/** Whether a condition is written `series comparison scalar`, one of IF's documented forms. */
function comparesWithScalar(node: MathNode | undefined, program: MathProgram): boolean {
  if (node?.kind !== "binary" || !COMPARISONS.includes(node.operator)) return false;
  return program.types.get(node.left) === "TS" && program.types.get(node.right) === "S";
}

const COMPARISONS: readonly MathOperator[] = ["==", "!=", "<=", ">=", "<", ">"];
