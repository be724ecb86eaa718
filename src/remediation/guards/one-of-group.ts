import type { Guard } from "../guard.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("one-of-group");

/** Repairs take minutes: another look after this long, ms. */
const LOOK_AGAIN = 5 * 60_000;

/** Two servers behind one load balancer must never be away together. */
export const oneOfGroup: Guard = {
  name: "one-of-group",
  refuses:
    "An instance while another one of its Auto Scaling group or of one of its target groups is under repair.",
  setting: "oneOfGroup",
  judge({ now, settings, instance: { mates } }) {
    if (!settings.oneOfGroup) return pass("not-asked", "oneOfGroup is off");
    const [mate] = mates;
    if (!mate) return pass("alone", "no other instance of its groups is under repair");
    const more = mates.length > 1 ? ` and ${mates.length - 1} more` : "";
    return refuse(
      "group-under-repair",
      `${mate.instance}${more} of its group ${mate.group} is under repair`,
      now + LOOK_AGAIN,
    );
  },
};
