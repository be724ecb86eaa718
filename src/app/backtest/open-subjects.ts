import { type OpenedAlarm, openAlarm } from "../../engine/not-evaluated.ts";
import { resolveOptions } from "../../engine/options.ts";
import type { AlarmResult } from "./backtest-result.ts";
import { notReplayed, type Replay } from "./replay.ts";
import type { TestedAlarm, TestedMetricAlarm } from "./tested-alarm.ts";

/** An alarm that can be replayed. */
export interface OpenSubject {
  readonly subject: TestedMetricAlarm;
  readonly opened: OpenedAlarm;
}

/** Checks metric alarms; those that can't be evaluated offline come with the reason. */
export function openSubjects(alarms: readonly TestedAlarm[]): {
  readonly open: readonly OpenSubject[];
  readonly refused: readonly { readonly subject: TestedMetricAlarm; readonly replay: Replay }[];
} {
  const options = resolveOptions();
  const open: OpenSubject[] = [];
  const refused: { subject: TestedMetricAlarm; replay: Replay }[] = [];
  for (const subject of alarms) {
    if (subject.kind !== "metric") continue;
    const opened = openAlarm(subject.alarm, "INSUFFICIENT_DATA", options);
    if (opened.status === "open") open.push({ subject, opened });
    else
      refused.push({ subject, replay: notReplayed(opened.code, withoutName(opened.reason, subject.name)) });
  }
  return { open, refused };
}

/** The reasons of the engine begin with the alarm's name, which stands beside them already. */
export function withoutName(reason: string, name: string): string {
  return reason.startsWith(`${name}: `) ? reason.slice(name.length + 2) : reason;
}

/** A replay as it is told. */
export function resultOf(
  subject: Pick<TestedAlarm, "name" | "label" | "condition">,
  replay: Replay,
  place: AlarmResult["place"],
  label = subject.label,
): AlarmResult {
  const untested = replay.untested && {
    ...replay.untested,
    reason: withoutName(replay.untested.reason, subject.name),
  };
  return { name: subject.name, label, place, condition: subject.condition, tested: replay.tested, untested };
}
