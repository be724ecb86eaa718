import type { Runbook } from "../../model/runbook.ts";
import type { Guard } from "../guard.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("instance-state");

/** States that an instance is in on its way to another one. */
const PASSING: ReadonlySet<string> = new Set(["pending", "stopping"]);
/** States of instances that won't come back. */
export const GONE_STATES: ReadonlySet<string> = new Set(["shutting-down", "terminated", "absent"]);
/** A state that passes is looked at again after this long, ms. */
const LOOK_AGAIN = 60_000;

/** Only what runs is repaired; what is stopped only by a runbook that begins with starting it. */
export const instanceState: Guard = {
  name: "instance-state",
  refuses: "Instances that aren't running; stopped ones too, unless the runbook begins with `startInstance`.",
  judge({ now, instance: { state } }, runbook) {
    if (state === "absent") return refuse("instance-absent", "there is no such instance");
    if (GONE_STATES.has(state)) return refuse("instance-gone", `it is ${state}`);
    if (state === "running") return pass("running", "it is running");
    if (state === "stopped" && startsFirst(runbook))
      return pass("stopped", "it is stopped, and the runbook begins with starting it");
    const again = PASSING.has(state) ? now + LOOK_AGAIN : undefined;
    return refuse("not-running", `it is ${state}, not running`, again);
  },
};

function startsFirst({ ladder }: Runbook): boolean {
  return ladder[0]?.steps[0]?.action.do === "startInstance";
}
