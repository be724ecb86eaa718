import { describe, expect, it } from "vitest";
import { measuredFromReason, operatorFromReason } from "./measured.ts";

describe("what a reason says", () => {
  it.each([
    [
      "Threshold Crossed: 1 datapoint [21.5 (26/02/26 10:13:50)] was greater than the threshold (21.0).",
      { values: [21.5], threshold: 21 },
      "GreaterThanThreshold",
    ],
    [
      "Threshold Crossed: 3 datapoints [2.0 (19/08/26 05:50:00), 3.0 (19/08/26 05:47:00), 1.0E-4 (19/08/26 05:44:00)] were greater than the threshold (0.0).",
      { values: [1e-4, 3, 2], threshold: 0 },
      "GreaterThanThreshold",
    ],
    [
      "Threshold Crossed: 24 datapoints were less than the threshold (0.5). The most recent datapoints which crossed the threshold: [5.0 (19/08/26 05:50:00), 4.0 (19/08/26 05:47:00)].",
      { values: [4, 5], threshold: 0.5 },
      "LessThanThreshold",
    ],
    [
      "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (01/12/25 13:34:00)] was greater than or equal to the threshold (1.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition).",
      { values: [613], threshold: 1 },
      "GreaterThanOrEqualToThreshold",
    ],
    [
      "Thresholds Crossed: 1 out of the last 1 datapoints [0.0 (03/10/19 15:58:00)] was less than the lower thresholds [0.0205] or greater than the upper thresholds [0.3006] (minimum 1 datapoint for OK -> ALARM transition).",
      { values: [0], lower: 0.0205, upper: 0.3006 },
      "LessThanLowerOrGreaterThanUpperThreshold",
    ],
    [
      "Threshold Crossed: 2 datapoints were not greater than the threshold (70.0). The most recent datapoints: [38.958, 40.292].",
      { values: [40.292, 38.958], threshold: 70 },
      "GreaterThanThreshold",
    ],
    [
      "Threshold Crossed: 1 datapoint was less than the threshold (1.0). The most recent datapoint which crossed the threshold: [0.0 (01/12/25 13:34:00)].",
      { values: [0], threshold: 1 },
      "LessThanThreshold",
    ],
    ["Insufficient Data: 5 datapoints were unknown.", undefined, undefined],
    [
      "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].",
      undefined,
      undefined,
    ],
    ["95 out of 150 time series evaluated to ALARM", undefined, undefined],
    ["", undefined, undefined],
  ])("%s", (reason, measured, operator) => {
    expect(measuredFromReason(reason)).toEqual(measured);
    expect(operatorFromReason(reason)).toBe(operator);
  });
});
