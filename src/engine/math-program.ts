import type { Diagnostic } from "../support/diagnostic.ts";
import { mathFunction } from "./math-functions.ts";
import { type MathNode, parseMath } from "./math-parser.ts";
import { byPeriod, type CallSite, checkMath, type MathSummary } from "./math-types.ts";
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
  /** What is known of every node of the expressions. */
  readonly nodes: ReadonlyMap<MathNode, MathSummary>;
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
  const nodes = new Map<MathNode, MathSummary>();
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
        onNode: (checked, summary) => nodes.set(checked, summary),
        onCall: (site) => {
          calls.push(site);
          if (site.name === "METRICS") for (const id of metricIds) metrics.add(id);
        },
        lookUp: (id) => {
          const target = byId.get(id);
          if (!target) return undefined;
          if (target.expression === undefined) {
            metrics.add(id);
            return { ...byPeriod("TS"), metric: true };
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
    : { program: { metricIds, expressions, nodes }, diagnostics };
}

/**
 * Functions that a program uses for `ids` (with everything they refer to) and that can't be computed from given series:
 * SEARCH, SERVICE_QUOTA and others that ask a service.
 */
export function outsideFunctions(program: MathProgram, ids: Iterable<string>): string[] {
  return functionsUsed(program, ids).filter((name) => mathFunction(name)?.evaluate === undefined);
}

/** Whether what a program gives for `ids` may have points where no metric has one: fillers, dates, constants. */
export function fillsGaps(program: MathProgram, ids: Iterable<string>): boolean {
  return functionsUsed(program, ids).some((name) => mathFunction(name)?.fillsGaps === true);
}

function functionsUsed(program: MathProgram, ids: Iterable<string>): string[] {
  const found = new Set<string>();
  for (const id of reachable(program, ids))
    for (const { name } of program.expressions.get(id)?.calls ?? []) found.add(name);
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
