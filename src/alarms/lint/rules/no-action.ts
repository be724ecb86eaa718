import { type LintRule, severityOf } from "../lint-rule.ts";

export const noAction = {
  about: "nobody hears",
  severity: "warning",
  title:
    "Nothing happens when it goes to ALARM: it has no action for that, and no composite alarm asks for it.",
  remedy: "give it an action or its severity one, put it into a composite's rule, or call it severity: info",
  *check(subject, { children }) {
    const { spec } = subject;
    if (spec.alarmActions.length > 0 || severityOf(subject) === "info" || children?.has(spec.alarmName))
      return;
    yield { message: "nobody is told when it goes to ALARM" };
  },
} as const satisfies LintRule;
