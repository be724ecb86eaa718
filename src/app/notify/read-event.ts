import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEvents } from "../../events/parse-events.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";

/** The events in a file, in any form that an event may arrive in; `now` in ms. Fails with `no-event` when there is none. */
export function readEvents(file: string, cwd: string, now: number): readonly AlarmEvent[] {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(resolve(cwd, file));
  } catch (error) {
    throw new WatchkeeperError("no-event", `${file} can't be read: ${messageOf(error)}`, {
      remedy: "name a file that holds an event as SNS, SQS or EventBridge delivers it",
      cause: error,
    });
  }
  const { events, problems } = parseEvents(bytes, now);
  const [problem] = problems;
  if (events.length === 0)
    throw new WatchkeeperError("no-event", `${file}: ${problem?.message ?? "the file holds no event"}`, {
      remedy: "give an event as SNS, SQS or EventBridge delivers it",
    });
  return events;
}
