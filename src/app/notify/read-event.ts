import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseEvents } from "../../events/parse-events.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import { isMeantAsJson, jsonFault } from "../../support/json-fault.ts";

/**
 * The events in a file, in any form that an event may arrive in, or a text, which is a notice; `now` in ms. Fails with `no-event` when there
 * is none, and with `broken-json` for what somebody who tries an event has mistyped: a delivery is told as it is, whatever it is.
 */
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
  refuseBroken(bytes, file);
  const { events, problems } = parseEvents(bytes, now);
  const [problem] = problems;
  if (events.length === 0)
    throw new WatchkeeperError("no-event", `${file}: ${problem?.message ?? "the file holds no event"}`, {
      remedy: "give an event as SNS, SQS or EventBridge delivers it",
    });
  return events;
}

function refuseBroken(bytes: Uint8Array, file: string): void {
  const text = new TextDecoder().decode(bytes);
  if (!isMeantAsJson(text)) return;
  const fault = jsonFault(text);
  if (!fault) return;
  const { line, column, message } = fault;
  throw new WatchkeeperError("broken-json", `${file}:${line}:${column}  this isn't JSON: ${message}`, {
    remedy: "mend it; a text for people may begin with anything but { or a list of JSON",
  });
}
