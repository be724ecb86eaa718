import type { LintRule } from "../lint-rule.ts";

const FLAPS = 5;
const PER_DAY = 2;

export const flapping = {
  about: "noise",
  severity: "warning",
  title:
    "Its history shows it going to ALARM and back again and again: twice a day, or five times within an hour of the last.",
  remedy: "ask for more periods, raise the threshold, or backtest it to find one that holds",
  needs: ["past"],
  *check({ spec }, { past }) {
    const own = past?.of.get(spec.alarmName);
    if (!past || !own) return;
    const perDay = own.alarms / Math.max(1, past.days);
    if (own.flaps < FLAPS && perDay < PER_DAY) return;
    const flaps = own.flaps > 0 ? `, ${own.flaps} of them within an hour of the last` : "";
    yield { message: `went to ALARM ${own.alarms} times in ${days(past.days)}${flaps}` };
  },
} as const satisfies LintRule;

/** `14 days`, `1 day`. */
export function days(count: number): string {
  const rounded = Math.max(1, Math.round(count));
  return rounded === 1 ? "1 day" : `${rounded} days`;
}
