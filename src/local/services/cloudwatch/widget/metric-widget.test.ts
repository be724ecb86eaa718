import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AwsError } from "../../../aws-error.ts";
import { parseMetricWidget } from "./metric-widget.ts";

const NOW = Date.UTC(2026, 10, 20, 12) / 1000;
const HOUR = 3600;
const A = ["Acme", "a", "Host", "web-1"];

const parse = (widget: unknown) => parseMetricWidget(JSON.stringify(widget), NOW, "eu-central-1");

describe("a metric widget", () => {
  it("has CloudWatch's defaults", () => {
    const { metrics, axes, ...rest } = parse({ metrics: [A] });
    expect(rest).toEqual({
      ...{ width: 600, height: 400, title: undefined, theme: "light", legend: true, offset: 0 },
      ...{ start: NOW - 3 * HOUR, end: NOW, valueMarks: [], timeMarks: [] },
    });
    expect(axes.left).toEqual({ label: undefined, min: undefined, max: undefined, units: true });
    expect(metrics[0]?.query.MetricStat).toMatchObject({ Period: 300, Stat: "Average" });
  });

  it.each([
    ["-PT30M", 0.5],
    ["-P1D", 24],
    ["-P1DT2H", 26],
    ["-P2W", 336],
    ["2026-11-20T11:00:00Z", 1],
    ["2026-11-20T11:00:00", 1],
    ["2026-11-20T11:00:00.000+0100", 2],
    ["2026-11-20", 12],
  ])("begins at %s", (start, hours) => {
    expect((NOW - parse({ metrics: [A], start }).start) / HOUR).toBe(hours);
  });

  it.each(["-P", "-PT", "PT-3H", "3 hours", "2026-13-41", "2026-11-20T25:00:00Z", ""])(
    "can't begin at %j",
    (start) => {
      expect(() => parse({ metrics: [A], start })).toThrow(/start must be a time like/);
    },
  );

  it("has offsets in minutes", () => {
    const offsets = ["+0000", "+0130", "-0330"].map((timezone) => parse({ metrics: [A], timezone }).offset);
    expect(offsets).toEqual([0, 90, -210]);
  });

  it("fills in the short forms", () => {
    const { metrics } = parse({
      metrics: [
        A,
        ["...", "web-2"],
        [".", "b", "...", { stat: "p99" }],
        [{ expression: "1" }],
        ["...", "web-3"],
      ],
    });
    const named = metrics.flatMap(({ query: { MetricStat } }) =>
      MetricStat
        ? [`${MetricStat.Metric?.MetricName} ${MetricStat.Metric?.Dimensions?.[0]?.Value} ${MetricStat.Stat}`]
        : [],
    );
    expect(named).toEqual(["a web-1 Average", "a web-2 Average", "b web-2 p99", "b web-3 Average"]);
  });

  it("is read or refused in words, whatever it is", () => {
    const word = fc.constantFrom("Acme", "a", ".", "...", "Host", "");
    const options = fc.record(
      {
        id: fc.string(),
        stat: fc.string(),
        period: fc.double(),
        color: fc.string(),
        expression: fc.string(),
      },
      { requiredKeys: [] },
    );
    const row = fc.oneof(fc.array(fc.oneof(word, options), { maxLength: 6 }), fc.jsonValue());
    const value = fc.oneof(fc.jsonValue(), fc.string(), fc.integer());
    const widget = fc.record(
      {
        ...{
          metrics: fc.array(row, { maxLength: 4 }),
          annotations: value,
          yAxis: value,
          start: value,
          end: value,
        },
        ...{ width: value, height: value, period: value, timezone: value, legend: value, title: value },
      },
      { requiredKeys: ["metrics"] },
    );
    fc.assert(
      fc.property(fc.oneof(widget, fc.jsonValue()), (any) => {
        try {
          parse(any);
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
