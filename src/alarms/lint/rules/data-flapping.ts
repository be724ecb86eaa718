import type { LintRule } from "../lint-rule.ts";
import { days } from "./flapping.ts";

const OFTEN = 5;

export const dataFlapping = {
  about: "noise",
  severity: "warning",
  title: "Its data end and begin again and again, and it goes to INSUFFICIENT_DATA and back each time.",
  remedy: "treatMissingData: notBreaching or ignore, or a period as long as the metric's own",
  needs: ["past"],
  *check({ spec }, { past }) {
    const own = past?.of.get(spec.alarmName);
    if (past && own && own.dataEnds >= OFTEN)
      yield { message: `went to INSUFFICIENT_DATA ${own.dataEnds} times in ${days(past.days)}` };
  },
} as const satisfies LintRule;
