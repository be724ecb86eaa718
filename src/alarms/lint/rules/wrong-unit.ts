import type { LintRule } from "../lint-rule.ts";
import { metricBounds } from "../metric-bounds.ts";
import { statsOf } from "../watched.ts";

export const wrongUnit = {
  about: "cannot fire",
  severity: "error",
  title: "It asks for a unit in which the metric isn't published, and so never sees a data point.",
  remedy: "leave unit out: every metric but those with several units has the right one",
  *check({ spec }) {
    for (const { namespace, metricName, unit } of statsOf(spec)) {
      if (unit === undefined) continue;
      const known = metricBounds(namespace, metricName)?.unit;
      if (known === undefined)
        yield {
          severity: "info",
          message: `sees only data of ${metricName} that is published in ${unit}`,
        };
      else if (known !== unit)
        yield { message: `cannot fire: ${metricName} is published in ${known}, and it asks for ${unit}` };
    }
  },
} as const satisfies LintRule;
