// Small things for the tests of this folder.
import { readFileSync } from "node:fs";
import { parseEvents } from "../events/parse-events.ts";
import type { AlarmEvent } from "../model/alarm-event.ts";
import type { Alert, Labels, NotificationLogEntry, Silence } from "../model/alert.ts";
import { parseMatchers } from "../model/matcher.ts";
import type { ChannelConfig, NotificationPolicy, RouteConfig } from "../model/notification-policy.ts";
import type { LogReader } from "./flush.ts";

/** A moment the tests agree on. */
export const NOON = Date.UTC(2026, 10, 1, 12);

/** A route that says only what matters; ids are its place in the tree. */
export interface RouteSketch extends Partial<Omit<RouteConfig, "id" | "matchers" | "routes">> {
  readonly matchers?: string;
  readonly routes?: readonly RouteSketch[];
}

/** A whole route with everything handed down as the configuration does. */
export function routeOf(sketch: RouteSketch, parent?: RouteConfig, id = "{}"): RouteConfig {
  const matchers = sketch.matchers === undefined ? [] : parseMatchers(sketch.matchers);
  if (typeof matchers === "string") throw new Error(matchers);
  const groupWait = sketch.groupWait ?? parent?.groupWait;
  const route: RouteConfig = {
    id,
    matchers,
    channels: sketch.channels ?? parent?.channels ?? ["c"],
    continue: sketch.continue ?? false,
    groupBy: sketch.groupBy ?? parent?.groupBy ?? [],
    ...(groupWait === undefined ? {} : { groupWait }),
    groupInterval: sketch.groupInterval ?? parent?.groupInterval ?? 300,
    repeatInterval: sketch.repeatInterval ?? parent?.repeatInterval ?? 14_400,
    muteTimeIntervals: sketch.muteTimeIntervals ?? [],
    activeTimeIntervals: sketch.activeTimeIntervals ?? [],
    routes: [],
  };
  const routes = (sketch.routes ?? []).map((child, index) =>
    routeOf(child, route, `${id}/{${child.matchers ?? ""}}/${index}`),
  );
  return { ...route, routes };
}

/** A policy with this tree; channels `a`, `b`, `c`, and `quiet`, which wants no recoveries. */
export function policyOf(
  sketch: RouteSketch = {},
  rest: Partial<NotificationPolicy> = {},
): NotificationPolicy {
  const channel = (name: string): ChannelConfig => ({
    name,
    kind: "test",
    options: {},
    secrets: {},
    sendResolved: name !== "quiet",
  });
  const names = ["a", "b", "c", "quiet"];
  return {
    channels: Object.fromEntries(names.map((name) => [name, channel(name)])),
    route: routeOf(sketch),
    inhibitRules: [],
    timeIntervals: {},
    ...rest,
  };
}

/** An alert with these labels, firing since noon. */
export function alertOf(labels: Labels, changes: Partial<Alert> = {}): Alert {
  return {
    fingerprint: JSON.stringify(labels),
    kind: "alarm",
    status: "firing",
    labels,
    startsAt: NOON,
    changedAt: NOON,
    flaps: 0,
    text: { name: labels["alertname"] ?? "alarm", state: "ALARM", contributors: [], children: [], facts: [] },
    ...changes,
  };
}

/** The same alert, recovered at a moment. */
export function recovered(alert: Alert, at: number): Alert {
  return { ...alert, status: "resolved", endsAt: at, changedAt: at, text: { ...alert.text, state: "OK" } };
}

/** A silence of these matchers for an hour from noon. */
export function silenceOf(matchers: string, changes: Partial<Silence> = {}): Silence {
  const parsed = parseMatchers(matchers);
  if (typeof parsed === "string") throw new Error(parsed);
  return {
    id: "s1",
    matchers: parsed,
    startsAt: NOON,
    endsAt: NOON + 3_600_000,
    createdBy: "eva",
    comment: "",
    ...changes,
  };
}

/** A log in memory. */
export class TestLog {
  readonly entries = new Map<string, NotificationLogEntry>();
  readonly read: LogReader = (group, channel) => this.entries.get(`${group}|${channel}`);

  write(entries: readonly NotificationLogEntry[]): void {
    for (const entry of entries) this.entries.set(`${entry.group}|${entry.channel}`, entry);
  }
}

/** The one event in a payload of the fixtures. */
export function payload(name: string): AlarmEvent {
  const file = new URL(`../../test/fixtures/alarm-events/${name}.json`, import.meta.url);
  const [event] = parseEvents(readFileSync(file), NOON).events;
  if (!event) throw new Error(`no event in ${name}`);
  return event;
}
