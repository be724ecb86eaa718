import type { LintRule } from "../lint-rule.ts";
import { days } from "./flapping.ts";

export const failedActions = {
  about: "nobody hears",
  severity: "error",
  title: "Its history shows actions that failed.",
  remedy: "the history's words say what was not allowed; most often a topic's policy or its key",
  needs: ["past"],
  *check({ spec }, { past }) {
    const own = past?.of.get(spec.alarmName);
    if (!past || !own || own.failedActions === 0) return;
    const times = own.failedActions === 1 ? "an action failed" : `${own.failedActions} actions failed`;
    yield {
      message: `${times} in ${days(past.days)}, the last: ${own.lastFailure ?? "for a reason that isn't told"}`,
    };
  },
} as const satisfies LintRule;
