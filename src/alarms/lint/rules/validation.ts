// What checking an alarm against CloudWatch's own limits finds already, as rules.
import type { LintRule, RuleFinding } from "../lint-rule.ts";

/** A rule that speaks for some of validation's codes; its severity is the rule's, the words are validation's. */
function fromValidation(codes: readonly string[], rule: Omit<LintRule, "check">): LintRule {
  return {
    ...rule,
    *check({ problems }): Iterable<RuleFinding> {
      for (const { code, message, severity } of problems)
        if (codes.includes(code) && severity === "warning") yield { message };
    },
  };
}

export const shortPeriod = fromValidation(["period-too-short"], {
  about: "cannot fire",
  severity: "warning",
  title:
    "Its period is shorter than the time between the metric's data points, so most of its periods are empty.",
  remedy: "use the metric's own interval as the period",
});

export const fillSticks = fromValidation(["fill-sticks"], {
  about: "cannot fire",
  severity: "warning",
  title: "FILL stands in for the newest point whenever data come late, so the alarm sticks at the filler.",
  remedy: "let datapointsToAlarm be less than evaluationPeriods, and fill only what may be missing",
});

export const counterStatistic = fromValidation(["counter-statistic"], {
  about: "cannot fire",
  severity: "warning",
  title: "Every data point of the metric is one event, so Average, Maximum and percentiles are always 1.",
  remedy: "use Sum",
});

export const sparseMetric = fromValidation(["sparse-metric", "dynamodb-missing-data"], {
  about: "silence",
  severity: "warning",
  title: "The metric is published only when something happened, and missing data aren't treated as good.",
  remedy: "treatMissingData: notBreaching",
});

export const unstableFunction = fromValidation(["unstable-function"], {
  about: "noise",
  severity: "warning",
  title: "An expression's value depends on how far CloudWatch happens to look back.",
  remedy: "use a function of single points, or of the alarm's own periods",
});

/** Codes that have a rule of their own, here or in another file. */
const SPOKEN_FOR = new Set([
  "period-too-short",
  "fill-sticks",
  "counter-statistic",
  "sparse-metric",
  "dynamodb-missing-data",
  "unstable-function",
  "unit",
]);

export const refused = {
  about: "cannot fire",
  severity: "error",
  title: "CloudWatch would refuse the alarm, or accept it and never let it work.",
  remedy: "`watchkeeper validate` and `watchkeeper plan` say the same of a configuration",
  *check({ problems }) {
    for (const { severity, message } of problems) if (severity === "error") yield { message };
  },
} as const satisfies LintRule;

export const doubtful = {
  about: "order",
  severity: "warning",
  title: "Something about it works otherwise than it looks.",
  remedy: "the finding says what",
  *check({ problems }) {
    for (const { code, severity, message } of problems)
      if (severity === "warning" && !SPOKEN_FOR.has(code)) yield { message };
  },
} as const satisfies LintRule;
