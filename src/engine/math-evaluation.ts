import { WatchkeeperError } from "../support/errors.ts";
import { mathFunction } from "./math-functions.ts";
import type { MathNode, MathOperator } from "./math-parser.ts";
import type { MathProgram } from "./math-program.ts";
import {
  emptySeries,
  type MathFrame,
  type MathValue,
  mapPoints,
  operateValues,
  type Series,
} from "./math-values.ts";
import { RangeScalar } from "./range-scalar.ts";

/**
 * Evaluates metrics and expressions over a frame. Each id is computed once, however often it is used.
 * @throws WatchkeeperError `unsupported-function` for a function that needs more than the given series.
 */
export function evaluateMath(program: MathProgram, ids: readonly string[], frame: MathFrame): MathValue[] {
  const evaluation = new MathEvaluation(program, frame);
  return ids.map((id) => evaluation.id(id));
}

/**
 * One evaluation of a program over a frame. Without closures: some alarms that depend on their range are evaluated anew
 * every minute.
 */
export class MathEvaluation {
  readonly program: MathProgram;
  readonly frame: MathFrame;
  readonly #known = new Map<string, MathValue>();

  constructor(program: MathProgram, frame: MathFrame) {
    this.program = program;
    this.frame = frame;
  }

  /** The value of a metric or expression. */
  id(id: string): MathValue {
    const expression = this.program.expressions.get(id);
    if (!expression) return this.frame.inputs.get(id) ?? emptySeries(this.frame.length);
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const value = this.node(expression.node);
    this.#known.set(id, value);
    return value;
  }

  /** The value of a part of an expression. */
  node(node: MathNode): MathValue {
    switch (node.kind) {
      case "number":
      case "string":
      case "word":
        return node.value;
      case "reference":
        return this.id(node.id);
      case "negate": {
        const operand = this.node(node.operand);
        if (typeof operand === "number") return -operand;
        return operand instanceof RangeScalar
          ? new RangeScalar(operand.points.map((x) => -x))
          : mapPoints(operand as Series, (x) => -x);
      }
      case "binary":
        return operateValues(node.operator, this.node(node.left) as Series, this.node(node.right) as Series);
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
          frame: this.frame,
          comparesWithScalar: comparesWithScalar(node.args[0], this.program),
          metricIds: this.program.metricIds,
        });
      }
    }
  }

  #nodes(nodes: readonly MathNode[]): MathValue[] {
    const values: MathValue[] = [];
    for (const node of nodes) values.push(this.node(node));
    return values;
  }
}

/** Whether a condition is written `series comparison scalar`, one of IF's documented forms. */
function comparesWithScalar(node: MathNode | undefined, program: MathProgram): boolean {
  if (node?.kind !== "binary" || !COMPARISONS.includes(node.operator)) return false;
  return program.nodes.get(node.left)?.type === "TS" && program.nodes.get(node.right)?.type === "S";
}

const COMPARISONS: readonly MathOperator[] = ["==", "!=", "<=", ">=", "<", ">"];
