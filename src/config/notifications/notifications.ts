// What `notifications:` says: channels, routes, times, and where alarms are heard. This file: all of it together.
import type { Matcher } from "../../model/alert.ts";
import { parseDuration } from "../../model/duration.ts";
import { formatMatcher, parseMatchers } from "../../model/matcher.ts";
import type {
  ChannelConfig,
  InhibitRule,
  NotificationPolicy,
  RouteConfig,
} from "../../model/notification-policy.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { ConfigRegistries } from "../registries.ts";
import type { Path } from "../yaml-source.ts";
import { labelProblem } from "./label-problem.ts";
import { channelsFrom } from "./notification-channels.ts";
import { listenFrom } from "./notification-listen.ts";
import { timeIntervalsFrom } from "./notification-times.ts";
import { notificationsSchema, routeFields } from "./notifications-schema.ts";
import type { Places } from "./queue-place.ts";

/** Alertmanager's defaults, in seconds. group_wait has its own where it is used: it depends on the alert. */
const GROUP_INTERVAL = 5 * 60;
const REPEAT_INTERVAL = 4 * 3600;

/** What a route takes over from the one above it. */
type Inherited = Pick<RouteConfig, "channels" | "groupBy" | "groupWait" | "groupInterval" | "repeatInterval">;

interface RouteContext {
  readonly reading: Reading;
  /** Channel keys by channel or receiver. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  readonly intervals: readonly string[];
  readonly labels: ConfigRegistries["labels"];
}

/** `notifications:`, checked as a whole: every name leads somewhere, and the tree to at least one channel. */
export function notificationsFrom(
  reading: Reading,
  registries: ConfigRegistries,
  places: Places,
): NotificationPolicy | undefined {
  if (reading.raw(["notifications"]) === undefined) return undefined;
  const channels = channelsFrom(reading, registries.channels ?? {});
  const timeIntervals = timeIntervalsFrom(reading);
  const { labels } = registries;
  const context = { reading, targets: targetsFrom(reading), intervals: Object.keys(timeIntervals), labels };
  const root = ["notifications", "route"];
  checkRoot(root, reading);
  const route = routeAt(root, "{}", [], undefined, context);
  checkReach(route, root, channels, reading);
  const listen = listenFrom(reading, places);
  return {
    ...(listen === undefined ? {} : { listen }),
    channels,
    route,
    inhibitRules: inhibitRulesFrom(context),
    timeIntervals,
  };
}

/** Channels and receivers share their names. */
function targetsFrom(reading: Reading): ReadonlyMap<string, readonly string[]> {
  const keys = reading.keys(["notifications", "channels"]);
  const targets = new Map<string, readonly string[]>(keys.map((key) => [key, [key]]));
  const { receivers } = notificationsSchema.shape;
  for (const name of reading.keys(["notifications", "receivers"])) {
    const path = ["notifications", "receivers", name];
    if (keys.includes(name)) {
      const message = `"${name}" is a channel already: give the receiver another name`;
      reading.error("duplicate-receiver", message, path, "key");
      continue;
    }
    const members = reading.pick(receivers.unwrap().valueType, path) ?? [];
    for (const [index, member] of members.entries())
      if (!keys.includes(member)) unknownName("channel", member, keys, [...path, index], reading);
    targets.set(
      name,
      members.filter((member) => keys.includes(member)),
    );
  }
  return targets;
}

function unknownName(
  what: string,
  name: string,
  known: readonly string[],
  path: Path,
  reading: Reading,
): void {
  const there = known.length === 0 ? " There is none yet" : ` There are: ${known.join(", ")}`;
  const remedy = didYouMean(name, known) || there;
  reading.error(`unknown-${what}`, `unknown ${what} ${JSON.stringify(name)}.${remedy}`, path);
}

function routeAt(
  path: Path,
  id: string,
  matchers: readonly Matcher[],
  parent: Inherited | undefined,
  context: RouteContext,
): RouteConfig {
  const { reading } = context;
  const groupWait = secondsAt("group_wait", path, reading, true) ?? parent?.groupWait;
  const own: Inherited = {
    channels: receiverAt([...path, "receiver"], context) ?? parent?.channels ?? [],
    groupBy: groupByAt([...path, "group_by"], context) ?? parent?.groupBy ?? [],
    ...(groupWait === undefined ? {} : { groupWait }),
    groupInterval: secondsAt("group_interval", path, reading) ?? parent?.groupInterval ?? GROUP_INTERVAL,
    repeatInterval: secondsAt("repeat_interval", path, reading) ?? parent?.repeatInterval ?? REPEAT_INTERVAL,
  };
  const routes = Array.from({ length: reading.length([...path, "routes"]) }, (_, index) => {
    const place = [...path, "routes", index];
    const found = matchersAt([...place, "matchers"], context);
    return routeAt(place, `${id}/{${found.map(formatMatcher).join(",")}}/${index}`, found, own, context);
  });
  return {
    id,
    matchers,
    ...own,
    continue: reading.pick(routeFields.continue, [...path, "continue"]) ?? false,
    muteTimeIntervals: intervalsAt("mute_time_intervals", path, context),
    activeTimeIntervals: intervalsAt("active_time_intervals", path, context),
    routes,
    position: reading.source.position(path),
  };
}

function receiverAt(path: Path, { reading, targets }: RouteContext): readonly string[] | undefined {
  const written = reading.pick(routeFields.receiver, path);
  if (written === undefined) return undefined;
  const names = typeof written === "string" ? [written] : written;
  const channels = names.flatMap((name, index) => {
    const found = targets.get(name);
    if (!found)
      unknownName(
        "receiver",
        name,
        [...targets.keys()],
        typeof written === "string" ? path : [...path, index],
        reading,
      );
    return found ?? [];
  });
  return [...new Set(channels)];
}

function groupByAt(path: Path, { reading, labels: known }: RouteContext): RouteConfig["groupBy"] | undefined {
  if (reading.pick(routeFields.group_by, path) === undefined) return undefined;
  const labels = reading.texts(path);
  if (labels.includes("...")) {
    if (labels.length === 1) return "all";
    reading.error("bad-value", 'group_by has "..." for all labels and others besides: leave one out', path);
  }
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) reading.error("bad-value", `group_by has ${JSON.stringify(twice)} twice`, path);
  warnOfLabels(labels, path, reading, known);
  return [...new Set(labels)].sort();
}

function secondsAt(
  key: "group_wait" | "group_interval" | "repeat_interval",
  path: Path,
  reading: Reading,
  mayBeZero = false,
): number | undefined {
  const written = reading.pick(routeFields[key], [...path, key]);
  const seconds = written === undefined ? undefined : parseDuration(written);
  if (seconds === 0 && !mayBeZero) reading.error("bad-value", `${key} must be more than 0`, [...path, key]);
  return seconds;
}

function intervalsAt(
  key: "mute_time_intervals" | "active_time_intervals",
  path: Path,
  { reading, intervals }: RouteContext,
): readonly string[] {
  const place = [...path, key];
  if (reading.pick(routeFields[key], place) === undefined) return [];
  const names = reading.texts(place);
  for (const [index, name] of names.entries())
    if (!intervals.includes(name))
      unknownName(
        "time-interval",
        name,
        intervals,
        Array.isArray(reading.raw(place)) ? [...place, index] : place,
        reading,
      );
  return names;
}

function matchersAt(
  path: Path,
  { reading, labels }: Pick<RouteContext, "reading" | "labels">,
): readonly Matcher[] {
  if (reading.pick(routeFields.matchers, path) === undefined) return [];
  return reading.texts(path).flatMap((written, index) => {
    const found = parseMatchers(written);
    const place = Array.isArray(reading.raw(path)) ? [...path, index] : path;
    if (typeof found !== "string") {
      warnOfLabels(
        found.map(({ name }) => name),
        place,
        reading,
        labels,
      );
      return found;
    }
    reading.error("bad-matcher", `this matcher ${found}`.replace(/^this matcher (?=")/, ""), place);
    return [];
  });
}

/** A warning: a route tree that was taken over may speak of labels of other systems. */
function warnOfLabels(
  names: readonly string[],
  path: Path,
  reading: Reading,
  known: ConfigRegistries["labels"],
): void {
  if (!known) return;
  for (const name of names) {
    const problem = labelProblem(name, known);
    if (problem !== undefined) reading.warn("unknown-label", problem, path);
  }
}

function inhibitRulesFrom(context: Pick<RouteContext, "reading" | "labels">): readonly InhibitRule[] {
  const { reading, labels } = context;
  const base = ["notifications", "inhibit_rules"];
  return Array.from({ length: reading.length(base) }, (_, index) => {
    const path = [...base, index];
    const equal = reading.texts([...path, "equal"]);
    warnOfLabels(equal, [...path, "equal"], reading, labels);
    return {
      source: matchersAt([...path, "source_matchers"], context),
      target: matchersAt([...path, "target_matchers"], context),
      equal,
    };
  });
}

/** The root takes every alert at any time: what would keep some out stands in the routes below it. */
function checkRoot(path: Path, reading: Reading): void {
  for (const key of ["matchers", "continue", "mute_time_intervals", "active_time_intervals"] as const)
    if (reading.raw([...path, key]) !== undefined)
      reading.error(
        "bad-route",
        `the root route can't have ${key}, every alert comes in through it: put it into one of its routes`,
        [...path, key],
        "key",
      );
}

function checkReach(
  root: RouteConfig,
  path: Path,
  channels: Readonly<Record<string, ChannelConfig>>,
  reading: Reading,
): void {
  const reached = new Set<string>();
  const visit = (route: RouteConfig): void => {
    for (const channel of route.channels) reached.add(channel);
    for (const child of route.routes) visit(child);
  };
  visit(root);
  const receiver = reading.raw([...path, "receiver"]);
  const written = reading.raw(path);
  // That it is missing, or a receiver misspelt, is told already.
  if (written === undefined) return;
  if (reading.diagnostics.some(({ code }) => code === "unknown-receiver" || code === "unknown-channel"))
    return;
  if (reached.size === 0 && typeof written === "object" && written !== null) {
    const why = receiver === undefined ? "it has no receiver" : "its receivers lead to none";
    reading.error(
      "no-channel",
      `the route tree reaches no channel, nobody would be told of anything: ${why}`,
      path,
      "key",
    );
    return;
  }
  if (root.channels.length === 0)
    reading.warn(
      "no-channel",
      "the root route has no receiver: alerts that match none of its routes are told to nobody",
      path,
      "key",
    );
  const paged = new Set(
    reading
      .keys(["remediation", "runbooks"])
      .flatMap((name) => reading.texts(["remediation", "runbooks", name, "page"])),
  );
  for (const channel of Object.values(channels))
    if (!reached.has(channel.name) && !paged.has(channel.name))
      reading.warn(
        "unused-channel",
        `no route leads to channel "${channel.name}"`,
        ["notifications", "channels", channel.name],
        "key",
      );
}
