import { describe, expect, it } from "vitest";
import { seasonalBand } from "./anomaly-band.ts";

const START = Date.UTC(2026, 0, 5) / 1000; // a Monday
const PERIOD = 300;
const DAY = 86_400;

/** A reproducible stand-in for noise, between -1 and 1. */
const noise = (i: number): number => Math.sin(i * 12.9898) * Math.cos(i * 78.233);

function history(days: number, value: (time: number, i: number) => number, period = PERIOD) {
  const times = Array.from({ length: (days * DAY) / period }, (_, i) => START + i * period);
  return { period, times, values: times.map((time, i) => value(time, i)) };
}

const daily = (time: number): number => 50 + 20 * Math.sin((2 * Math.PI * (time % DAY)) / DAY);
const inBand = (
  series: ReturnType<typeof history>,
  band: ReturnType<typeof seasonalBand.train>,
  k: number,
): number => {
  const inside = series.times.filter((time, i) => {
    const bounds = band.bandAt(time, k);
    return bounds && (series.values[i] ?? 0) >= bounds.lower && (series.values[i] ?? 0) <= bounds.upper;
  });
  return inside.length / series.times.length;
};

describe("the seasonal band", () => {
  it("follows a daily pattern into the future", () => {
    const value = (time: number, i: number) => daily(time) + 2 * noise(i);
    const band = seasonalBand.train(history(14, value));
    const next = history(16, value);
    expect(inBand(next, band, 3)).toBeGreaterThan(0.99);
    const { lower, upper } = band.bandAt(START + 14 * DAY + 6 * 3600, 2) ?? { lower: 0, upper: 0 };
    expect((lower + upper) / 2).toBeCloseTo(70, 0);
    expect(upper - lower).toBeLessThan(10);
  });

  it("follows a trend and a weekly pattern", () => {
    const weekend = (time: number, i: number) =>
      100 + 2 * ((time - START) / DAY) + (((time - START) / DAY) % 7 >= 5 ? -40 : 0) + noise(i);
    const band = seasonalBand.train(history(14, weekend));
    const saturday = band.bandAt(START + 19.5 * DAY, 2);
    const friday = band.bandAt(START + 18.5 * DAY, 2);
    expect(((saturday?.lower ?? 0) + (saturday?.upper ?? 0)) / 2).toBeLessThan(115);
    expect(((friday?.lower ?? 0) + (friday?.upper ?? 0)) / 2).toBeGreaterThan(125);
  });

  it("is not moved by outliers", () => {
    const value = (time: number, i: number) => daily(time) + 2 * noise(i);
    const calm = seasonalBand.train(history(14, value));
    const wild = seasonalBand.train(history(14, (time, i) => (i % 20 === 7 ? 5000 : value(time, i))));
    for (let hour = 0; hour < 24; hour += 1) {
      const time = START + 14 * DAY + hour * 3600;
      expect(Math.abs((wild.bandAt(time, 2)?.upper ?? 0) - (calm.bandAt(time, 2)?.upper ?? 0))).toBeLessThan(
        2,
      );
    }
  });

  it("leaves out what it is told to", () => {
    const broken = (time: number, i: number) => (time < START + 8 * DAY ? 900 : daily(time)) + noise(i);
    const configuration = { excluded: [{ start: START, end: START + 8 * DAY }] };
    const band = seasonalBand.train(history(14, broken), configuration);
    expect(band.bandAt(START + 14 * DAY, 2)?.upper).toBeLessThan(60);
  });

  it("stays within the metric's limits", () => {
    const band = seasonalBand.train(
      history(14, (_, i) => 99 + noise(i)),
      { minimum: 0, maximum: 100 },
    );
    expect(band.bandAt(START + 14 * DAY, 10)).toEqual({ lower: expect.any(Number), upper: 100 });
  });

  it("widens with k, and holds the value of a constant", () => {
    const band = seasonalBand.train(history(3, () => 7));
    const narrow = band.bandAt(START + 3 * DAY, 1);
    const wide = band.bandAt(START + 3 * DAY, 3);
    expect(narrow?.upper).toBeCloseTo(7.035, 9);
    expect(wide?.upper).toBeCloseTo(7.105, 9);
  });

  it("says nothing after too few points, and keeps to the time zone", () => {
    expect(seasonalBand.train({ period: 60, times: [1], values: [1] }).bandAt(2, 2)).toBeUndefined();
    // Berlin's noon, before and after clocks change on 29 March 2026.
    const start = Date.UTC(2026, 2, 16) / 1000;
    const times = Array.from({ length: 13 * 24 }, (_, i) => start + i * 3600);
    const values = times.map((time) => (new Date(time * 1000).getUTCHours() === 11 ? 90 : 10));
    const band = seasonalBand.train({ period: 3600, times, values }, { timeZone: "Europe/Berlin" });
    const noon = band.bandAt(Date.UTC(2026, 3, 1, 10, 30) / 1000, 1);
    expect(noon?.upper).toBeGreaterThan(80);
    expect(() => seasonalBand.train({ period: 60, times, values }, { timeZone: "Mars" })).toThrow(
      /no time zone/,
    );
  });

  it("gives the same band for the same history", () => {
    const series = history(14, (time, i) => daily(time) + noise(i));
    const time = START + 14.3 * DAY;
    expect(seasonalBand.train(series).bandAt(time, 2)).toEqual(seasonalBand.train(series).bandAt(time, 2));
  });
});
