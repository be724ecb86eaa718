import type { Guard } from "../guard.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("auto-scaling");

/** An Auto Scaling group replaces its members by itself: repairing one works against it. */
export const autoScaling: Guard = {
  name: "auto-scaling",
  refuses:
    "Members of Auto Scaling groups; with `markUnhealthy` they are marked unhealthy in place of the runbook's steps.",
  setting: "autoScaling",
  judge({ settings, instance: { autoScalingGroup } }) {
    if (autoScalingGroup === undefined) return pass("no-member", "it is in no Auto Scaling group");
    return settings.autoScaling === "markUnhealthy"
      ? pass(
          "mark-unhealthy",
          `it is in Auto Scaling group ${autoScalingGroup}: it is marked unhealthy there`,
        )
      : refuse(
          "auto-scaling-member",
          `it is in Auto Scaling group ${autoScalingGroup}, which replaces members by itself; autoScaling: markUnhealthy asks it to`,
        );
  },
};
