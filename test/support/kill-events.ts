import type { AlertGroup } from "../../src/model/alert.ts";
import type { Notification } from "../../src/notify/notification.ts";
import { aNotification, recoveryOf } from "./notifications.ts";

/** Sends under way at once in a process that is to be killed. */
export const AT_ONCE = 4;

/** Key of the group of one event: `12/ALARM`. */
export function eventKey(alarm: number, state: "ALARM" | "OK"): string {
  return `${alarm}/${state}`;
}

/** What an event's group becomes when it is flushed. */
export function eventNotification(key: string): Notification {
  const [alarm = "", state] = key.split("/");
  const firing = aNotification(alarm);
  return state === "OK" ? recoveryOf(firing) : firing;
}

/** A group that holds nothing but its key. */
export function eventGroup(key: string, nextFlush: number): AlertGroup {
  return { key, route: "{}", labels: {}, alerts: [], nextFlush, flushed: false };
}
