import { type MathNode, parseMath } from "../../engine/math-parser.ts";
import { SourceError } from "../../engine/source-error.ts";

/** What an expression mentions, or why it can't be read. */
export interface MathReading {
  readonly ids: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly problem?: string;
}

/** Whether an expression is a Metrics Insights query rather than metric math. */
export function isInsightsQuery(expression: string): boolean {
  return /^\s*SELECT\s/i.test(expression);
}

/** Whether an expression draws an anomaly band. */
export function isBand(expression: string): boolean {
  return /^\s*ANOMALY_DETECTION_BAND\s*\(/.test(expression);
}

/** Ids and functions of a metric math expression. Metrics Insights queries mention none. */
export function readMath(expression: string): MathReading {
  const ids = new Set<string>();
  const functions = new Set<string>();
  if (isInsightsQuery(expression)) return { ids, functions };
  const visit = (node: MathNode): void => {
    switch (node.kind) {
      case "reference":
        ids.add(node.id);
        return;
      case "negate":
        visit(node.operand);
        return;
      case "binary":
        visit(node.left);
        visit(node.right);
        return;
      case "call":
        functions.add(node.name);
        node.args.forEach(visit);
        return;
      case "array":
        node.items.forEach(visit);
        return;
      case "number":
      case "string":
      case "word":
        return;
    }
  };
  try {
    visit(parseMath(expression));
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { ids, functions, problem: error.message };
  }
  return { ids, functions };
}
