import { begunWithin, repairsOf } from "../earlier-runs.ts";
import type { Guard } from "../guard.ts";
import { agoText, momentText } from "../times.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("attempts");

const DAY = 86_400_000;

/** What must be repaired again and again needs a person. */
export const attempts: Guard = {
  name: "attempts",
  refuses: "An instance that was repaired `attemptsPerDay` times (2) within 24 hours.",
  setting: "attemptsPerDay",
  judge({ now, settings, instance, earlier }) {
    const own = repairsOf(earlier.filter((run) => run.instance.id === instance.id));
    const today = begunWithin(own, DAY, now).map(({ createdAt }) => createdAt);
    const allowed = settings.attemptsPerDay;
    if (today.length < allowed)
      return pass("attempts-left", `repaired ${times(today.length)} in 24 h, ${allowed} allowed`);
    today.sort((a, b) => b - a);
    // It may be repaired again once fewer than allowed lie within a day.
    const blocking = today[allowed - 1];
    const last = today[0];
    if (blocking === undefined || last === undefined)
      return refuse("no-attempts", "attemptsPerDay is 0: it is never repaired");
    const again = blocking + DAY;
    return refuse(
      "too-many-attempts",
      `repaired ${times(today.length)} in 24 h, the last time ${agoText(last, now)}; ${allowed} allowed, again from ${momentText(again, now)}`,
      again,
    );
  },
};

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
