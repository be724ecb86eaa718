import type { LintRule } from "../lint-rule.ts";
import { statsOf } from "../watched.ts";

export const pagesEveryStop = {
  about: "silence",
  severity: "warning",
  title: "Missing data of an instance's metric count as bad, so that every intended stop goes to ALARM.",
  remedy: "treatMissingData: missing, and one alarm that watches for silence where that matters",
  *check({ spec }) {
    if (spec.kind === "composite" || spec.treatMissingData !== "breaching") return;
    const own = statsOf(spec).find(
      ({ namespace, dimensions, stat }) =>
        (namespace === "AWS/EC2" || namespace === "CWAgent") &&
        stat !== "SampleCount" &&
        dimensions.some(({ name }) => name === "InstanceId"),
    );
    if (!own) return;
    yield { message: `a stopped instance publishes no ${own.metricName}, and goes to ALARM` };
  },
} as const satisfies LintRule;
