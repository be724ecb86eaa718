import { parseDuration } from "../../model/duration.ts";
import type { TimeInterval } from "../../model/notification-policy.ts";
import { REMEDIATE_TAG, REMEDIATE_VALUE } from "../../model/own-tags.ts";
import type { GuardSettings } from "../../model/runbook.ts";
import { didYouMean } from "../../support/suggest.ts";
import { intervalAt } from "../notifications/notification-times.ts";
import { compact, type Reading } from "../reading.ts";
import { tagsAt } from "../selector.ts";
import type { Path } from "../yaml-source.ts";
import { guardsSchema } from "./remediation-schema.ts";

/** Named time intervals of `notifications:`. */
export type NamedIntervals = Readonly<Record<string, readonly TimeInterval[]>>;

/** What guards go by where the configuration says nothing. */
export const DEFAULT_GUARDS: GuardSettings = {
  optIn: { [REMEDIATE_TAG]: { anyOf: [REMEDIATE_VALUE] } },
  cooldownSeconds: 30 * 60,
  attemptsPerDay: 2,
  fleet: { count: 3, percent: 10 },
  oneOfGroup: true,
  hours: [],
  deployments: { codeDeploy: true, tags: {} },
  scheduledEventSeconds: 3600,
  freshSeconds: 10 * 60,
  autoScaling: "refuse",
};

/** `guards:` written at a path over those of a wider place: each key takes the place of the other's, `fleet` and `deployments` part by part. */
export function guardsAt(
  path: Path,
  reading: Reading,
  intervals: NamedIntervals,
  wider: GuardSettings,
): GuardSettings {
  const written = reading.pick(guardsSchema, path) ?? {};
  const seconds = (duration: string | number | undefined): number | undefined =>
    duration === undefined ? undefined : parseDuration(duration);
  return {
    ...wider,
    ...compact({
      optIn: written.optIn && optInAt([...path, "optIn"], reading),
      cooldownSeconds: seconds(written.cooldown),
      attemptsPerDay: written.attemptsPerDay,
      oneOfGroup: written.oneOfGroup,
      hours: written.hours === undefined ? undefined : hoursAt([...path, "hours"], reading, intervals),
      scheduledEventSeconds: seconds(written.scheduledEvent),
      freshSeconds: seconds(written.fresh),
      autoScaling: written.autoScaling,
    }),
    fleet: { ...wider.fleet, ...compact(written.fleet ?? {}) },
    deployments: {
      ...wider.deployments,
      ...compact({
        codeDeploy: written.deployments?.codeDeploy,
        tags: written.deployments?.tags && tagsAt([...path, "deployments", "tags"], reading),
      }),
    },
  };
}

function optInAt(path: Path, reading: Reading): GuardSettings["optIn"] {
  const tags = tagsAt(path, reading);
  if (Object.keys(tags).length === 0)
    reading.error(
      "no-opt-in",
      `optIn names no tag: every instance would be repaired. Leave it out for ${REMEDIATE_TAG}: ${REMEDIATE_VALUE}`,
      path,
    );
  return tags;
}

/** Names of intervals and intervals themselves, one or a list of them. */
function hoursAt(path: Path, reading: Reading, intervals: NamedIntervals): readonly TimeInterval[] {
  const written = reading.raw(path);
  const places = Array.isArray(written) ? written.map((_, index) => [...path, index]) : [path];
  return places.flatMap((place) => {
    const name = reading.raw(place);
    if (typeof name !== "string") return [intervalAt(place, reading)];
    if (Object.hasOwn(intervals, name)) return intervals[name] ?? [];
    const known = Object.keys(intervals);
    const there =
      known.length === 0
        ? " notifications: has no time_intervals: write one here, or there"
        : ` There are: ${known.join(", ")}`;
    const guess = didYouMean(name, known) || there;
    reading.error("unknown-time-interval", `unknown time interval ${JSON.stringify(name)}.${guess}`, place);
    return [];
  });
}
