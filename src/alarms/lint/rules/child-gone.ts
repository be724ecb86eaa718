import { alarmNameOf } from "../../../engine/composite-rule.ts";
import type { LintRule } from "../lint-rule.ts";
import { namesInRule } from "../names-in-rule.ts";

export const childGone = {
  about: "cannot fire",
  severity: "error",
  title: "A composite alarm's rule, or its suppressor, names an alarm that doesn't exist.",
  remedy: "correct the rule, or create the alarm it names",
  needs: ["alarmNames"],
  *check({ spec }, { alarmNames }) {
    if (spec.kind !== "composite" || !alarmNames) return;
    const { actionsSuppressor } = spec;
    const gone = namesInRule(spec.alarmRule).filter((name) => !alarmNames.has(name));
    for (const name of gone)
      yield { message: `its rule names alarm "${name}", which doesn't exist; that part is never true` };
    const suppressor = actionsSuppressor === undefined ? undefined : alarmNameOf(actionsSuppressor);
    if (suppressor !== undefined && !alarmNames.has(suppressor))
      yield { message: `its actions suppressor "${suppressor}" doesn't exist, so nothing is ever held back` };
  },
} as const satisfies LintRule;
