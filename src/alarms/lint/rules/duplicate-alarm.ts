import type { LintRule } from "../lint-rule.ts";
import { twinKey } from "../twins.ts";

export const duplicateAlarm = {
  about: "order",
  severity: "warning",
  title: "Another alarm watches the same metric by the same condition; both are paid for, and both speak.",
  remedy: "keep one of them",
  *check({ spec }, { twins }) {
    const others = (twins?.get(twinKey(spec)) ?? []).filter((name) => name !== spec.alarmName);
    // Told once, by the one that sorts first.
    if (others.length === 0 || others.some((name) => name < spec.alarmName)) return;
    const shown = others.slice(0, 3).map((name) => `"${name}"`);
    const more = others.length > 3 ? ` and ${others.length - 3} more` : "";
    yield { message: `watches the same by the same condition as ${shown.join(", ")}${more}` };
  },
} as const satisfies LintRule;
