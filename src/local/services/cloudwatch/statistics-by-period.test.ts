import fc from "fast-check";
import { expect, it } from "vitest";
import { statistic } from "../../../engine/statistics.ts";
import { StoredMetrics } from "../../metrics/stored-metrics.ts";
import { readPeriods } from "./statistics-by-period.ts";

const NOW = 1_795_000_200; // a whole minute
const ID = { namespace: "N", metricName: "M", dimensions: {} };

const samples = fc.array(
  fc.record({ second: fc.integer({ min: -7200, max: 60 }), value: fc.integer({ min: 0, max: 100 }) }),
  { maxLength: 60 },
);

it("computes what the samples of each period give, whatever the order and the batches they came in", () => {
  fc.assert(
    fc.property(
      samples,
      fc.constantFrom(60, 120, 300, 3600),
      fc.integer({ min: -7200, max: -60 }),
      fc.constantFrom("Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "TM(10:90)"),
      fc.integer({ min: 1, max: 60 }),
      (points, period, offset, stat, batch) => {
        const metrics = new StoredMetrics({ time: () => NOW * 1000 });
        const end = NOW + 60;
        for (let i = 0; i < points.length; i += batch) {
          metrics.put(
            ID,
            "None",
            points.slice(i, i + batch).map(({ second, value }) => ({
              time: NOW + second,
              count: 1,
              sum: value,
              min: value,
              max: value,
            })),
          );
          readPeriods(metrics.find(ID), undefined, { start: NOW - 60, end, period: 60, now: NOW }, ["Sum"]);
        }
        const range = { start: NOW + offset, end, period, now: NOW };
        const [found] = readPeriods(metrics.find(ID), undefined, range, [stat]);
        const first = Math.floor(range.start / 60) * 60;
        const expected = new Map<number, number>();
        for (let start = first; start < end; start += period) {
          const values = points
            .map(({ second, value }) => ({ time: NOW + second, value }))
            .filter(({ time }) => time >= start && time < Math.min(start + period, end))
            .map(({ value }) => value);
          const wanted = statistic(stat, { values });
          if (wanted !== undefined) expected.set(start, wanted);
        }
        expect(found?.times).toEqual([...expected.keys()]);
        found?.values.forEach((value, i) => {
          expect(value).toBeCloseTo([...expected.values()][i] as number, 9);
        });
      },
    ),
  );
});
