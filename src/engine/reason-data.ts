import type { EvaluableAlarm } from "./alarm.ts";
import { javaDouble } from "./java-number.ts";
import type { EvaluatedDatapoint, Judgement } from "./judgement.ts";

/**
 * StateReasonData as CloudWatch records it: one line of JSON, members in its order, doubles with a fraction.
 * `now`: the moment of the evaluation, epoch seconds with milliseconds.
 */
export function stateReasonData(alarm: EvaluableAlarm, judgement: Judgement, now: number): string {
  const { input, comparison, unit } = alarm;
  const oldestFirst = [...judgement.used].reverse();
  const startDate = oldestFirst[0]?.time;
  const list = (pick: (point: EvaluatedDatapoint) => number | undefined): string =>
    `[${oldestFirst.map((point) => javaDouble(pick(point) ?? Number.NaN)).join(",")}]`;
  return object([
    ["version", JSON.stringify("1.0")],
    ["queryDate", isoTime(now)],
    ["startDate", startDate === undefined ? undefined : isoTime(startDate)],
    ["unit", unit === undefined ? undefined : JSON.stringify(unit)],
    ["statistic", input.kind === "metric" ? JSON.stringify(input.statisticName) : undefined],
    ["period", String(alarm.period)],
    ["recentDatapoints", list((point) => point.value)],
    ...(comparison.kind === "threshold"
      ? ([["threshold", javaDouble(comparison.threshold)]] as const)
      : ([
          ["recentLowerThresholds", list((point) => point.lower)],
          ["recentUpperThresholds", list((point) => point.upper)],
        ] as const)),
    ["evaluatedDatapoints", `[${judgement.looked.map(datapoint).join(",")}]`],
  ]);
}

function datapoint(point: EvaluatedDatapoint): string {
  return object([
    ["timestamp", isoTime(point.time)],
    ["sampleCount", point.sampleCount === undefined ? undefined : javaDouble(point.sampleCount)],
    ["value", point.value === undefined ? undefined : javaDouble(point.value)],
  ]);
}

function isoTime(time: number): string {
  return JSON.stringify(alarmTime(time));
}

/** `2026-02-26T10:14:05.123+0000`: how alarms write times in JSON. `time` in epoch seconds. */
export function alarmTime(time: number): string {
  return new Date(Math.round(time * 1000)).toISOString().replace("Z", "+0000");
}

function object(members: readonly (readonly [string, string | undefined])[]): string {
  const present = members.filter(([, text]) => text !== undefined);
  return `{${present.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}
