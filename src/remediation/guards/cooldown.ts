import { formatDuration } from "../../model/duration.ts";
import { repairsOf, whatWasDone } from "../earlier-runs.ts";
import type { Guard } from "../guard.ts";
import { agoText, momentText } from "../times.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("cooldown");

/** After a repair the instance is left alone for a while: what comes next is a person's business. */
export const cooldown: Guard = {
  name: "cooldown",
  refuses: "An instance whose last repair ended less than `cooldown` ago (30 min), or is still under way.",
  setting: "cooldown",
  judge({ now, settings, instance, earlier }) {
    const own = repairsOf(earlier.filter((run) => run.instance.id === instance.id));
    const current = own.find(({ endedAt }) => endedAt === undefined);
    if (current)
      return refuse("under-repair", `a repair of it is under way, begun ${agoText(current.createdAt, now)}`);
    const ms = settings.cooldownSeconds * 1000;
    // The one that ended last, whatever order they come in.
    const last = own.reduce<(typeof own)[number] | undefined>(
      (latest, run) => ((run.endedAt ?? 0) > (latest?.endedAt ?? Number.NEGATIVE_INFINITY) ? run : latest),
      undefined,
    );
    if (last?.endedAt === undefined) return pass("never-repaired", "it wasn't repaired lately");
    const done = `${whatWasDone(last) ?? "repaired"} ${agoText(last.endedAt, now)}`;
    const until = last.endedAt + ms;
    return now < until
      ? refuse(
          "cooling-down",
          `${done}; cooldown is ${formatDuration(settings.cooldownSeconds)}, until ${momentText(until, now)}`,
          until,
        )
      : pass("cooled-down", `${done}, over its cooldown of ${formatDuration(settings.cooldownSeconds)}`);
  },
};
