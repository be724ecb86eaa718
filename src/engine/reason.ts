import { BAND_OPERATORS, type EvaluableAlarm, THRESHOLD_OPERATORS } from "./alarm.ts";
import type { AlarmState } from "./alarm-state.ts";
import { javaDouble } from "./java-number.ts";
import type { EvaluatedDatapoint, Judgement } from "./judgement.ts";

/** StateReason of an alarm that was just created. */
export const INITIAL_REASON = "Unchecked: Initial alarm creation";

/** Up to this many points are listed with their times inside the sentence; recorded up to 3, and the other form from 5. */
const INLINE_POINTS = 4;
const RECENT_POINTS = 5;

/**
 * StateReason exactly as CloudWatch words it (recorded texts), for the state that a judgement leads to.
 * Numbers print like Java doubles, times as `dd/MM/yy HH:mm:ss` in UTC, newest first.
 * Texts that were never recorded, by nearest kin: the premature alarm (like any other), fills without a listed point,
 * four listed points.
 */
export function stateReason(alarm: EvaluableAlarm, judgement: Judgement, state: AlarmState): string {
  if (state === "INSUFFICIENT_DATA")
    return `Insufficient Data: ${counted(alarm.evaluationPeriods, "datapoint")} ${wasWere(alarm.evaluationPeriods)} unknown.`;
  const alarming = state === "ALARM";
  const listed = judgement.used.filter((point) => point.breaching === alarming);
  const filled = fillText(alarm, judgement.missing);
  const opening = alarm.comparison.kind === "band" ? "Thresholds Crossed" : "Threshold Crossed";
  if (listed.length === 0 && filled !== undefined)
    return `${opening}: no datapoints were received for ${counted(judgement.missing, "period")} and ${filled}.`;

  const long = listed.length > INLINE_POINTS;
  const many = alarm.datapointsGiven
    ? `${listed.length} out of the last ${alarm.evaluationPeriods} datapoints`
    : counted(listed.length, "datapoint");
  const inline = long ? "" : ` [${listed.map(dated).join(", ")}]`;
  const crossing = `${wasWere(listed.length)} ${comparisonText(alarm, listed, alarming)}`;
  const recent = long
    ? `. The most recent datapoints which crossed the threshold: [${listed.slice(0, RECENT_POINTS).map(dated).join(", ")}]`
    : "";
  const fills = filled === undefined ? "" : ` and ${filled}`;
  return `${opening}: ${many}${inline} ${crossing}${fills}${recent}${minimumText(alarm, alarming) || "."}`;
}

function comparisonText(
  alarm: EvaluableAlarm,
  listed: readonly EvaluatedDatapoint[],
  alarming: boolean,
): string {
  const not = alarming ? "" : "not ";
  const { comparison } = alarm;
  if (comparison.kind === "threshold")
    return `${not}${THRESHOLD_OPERATORS[comparison.operator]} the threshold (${javaDouble(comparison.threshold)})`;
  const bounds = (pick: (point: EvaluatedDatapoint) => number | undefined): string =>
    `[${listed
      .slice(0, RECENT_POINTS)
      .map((point) => javaDouble(pick(point) ?? Number.NaN))
      .join(", ")}]`;
  const sides = BAND_OPERATORS[comparison.operator];
  return [
    ...(sides.lower ? [`${not}less than the lower thresholds ${bounds((point) => point.lower)}`] : []),
    ...(sides.upper ? [`${not}greater than the upper thresholds ${bounds((point) => point.upper)}`] : []),
  ].join(" or ");
}

function minimumText(alarm: EvaluableAlarm, alarming: boolean): string {
  if (!alarm.datapointsGiven) return "";
  const { evaluationPeriods, datapointsToAlarm } = alarm;
  const minimum = alarming ? datapointsToAlarm : evaluationPeriods - datapointsToAlarm + 1;
  const transition = alarming ? "OK -> ALARM" : "ALARM -> OK";
  return ` (minimum ${counted(minimum, "datapoint")} for ${transition} transition).`;
}

function fillText(alarm: EvaluableAlarm, missing: number): string | undefined {
  const { treatMissingData } = alarm;
  if (missing === 0 || treatMissingData === "missing" || treatMissingData === "ignore") return undefined;
  const treatment = treatMissingData === "breaching" ? "Breaching" : "NonBreaching";
  return `${counted(missing, "missing datapoint")} ${wasWere(missing)} treated as [${treatment}]`;
}

function dated(point: EvaluatedDatapoint): string {
  return `${javaDouble(point.value ?? Number.NaN)} (${reasonTime(point.time)})`;
}

/** `dd/MM/yy HH:mm:ss`, UTC; `time` in epoch seconds. */
function reasonTime(time: number): string {
  const [date = "", clock = ""] = new Date(Math.floor(time) * 1000).toISOString().split("T");
  const [year = "", month, day] = date.split("-");
  return `${day}/${month}/${year.slice(2)} ${clock.slice(0, 8)}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function wasWere(count: number): string {
  return count === 1 ? "was" : "were";
}
