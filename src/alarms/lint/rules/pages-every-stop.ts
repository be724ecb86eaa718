import type { LintRule } from "../lint-rule.ts";
import { resourceNamed, statsOf } from "../watched.ts";

export const pagesEveryStop = {
  about: "silence",
  severity: "warning",
  title: "Missing data of an instance's metric count as bad, so that every intended stop goes to ALARM.",
  remedy: "treatMissingData: missing, and one alarm that watches for silence where that matters",
  *check({ spec }) {
    if (spec.kind === "composite" || spec.treatMissingData !== "breaching") return;
    const stats = statsOf(spec);
    const own = stats.find(({ namespace }) => namespace === "AWS/EC2" || namespace === "CWAgent");
    if (!own || own.stat === "SampleCount" || resourceNamed(spec)?.type !== "ec2.instance") return;
    yield { message: `a stopped instance publishes no ${own.metricName}, and goes to ALARM` };
  },
} as const satisfies LintRule;
