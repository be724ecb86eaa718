import type { LintRule } from "../lint-rule.ts";
import { days } from "./flapping.ts";

const DAY = 86_400_000;
const LONG = 7;

export const actionsDisabled = {
  about: "nobody hears",
  severity: "warning",
  title: "Its actions are switched off and have been for more than a week.",
  remedy:
    "`aws cloudwatch enable-alarm-actions`, or delete what nobody wants to hear; `merge` says what plans make of it",
  needs: ["alarmNames"],
  *check({ live }, { now }) {
    if (!live || live.actionsEnabled || live.settling || !now) return;
    const off = live.updatedAt === undefined ? undefined : (now.getTime() - live.updatedAt.getTime()) / DAY;
    if (off === undefined || off >= LONG)
      yield {
        message: `its actions are off${off === undefined ? "" : `, for ${days(off)} at least`}`,
      };
    else yield { severity: "info", message: "its actions are off" };
  },
} as const satisfies LintRule;
