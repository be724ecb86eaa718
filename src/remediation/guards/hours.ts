import { intervalContains } from "../../model/time-interval.ts";
import type { Guard } from "../guard.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("hours");

/** Repairs begin at these times only. */
export const hours: Guard = {
  name: "hours",
  refuses: "Times outside `hours`; by default there are none outside.",
  setting: "hours",
  judge({ now, settings }) {
    if (settings.hours.length === 0) return pass("always", "it may be repaired at any hour");
    if (settings.hours.some((interval) => intervalContains(interval, now)))
      return pass("within-hours", `${wallClock(now, settings.hours[0]?.location)} is within its hours`);
    const places = [...new Set(settings.hours.map(({ location }) => location))];
    const times = places.map((place) => wallClock(now, place)).join(", ");
    return refuse("outside-hours", `${times} is outside the hours in which it may be repaired`);
  },
};

/** `Saturday 03:12 in Europe/Prague` */
function wallClock(at: number, location = "UTC"): string {
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone: location,
    weekday: "long",
    hour: "2-digit",
    minute: "2-digit",
  }).format(at);
  return location === "UTC" ? `${text} UTC` : `${text} in ${location}`;
}
