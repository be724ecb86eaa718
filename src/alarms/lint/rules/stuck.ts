import { isSparse } from "../../spec/metric-knowledge.ts";
import type { LintFacts, LintRule, LintSubject } from "../lint-rule.ts";
import { statsOf } from "../watched.ts";
import { days } from "./flapping.ts";

const DAY = 86_400_000;
const LONG = 7;

export const stuckInAlarm = {
  about: "noise",
  severity: "warning",
  title: "It has been in ALARM for more than a week: nobody acts on it, and it can't tell of anything new.",
  remedy: "mend what it tells of, or change the threshold to one that means something",
  needs: ["alarmNames"],
  *check(subject, facts) {
    const long = daysIn("ALARM", subject, facts);
    if (long !== undefined) yield { message: `in ALARM for ${days(long)}` };
  },
} as const satisfies LintRule;

export const stuckWithoutData = {
  about: "cannot fire",
  severity: "warning",
  title: "It has been in INSUFFICIENT_DATA for more than a week: its metric is gone or was never there.",
  remedy: "look whether its metric, dimensions and unit are right; delete it if what it watched is gone",
  needs: ["alarmNames"],
  *check(subject, facts) {
    const long = daysIn("INSUFFICIENT_DATA", subject, facts);
    const sparse = statsOf(subject.spec).some(({ namespace, metricName }) => isSparse(namespace, metricName));
    if (long !== undefined && !sparse) yield { message: `without data for ${days(long)}` };
  },
} as const satisfies LintRule;

function daysIn(state: string, { live }: LintSubject, { now }: LintFacts): number | undefined {
  if (!now || live?.since === undefined || live.stateValue !== state) return undefined;
  const long = (now.getTime() - live.since.getTime()) / DAY;
  return long >= LONG ? long : undefined;
}
