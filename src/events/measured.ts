import type { MeasuredValues } from "../model/alarm-event.ts";
import type { ComparisonOperator } from "../model/alarm-spec.ts";
import { compact, type Fields, listOf, member, numberIn, textIn } from "./fields.ts";

const NUMBER = /-?\d+(?:\.\d+)?(?:E[+-]?\d+)?/i;

/**
 * Datapoints and threshold out of a state's reason, the only place where SNS messages have them. The words are CloudWatch's:
 * `Threshold Crossed: 2 out of the last 4 datapoints [12.0 (01/11/26 10:00:00), 11.0 (...)] were greater than the threshold (10.7) ...`,
 * or with `The most recent datapoints which crossed the threshold: [...]`; newest first. Values here are oldest first.
 */
export function measuredFromReason(reason: string): MeasuredValues | undefined {
  const list =
    /The most recent datapoints?[^[:]*: \[([^\]]*)\]/.exec(reason)?.[1] ??
    /datapoints? \[([^\]]*)\]/.exec(reason)?.[1];
  const values = numbersIn(list).reverse();
  if (values.length === 0) return undefined;
  const threshold = numbersIn(/the threshold \(([^)]*)\)/.exec(reason)?.[1])[0];
  const lower = numbersIn(/lower thresholds? \[([^\]]*)\]/.exec(reason)?.[1])[0];
  const upper = numbersIn(/upper thresholds? \[([^\]]*)\]/.exec(reason)?.[1])[0];
  return { values, ...compact({ threshold, lower, upper }) };
}

/** The same from `reasonData`, which EventBridge and Lambda events have. */
export function measuredFromData(data: Fields | undefined): MeasuredValues | undefined {
  const values = numericList(member(data, "recentDatapoints"));
  if (values.length === 0) return undefined;
  const lower = numericList(member(data, "recentLowerThresholds")).at(-1);
  const upper = numericList(member(data, "recentUpperThresholds")).at(-1);
  return {
    values,
    ...compact({ threshold: numberIn(data, "threshold"), lower, upper, unit: textIn(data, "unit") }),
  };
}

const OPERATORS: readonly (readonly [RegExp, ComparisonOperator])[] = [
  [/ greater than or equal to the threshold/, "GreaterThanOrEqualToThreshold"],
  [/ greater than the threshold/, "GreaterThanThreshold"],
  [/ less than or equal to the threshold/, "LessThanOrEqualToThreshold"],
  [/ less than the threshold/, "LessThanThreshold"],
  [
    / less than the lower thresholds?[^[]*\[[^\]]*\] or (?:not )?greater than the upper/,
    "LessThanLowerOrGreaterThanUpperThreshold",
  ],
  [/ greater than the upper threshold/, "GreaterThanUpperThreshold"],
  [/ less than the lower threshold/, "LessThanLowerThreshold"],
];

/** The alarm's comparison as its reason words it. */
export function operatorFromReason(reason: string): ComparisonOperator | undefined {
  return OPERATORS.find(([pattern]) => pattern.test(reason))?.[1];
}

function numbersIn(list: string | undefined): number[] {
  return (list ?? "").split(",").flatMap((part) => {
    const match = NUMBER.exec(part.replace(/\(.*/, ""));
    return match ? [Number(match[0])] : [];
  });
}

function numericList(value: unknown): number[] {
  return listOf(value).filter(
    (entry): entry is number => typeof entry === "number" && Number.isFinite(entry),
  );
}
