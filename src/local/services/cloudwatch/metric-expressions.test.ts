import type { GetMetricDataInput, MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";
import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../clock.ts";
import { Cloud } from "../../cloud.ts";
import { metricStoreKey } from "../../metrics/metric-store-key.ts";
import type { StoredMetrics } from "../../metrics/stored-metrics.ts";
import { type AnomalyDetectors, anomalyDetectorsKey } from "./anomaly-detectors.ts";
import { getMetricData } from "./get-metric-data.ts";

const NOW = new Date("2026-11-20T10:00:00Z");
const SECONDS = NOW.getTime() / 1000;

let metrics: StoredMetrics;
let detectors: AnomalyDetectors;

beforeEach(() => {
  const cloud = new Cloud({ clock: new VirtualClock({ start: NOW, host: () => 0 }) });
  metrics = cloud.state(metricStoreKey, "111122223333", "eu-central-1");
  detectors = cloud.state(anomalyDetectorsKey, "111122223333", "eu-central-1");
});

/** Puts values a minute apart, the last one a minute ago; undefined is a gap. */
function put(MetricName: string, values: readonly (number | undefined)[], step = 60): void {
  values.forEach((value, i) => {
    if (value === undefined) return;
    const time = SECONDS - (values.length - i) * step;
    metrics.put({ namespace: "App", metricName: MetricName, dimensions: {} }, "None", [
      { time, count: 1, sum: value, min: value, max: value },
    ]);
  });
}

const metric = (Id: string, Period = 60, ReturnData = false): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: "App", MetricName: Id }, Period, Stat: "Sum" },
  ReturnData,
});

const ask = (MetricDataQueries: MetricDataQuery[], more: Partial<GetMetricDataInput> = {}) =>
  getMetricData(
    { metrics, detectors, now: NOW },
    {
      MetricDataQueries,
      StartTime: new Date(NOW.getTime() - 300_000),
      EndTime: NOW,
      ScanBy: "TimestampAscending",
      ...more,
    },
  );

/** Minutes before now with their values. */
const points = ({ Timestamps = [], Values = [] }: MetricDataResult = {}) =>
  Timestamps.map((time, i) => [(time.getTime() - NOW.getTime()) / 60_000, Values[i]]);

describe("GetMetricData with expressions", () => {
  it("computes them over the metrics of the request, missing operands counting as 0", () => {
    put("a", [1, 2, undefined, 4, 5]);
    put("b", [10, undefined, undefined, 40, 50]);
    const { MetricDataResults } = ask([metric("a"), metric("b"), { Id: "sum", Expression: "a + b" }]);
    expect(MetricDataResults).toHaveLength(1);
    expect(MetricDataResults?.[0]).toMatchObject({ Id: "sum", Label: "sum", StatusCode: "Complete" });
    expect(points(MetricDataResults?.[0])).toEqual([
      [-5, 11],
      [-4, 2],
      [-2, 44],
      [-1, 55],
    ]);
  });

  it("answers queries in their order, whatever refers to what, with labels of their own", () => {
    put("a", [1, 2, 3]);
    const { MetricDataResults } = ask([
      { Id: "e2", Expression: "e1 * 2", Label: "twice" },
      { Id: "e1", Expression: "a + 1" },
      metric("a", 60, true),
    ]);
    expect(MetricDataResults?.map(({ Id, Label, Values }) => [Id, Label, Values])).toEqual([
      ["e2", "twice", [4, 6, 8]],
      ["e1", "e1", [2, 3, 4]],
      ["a", "a", [1, 2, 3]],
    ]);
  });

  it("keeps the first point of a range that begins within a minute", () => {
    put("a", [1, 2, 3]);
    const StartTime = new Date(NOW.getTime() - 150_000);
    expect(
      points(ask([metric("a"), { Id: "e", Expression: "a" }], { StartTime }).MetricDataResults?.[0]),
    ).toEqual([
      [-3, 1],
      [-2, 2],
      [-1, 3],
    ]);
  });

  it("gives a result for each series of an array, and pages through them", () => {
    put("a", [1, 2, 3]);
    put("b", [4, 5, 6]);
    const queries = [metric("a"), metric("b"), { Id: "e", Expression: "METRICS() * 10" }];
    const whole = ask(queries).MetricDataResults ?? [];
    expect(whole.map(({ Id, Label, Values }) => [Id, Label, Values])).toEqual([
      ["e", "e 1", [10, 20, 30]],
      ["e", "e 2", [40, 50, 60]],
    ]);
    const values: number[] = [];
    const codes: unknown[] = [];
    let NextToken: string | undefined;
    do {
      const page = ask(queries, { MaxDatapoints: 2, ...(NextToken !== undefined && { NextToken }) });
      for (const result of page.MetricDataResults ?? []) {
        values.push(...(result.Values ?? []));
        codes.push(result.StatusCode);
      }
      ({ NextToken } = page);
    } while (NextToken !== undefined);
    expect(values).toEqual([10, 20, 30, 40, 50, 60]);
    expect(codes).toEqual(["PartialData", "Complete", "PartialData", "Complete"]);
  });

  it("has a band that is trained on what is stored, and makes its detector", () => {
    put(
      "a",
      Array.from({ length: 3 * 288 }, (_, i) => 50 + 20 * Math.sin((2 * Math.PI * i) / 288)),
      300,
    );
    const query = {
      ...metric("a", 300),
      MetricStat: { ...metric("a", 300).MetricStat, Stat: "Average" },
    } as MetricDataQuery;
    const { MetricDataResults } = ask([query, { Id: "band", Expression: "ANOMALY_DETECTION_BAND(a, 2)" }], {
      StartTime: new Date(NOW.getTime() - 3_600_000),
    });
    const [lower = [], upper = []] = (MetricDataResults ?? []).map(({ Values }) => Values ?? []);
    expect(lower).toHaveLength(12);
    lower.forEach((value, i) => {
      const expected = 50 + 20 * Math.sin((2 * Math.PI * (3 * 288 - 12 + i)) / 288);
      expect(value).toBeLessThan(expected + 2);
      expect(upper[i]).toBeGreaterThan(expected - 2);
    });
    const { AnomalyDetectors: made } = detectors.describe({});
    expect(made?.map(({ MetricName, Stat, StateValue }) => [MetricName, Stat, StateValue])).toEqual([
      ["a", "Average", "TRAINED"],
    ]);
  });
});
