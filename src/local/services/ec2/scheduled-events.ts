import type { InstanceStatusEvent } from "@aws-sdk/client-ec2";
import type { Cloud } from "../../cloud.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Instance } from "../../fleet/instance.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import type { ScheduledEvent } from "../../fleet/scheduled-event.ts";
import { EVENT_CODES, type EventCode } from "../../fleet/scheduled-event.ts";
import { rebootGuest } from "../../guest/guest.ts";
import { stopInstance } from "./power.ts";

/** AWS shows what is over for about a week. */
const SHOWN_AFTER = 7 * 86_400_000;
const DEFAULT_WINDOW = 2 * 3_600_000;

/** Plans an event of an instance, from and to when (milliseconds); it comes to pass at the beginning of its window. */
export function scheduleEvent(
  cloud: Cloud,
  fleet: Fleet,
  instance: Instance,
  code: EventCode,
  { from, until = from + DEFAULT_WINDOW }: { readonly from: number; readonly until?: number | undefined },
): void {
  const event: ScheduledEvent = { id: fleet.newId("instance-event"), code, from, until };
  instance.events = [...instance.events, event];
  if (from > cloud.clock.time())
    cloud.clock.at(from, () => {
      if (instance.events.includes(event)) happen(instance, event, from);
    });
}

/** Calls off what is still to come. */
export function cancelEvents(instance: Instance, now: number): void {
  instance.events = instance.events.filter(({ from }) => from <= now);
}

/** Events as DescribeInstanceStatus shows them. */
export function eventsOf({ events }: Instance, now: number): InstanceStatusEvent[] {
  return events
    .filter(({ until }) => now < until + SHOWN_AFTER)
    .map(({ id, code, from, until }) => ({
      InstanceEventId: id,
      Code: code,
      Description: `${now >= until ? "[Completed] " : ""}${EVENT_CODES[code]}`,
      NotBefore: new Date(from),
      NotAfter: new Date(until),
    }));
}

function happen(instance: Instance, { code }: ScheduledEvent, now: number): void {
  if (stateAt(instance.phase, now) !== "running") return;
  if (code === "instance-reboot" || code === "system-reboot") rebootGuest(instance, now);
  if (code === "instance-retirement" || code === "instance-stop") {
    instance.stopProtected = false;
    stopInstance(instance, now);
  }
}
