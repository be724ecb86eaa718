import { begunWithin, repairsOf } from "../earlier-runs.ts";
import type { Guard, GuardQuestion } from "../guard.ts";
import { momentText } from "../times.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("fleet");

const HOUR = 3_600_000;

type FleetQuestion = Pick<GuardQuestion, "now" | "settings" | "earlier">;

/** Whether the number of repairs alone doesn't settle it: then the instances that opted in must be counted. */
export function needsOptedIn({ now, settings, earlier }: FleetQuestion): boolean {
  return (
    settings.fleet.percent > 0 && begunWithin(repairsOf(earlier), HOUR, now).length >= settings.fleet.count
  );
}

/** Many servers in trouble at once have one cause, and rebooting them all isn't its cure. */
export const fleet: Guard = {
  name: "fleet",
  refuses:
    "Repairs beyond `fleet` within an hour in one account and region: 3, or 10 % of the instances that opted in, whichever is more.",
  setting: "fleet",
  judge({ now, settings, earlier, optedIn }) {
    const { count, percent } = settings.fleet;
    const begun = begunWithin(repairsOf(earlier), HOUR, now);
    const share = optedIn === undefined ? 0 : Math.floor((optedIn * percent) / 100);
    const cap = Math.max(count, share);
    const figures = `${begun.length} ${begun.length === 1 ? "repair" : "repairs"} begun here within an hour`;
    const allowed =
      share > count ? `${cap} allowed (${percent} % of ${optedIn} instances)` : `${cap} allowed`;
    if (begun.length < cap) return pass("fleet-calm", `${figures}, ${allowed}`);
    const blocking = [...begun].sort((a, b) => b.createdAt - a.createdAt)[cap - 1];
    if (!blocking) return refuse("no-repairs", "fleet allows no repairs at all");
    const again = blocking.createdAt + HOUR;
    return refuse(
      "fleet-cap",
      `${figures}, ${allowed}; again from ${momentText(again, now)}. Many at once have one cause`,
      again,
    );
  },
};
