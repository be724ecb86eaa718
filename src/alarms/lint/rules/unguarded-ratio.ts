import { type MathNode, parseMath } from "../../../engine/math-parser.ts";
import { SourceError } from "../../../engine/source-error.ts";
import { isInsightsQuery } from "../../spec/math-references.ts";
import type { LintRule } from "../lint-rule.ts";

export const unguardedRatio = {
  about: "noise",
  severity: "warning",
  title:
    "An expression divides by a metric without asking whether there is enough of it: one failure of one request is 100 %.",
  remedy: "guard it: IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)",
  *check({ spec }) {
    if (spec.kind === "composite") return;
    const counts = new Set(
      (spec.metrics ?? []).flatMap(({ id, metricStat }) =>
        metricStat && /^(Sum|SampleCount)$/.test(metricStat.stat) ? [id] : [],
      ),
    );
    for (const { id, expression } of spec.metrics ?? []) {
      if (expression === undefined || isInsightsQuery(expression)) continue;
      for (const divisor of unguardedDivisors(expression)) {
        if (divisor.some((each) => counts.has(each)))
          yield { message: `expression "${id}" divides by ${divisor.join(" + ")} however small it is` };
        else if (divisor.length > 1)
          yield {
            message: `expression "${id}" divides by ${divisor.join(" + ")}, and one that is missing counts as 0`,
            remedy:
              "judge it only where all of them have data: IF(used AND free, 100 * used / (used + free))",
          };
      }
    }
  },
} as const satisfies LintRule;

/** The metrics in each divisor outside of an IF. */
function unguardedDivisors(expression: string): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const visit = (node: MathNode): void => {
    if (node.kind === "call") {
      if (node.name !== "IF") node.args.forEach(visit);
    } else if (node.kind === "array") node.items.forEach(visit);
    else if (node.kind === "negate") visit(node.operand);
    else if (node.kind === "binary") {
      if (node.operator === "/") {
        const ids = [...new Set(references(node.right))];
        if (ids.length > 0) found.push(ids);
      }
      visit(node.left);
      visit(node.right);
    }
  };
  try {
    visit(parseMath(expression));
  } catch (error) {
    // An expression that can't be read is validation's to tell.
    if (!(error instanceof SourceError)) throw error;
  }
  return found;
}

function references(node: MathNode): readonly string[] {
  switch (node.kind) {
    case "reference":
      return [node.id];
    case "negate":
      return references(node.operand);
    case "binary":
      return [...references(node.left), ...references(node.right)];
    case "call":
      // PERIOD(m1) is a constant.
      return node.name === "PERIOD" ? [] : node.args.flatMap(references);
    case "array":
      return node.items.flatMap(references);
    default:
      return [];
  }
}
