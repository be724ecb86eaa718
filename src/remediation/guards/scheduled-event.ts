import { formatDuration } from "../../model/duration.ts";
import type { Guard } from "../guard.ts";
import { momentText } from "../times.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("scheduled-event");

/** AWS is about to touch the instance itself. */
export const scheduledEvent: Guard = {
  name: "scheduled-event",
  refuses:
    "An instance for which AWS has scheduled an event that begins within `scheduledEvent` (1 h), or has begun.",
  setting: "scheduledEvent",
  judge({ now, settings, instance: { scheduledEvents } }) {
    const { scheduledEventSeconds } = settings;
    const near = scheduledEvents
      .filter(({ notBefore }) => notBefore - now < scheduledEventSeconds * 1000)
      .sort((a, b) => a.notBefore - b.notBefore)[0];
    if (!near) {
      const [next] = [...scheduledEvents].sort((a, b) => a.notBefore - b.notBefore);
      return next
        ? pass(
            "event-far",
            `its next scheduled event, ${next.code}, begins ${momentText(next.notBefore, now)}`,
          )
        : pass("no-event", "AWS has scheduled nothing for it");
    }
    const what = `AWS has scheduled ${near.code} for it (${near.description})`;
    return near.notBefore <= now
      ? refuse("event-begun", `${what}, from ${momentText(near.notBefore, now)}: it isn't over`)
      : refuse(
          "event-near",
          `${what} in ${formatDuration((near.notBefore - now) / 1000)}, at ${momentText(near.notBefore, now)}`,
        );
  },
};
