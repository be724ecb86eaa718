import type { DesiredAlarm, DesiredAlarms } from "../desired/desired-alarm.ts";
import { type CanonicalAlarm, canonicalAlarm } from "../spec/canonical-alarm.ts";
import { cutText, markIdentity } from "../spec/mark.ts";

/** The desired alarms by everything a live alarm may be recognised by. */
export class DesiredIndex {
  readonly #alarms: ReadonlyMap<string, DesiredAlarm>;
  readonly #byName = new Map<string, DesiredAlarm>();
  /** Identities that a mark holds in another form, by that form. */
  readonly #shortened = new Map<string, DesiredAlarm>();

  constructor(desired: Pick<DesiredAlarms, "alarms">) {
    this.#alarms = desired.alarms;
    for (const alarm of desired.alarms.values()) {
      this.#byName.set(alarm.name, alarm);
      const short = markIdentity(alarm.identity);
      if (short !== alarm.identity) this.#shortened.set(short, alarm);
    }
  }

  /** The alarm of an identity as marks hold it. */
  byIdentity(identity: string): DesiredAlarm | undefined {
    return this.#alarms.get(identity) ?? this.#shortened.get(identity);
  }

  byName(name: string): DesiredAlarm | undefined {
    return this.#byName.get(name);
  }

  /** The same names, but no identity is recognised: every alarm of ours then counts as no longer wanted. */
  namesOnly(): Pick<DesiredIndex, "byIdentity" | "byName"> {
    return { byIdentity: () => undefined, byName: (name) => this.byName(name) };
  }

  all(): Iterable<DesiredAlarm> {
    return this.#alarms.values();
  }
}

/** A desired alarm in canonical form, its description cut to leave room for the mark. */
export function canonicalDesired(desired: Pick<DesiredAlarm, "spec">): CanonicalAlarm {
  const { spec } = desired;
  const { alarmDescription = "" } = spec;
  const text = cutText(alarmDescription);
  return canonicalAlarm(text === alarmDescription ? spec : { ...spec, alarmDescription: text });
}

/** The same alarm looking at another series: every dimension set that is one of the candidates becomes the chosen one. */
export function withSeries(
  desired: DesiredAlarm,
  chosen: NonNullable<DesiredAlarm["candidates"]>[number],
): DesiredAlarm {
  const { spec, candidates = [] } = desired;
  if (spec.kind === "composite") return desired;
  const keys = new Set(candidates.map(seriesKey));
  const choose = <T extends { readonly dimensions?: typeof chosen }>(holder: T): T =>
    holder.dimensions !== undefined && keys.has(seriesKey(holder.dimensions))
      ? { ...holder, dimensions: chosen }
      : holder;
  const metrics = spec.metrics?.map((query) =>
    query.metricStat === undefined ? query : { ...query, metricStat: choose(query.metricStat) },
  );
  const { identity, name, policy, definition, resource, createOnlyIfSeen } = desired;
  return {
    identity,
    name,
    policy,
    definition,
    resource,
    createOnlyIfSeen,
    spec: { ...choose(spec), ...(metrics === undefined ? {} : { metrics }) },
  };
}

/** One text for a dimension set, whatever its order. */
export function seriesKey(dimensions: NonNullable<DesiredAlarm["candidates"]>[number]): string {
  return dimensions
    .map(({ name, value }) => `${name}\u0000${value}`)
    .sort()
    .join("\u0001");
}
