import { beforeEach, expect, it } from "vitest";
import { Cloud } from "../../cloud.ts";
import { AnomalyDetectors } from "./anomaly-detectors.ts";

let detectors: AnomalyDetectors;

beforeEach(() => {
  detectors = new AnomalyDetectors(new Cloud());
});

const single = (MetricName: string, Stat = "Average") => ({
  SingleMetricAnomalyDetector: { Namespace: "N", MetricName, Stat },
});

it("keeps a model per metric and statistic, shown as recorded from CloudWatch", () => {
  const first = detectors.put(single("M"));
  const { AnomalyDetectors: [shown] = [] } = detectors.describe({ Namespace: "N" });
  expect(shown).toEqual({
    AnomalyDetectorId: first.AnomalyDetectorId,
    Namespace: "N",
    MetricName: "M",
    Dimensions: [],
    Stat: "Average",
    SingleMetricAnomalyDetector: { Namespace: "N", MetricName: "M", Dimensions: [], Stat: "Average" },
    Configuration: { ExcludedTimeRanges: [] },
    StateValue: "PENDING_TRAINING",
  });
  expect(detectors.put({ ...single("M"), Configuration: { MetricTimezone: "UTC" } })).toEqual(first);
  detectors.put(single("M", "p90"));
  detectors.put({ Namespace: "N", MetricName: "M", Stat: "Sum", Dimensions: [] });
  expect(detectors.size).toBe(3);
});

it("pages, filters and deletes", () => {
  for (let i = 0; i < 5; i += 1) detectors.put(single(`M${i}`));
  detectors.put({
    MetricMathAnomalyDetector: {
      MetricDataQueries: [
        { Id: "m1", MetricStat: { Metric: { Namespace: "N", MetricName: "M1" }, Period: 300, Stat: "Sum" } },
        { Id: "e1", Expression: "m1 * 2" },
      ],
    },
  });
  const names = (page: ReturnType<AnomalyDetectors["describe"]>) =>
    page.AnomalyDetectors?.map(({ MetricName }) => MetricName);
  const page = detectors.describe({ MaxResults: 3 });
  expect(names(page)).toEqual(["M0", "M1", "M2"]);
  const { NextToken } = page;
  expect(names(detectors.describe({ MaxResults: 3, NextToken }))).toEqual(["M3", "M4"]);
  expect(() => detectors.describe({ Namespace: "N", NextToken })).toThrow(/NextToken/);
  expect(
    detectors.describe({ MetricName: "M1", AnomalyDetectorTypes: ["METRIC_MATH"] }).AnomalyDetectors,
  ).toHaveLength(1);
  detectors.delete(single("M3"));
  expect(() => detectors.delete(single("M3"))).toThrow(/No anomaly detector/);
  const { AnomalyDetectors: [first] = [] } = detectors.describe({});
  detectors.delete({ AnomalyDetectorId: first?.AnomalyDetectorId });
  expect(names(detectors.describe({}))).toEqual(["M1", "M2", "M4"]);
});

it("refuses what CloudWatch refuses", () => {
  expect(() => detectors.put({})).toThrow("The parameter Namespace is required.");
  expect(() => detectors.put({ ...single("M"), Stat: "Sum" })).toThrow(/mutually exclusive/);
  expect(() => detectors.put(single("M", "Median"))).toThrow(/Median/);
  expect(() => detectors.describe({ MaxResults: 101 })).toThrow(/101/);
  const time = new Date(0);
  expect(() =>
    detectors.put({
      ...single("M"),
      Configuration: { ExcludedTimeRanges: [{ StartTime: time, EndTime: time }] },
    }),
  ).toThrow(/StartTime must be less/);
});

it("holds 500 models a region; evaluating a band makes them until then", () => {
  for (let i = 0; i < 499; i += 1) detectors.put(single(`M${i}`));
  expect(detectors.obtain({ Namespace: "N", MetricName: "more", Stat: "Sum" })).toMatchObject({
    Stat: "Sum",
  });
  expect(detectors.obtain({ Namespace: "N", MetricName: "too many", Stat: "Sum" })).toBeUndefined();
  expect(() => detectors.put(single("too many"))).toThrow(/500/);
  detectors.put(single("M7"));
});
