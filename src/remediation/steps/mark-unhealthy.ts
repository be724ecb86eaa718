import { ask } from "../ask.ts";
import type { StepKind } from "../step-kind.ts";

/** Seconds between looks until the group has terminated it. */
const LOOK = 15;

/** Marks a member of an Auto Scaling group unhealthy, so that the group replaces it. The run ends when the instance is gone. */
export const markUnhealthy: StepKind = {
  async advance({ record, run, limits }) {
    const group = run.instance.autoScalingGroup;
    const { refused } = record.memo;
    // Marking what is marked changes nothing: what may not have been answered is asked for again.
    if (record.phase === "intended") return { turn: "intend", memo: {} };
    if (record.phase === "begun" && refused !== undefined)
      return {
        turn: "end",
        outcome: { status: "failed", reason: refused as { readonly code: string; readonly text: string } },
      };
    if (record.phase === "begun") return { turn: "intend", memo: { effect: "mark" } };
    if (record.spent < limits.timeoutSeconds * 1000) return { turn: "wait", seconds: LOOK };
    const text = `it was marked unhealthy, and its Auto Scaling group ${group} hasn't replaced it after ${limits.timeoutSeconds} s`;
    return { turn: "end", outcome: { status: "failed", reason: { code: "not-replaced", text } } };
  },
  act({ run, ports }) {
    return ask(async () => {
      await ports.session.send("autoscaling", "SetInstanceHealth", {
        InstanceId: run.instance.id,
        HealthStatus: "Unhealthy",
        ShouldRespectGracePeriod: true,
      });
      return { did: true };
    });
  },
};
