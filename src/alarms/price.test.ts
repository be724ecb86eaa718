import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmSpec, MetricDataQuery } from "../model/alarm-spec.ts";
import { type PricedAlarm, priceOfRecord, priceOfSpec } from "./price.ts";

const common = {
  alarmName: "a",
  actionsEnabled: true,
  okActions: [],
  alarmActions: [],
  insufficientDataActions: [],
} as const;
const metric = (more: {
  readonly period?: number;
  readonly metrics?: readonly MetricDataQuery[];
}): AlarmSpec => ({
  kind: "metric",
  ...common,
  evaluationPeriods: 1,
  comparisonOperator: "GreaterThanThreshold",
  ...more,
});
const query = (id: string, period = 60): MetricDataQuery => ({
  id,
  metricStat: { namespace: "n", metricName: id, dimensions: [], period, stat: "Sum" },
});
const record = (spec: AlarmSpec): PricedAlarm =>
  spec.kind === "composite"
    ? { AlarmRule: spec.alarmRule }
    : {
        Period: spec.period,
        Metrics: spec.metrics?.map(({ metricStat, expression, period }) => ({
          MetricStat: metricStat && { Period: metricStat.period },
          Expression: expression,
          Period: period,
        })),
      };

describe("prices", () => {
  it.each<[string, AlarmSpec, number]>([
    ["standard", metric({ period: 60 }), 0.1],
    ["high resolution", metric({ period: 30 }), 0.3],
    [
      "math by its metrics",
      metric({
        metrics: [query("a"), query("b"), { id: "e", expression: "a + b" }, { id: "f", expression: "e * 2" }],
      }),
      0.2,
    ],
    [
      "high-resolution math",
      metric({ metrics: [query("a", 10), query("b", 10), { id: "e", expression: "a + b" }] }),
      0.6,
    ],
    [
      "band: metric and two bounds",
      metric({ metrics: [query("a"), { id: "ad1", expression: "ANOMALY_DETECTION_BAND(a, 2)" }] }),
      0.3,
    ],
    [
      "insights, one at least",
      metric({ metrics: [{ id: "q", expression: "SELECT AVG(x) FROM y", period: 60 }] }),
      0.1,
    ],
    ["composite", { kind: "composite", ...common, alarmRule: "ALARM(a) OR ALARM(b)" }, 0.5],
  ])("%s", (_, spec, price) => {
    expect(priceOfSpec(spec)).toBe(price);
    expect(priceOfRecord(record(spec))).toBe(price);
  });

  it("grow with every metric", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), fc.boolean(), (count, banded) => {
        const metrics = Array.from({ length: count }, (_, i) => query(`m${i}`));
        const all = banded ? [...metrics, { id: "ad1", expression: "ANOMALY_DETECTION_BAND(m0)" }] : metrics;
        expect(priceOfSpec(metric({ metrics: all }))).toBeCloseTo((count + (banded ? 2 : 0)) / 10, 10);
      }),
    );
  });
});
