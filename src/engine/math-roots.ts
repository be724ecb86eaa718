import { mathFunction } from "./math-functions.ts";
import type { MathNode } from "./math-parser.ts";
import type { RangesEvaluation } from "./math-ranges.ts";
import type { Series } from "./math-values.ts";
import { oldestRoots, ownRoots, type Roots } from "./point-roots.ts";

/** The roots of what a program that `settles` gives for some ids: the oldest of them all, period by period. */
export function mathRoots(ids: readonly string[], ranges: RangesEvaluation): Roots {
  const walk = new RootsWalk(ranges);
  return oldestRoots(ids.map((id) => walk.id(id)));
}

class RootsWalk {
  readonly #ranges: RangesEvaluation;
  readonly #own: Roots;

  constructor(ranges: RangesEvaluation) {
    this.#ranges = ranges;
    this.#own = ownRoots(ranges.frame.length);
  }

  id(id: string): Roots {
    const expression = this.#ranges.program.expressions.get(id);
    return expression ? this.#node(expression.node) : this.#own;
  }

  #node(node: MathNode): Roots {
    const summary = this.#ranges.program.nodes.get(node);
    if (!summary?.rangeDependent) return this.#own;
    switch (node.kind) {
      case "reference":
        return this.id(node.id);
      case "negate":
        return this.#node(node.operand);
      case "binary":
        return this.#nodes([node.left, node.right]);
      case "array":
        return this.#nodes(node.items);
      case "call":
        return summary.reach === "by period" ? this.#nodes(node.args) : this.#call(node);
      default:
        return this.#own;
    }
  }

  #nodes(nodes: readonly MathNode[]): Roots {
    // What depends on its own period only is never the oldest.
    const dependent = nodes.map((node) => this.#node(node)).filter((roots) => roots !== this.#own);
    return dependent.length > 0 ? oldestRoots(dependent) : this.#own;
  }

  #call({ name, args: [of, second] }: Extract<MathNode, { kind: "call" }>): Roots {
    const rule = mathFunction(name)?.roots;
    if (!rule || !of) throw new TypeError(`${name} has no rule for the roots of its points`);
    const value = this.#ranges.node(of) as Series | readonly Series[];
    const roots = this.#node(of);
    const word = second?.kind === "word" ? second.value : undefined;
    const range = this.#ranges.frame.rangeLength ?? this.#ranges.frame.length;
    const all = value instanceof Float64Array ? [value] : value;
    return all.length === 0 ? roots : oldestRoots(all.map((series) => rule(series, roots, range, word)));
  }
}
