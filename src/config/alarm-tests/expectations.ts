import { parseDuration } from "../../model/duration.ts";
import { didYouMean } from "../../support/suggest.ts";
import { compact, type Reading } from "../reading.ts";
import { asList } from "../schema-parts.ts";
import type { Path } from "../yaml-source.ts";
import type { AlarmExpectations, ExpectedAt } from "./alarm-test-file.ts";
import { expectSchema } from "./alarm-test-schema.ts";

/** What a test expects, at a path. `alarms`: the test's own; where there is one, expectations needn't name it. */
export function expectationsAt(path: Path, alarms: readonly string[], reading: Reading): AlarmExpectations {
  const { shape } = expectSchema;
  const transitions = reading.pick(shape.transitions, [...path, "transitions"]);
  const reasons = reading.pick(shape.reasons, [...path, "reasons"]) ?? [];
  const actions = reading.pick(shape.actions, [...path, "actions"]);
  const each = (
    input: { readonly at: string | number; readonly alarm?: string | undefined },
    place: Path,
  ): ExpectedAt => ({
    time: timeAt([...place, "at"], input.at, reading),
    alarm: alarmAt(input.alarm, place, alarms, reading),
    position: reading.source.position(place),
  });
  return {
    states: statesAt([...path, "at"], alarms, reading),
    ...(transitions && {
      transitions: {
        value: transitions.map(({ from, to, reason, reasonContains, ...input }, index) => ({
          ...each(input, [...path, "transitions", index]),
          ...compact({ from }),
          to,
          reason: compact({ is: reason, contains: reasonContains }),
        })),
        position: reading.position([...path, "transitions"]),
      },
    }),
    reasons: reasons.map(({ reason, reasonContains, ...input }, index) => ({
      ...each(input, [...path, "reasons", index]),
      reason: compact({ is: reason, contains: reasonContains }),
    })),
    ...(actions && {
      actions: {
        value: actions.map(({ state, to, ...input }, index) => ({
          ...each(input, [...path, "actions", index]),
          ...compact({ state, to: to === undefined ? undefined : asList(to) }),
        })),
        position: reading.position([...path, "actions"]),
      },
    }),
  };
}

function statesAt(path: Path, alarms: readonly string[], reading: Reading): AlarmExpectations["states"] {
  const input = reading.pick(expectSchema.shape.at, path) ?? {};
  return Object.entries(input).flatMap(([written, expected]) => {
    const place = [...path, written];
    const time = timeAt(place, written, reading, "key");
    if (typeof expected === "string")
      return [
        {
          time,
          alarm: alarmAt(undefined, place, alarms, reading),
          state: expected,
          position: reading.position(place),
        },
      ];
    return Object.entries(expected).map(([alarm, state]) => ({
      time,
      alarm: alarmAt(alarm, [...place, alarm], alarms, reading),
      state,
      position: reading.position([...place, alarm]),
    }));
  });
}

/** Seconds since the first point. */
export function timeAt(
  path: Path,
  written: string | number,
  reading: Reading,
  aim?: "key" | "value",
): number {
  const seconds = parseDuration(written);
  if (seconds !== undefined) return seconds;
  const message = `${JSON.stringify(written)} is no time since the first point: write 15m, 1h30m or 0`;
  reading.error("bad-time", message, path, aim);
  return 0;
}

function alarmAt(alarm: string | undefined, path: Path, alarms: readonly string[], reading: Reading): string {
  if (alarm !== undefined) {
    if (!alarms.includes(alarm))
      reading.error("unknown-alarm", `the test has no alarm "${alarm}".${didYouMean(alarm, alarms)}`, path);
    return alarm;
  }
  if (alarms.length > 1)
    reading.error("which-alarm", `the test has several alarms: say which of ${alarms.join(", ")}`, path);
  return alarms[0] ?? "";
}
