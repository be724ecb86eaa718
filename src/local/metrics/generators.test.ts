import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  clamped,
  daily,
  type Generator,
  gap,
  mix,
  noisy,
  ramp,
  recorded,
  seedOf,
  spike,
  spread,
  steady,
  sum,
} from "./generators.ts";

const DAY = 86_400;
const MONDAY = Date.parse("2026-11-16T00:00:00Z") / 1000;
const over = (generator: Generator, from: number, to: number, step = 300) =>
  Array.from({ length: Math.floor((to - from) / step) }, (_, index) => generator(from + index * step, 1));

describe("generators", () => {
  it("follow the day: lowest and highest twelve hours apart, half the swing at weekends", () => {
    const curve = daily({ low: 10, high: 70, peak: 14 * 3600, weekend: 0.5 });
    expect(curve(MONDAY + 14 * 3600, 1)).toBe(70);
    expect(curve(MONDAY + 2 * 3600, 1)).toBeCloseTo(10);
    expect(curve(MONDAY + 5 * DAY + 14 * 3600, 1)).toBe(40);
  });

  it("ramp from one level to another", () => {
    const curve = ramp({ from: 10, to: 90, start: 1000, over: 100 });
    expect([0, 1000, 1050, 1100, 9999].map((time) => curve(time, 1))).toEqual([10, 10, 50, 90, 90]);
  });

  it("spike once or again and again, and publish nothing in a gap", () => {
    const once = sum([steady(10), spike({ at: 100, length: 50 }, 80)]);
    expect([99, 100, 149, 150, 1100].map((time) => once(time, 1))).toEqual([10, 90, 90, 10, 10]);
    const often = sum([steady(10), spike({ at: 100, length: 50, every: 1000 }, 80)]);
    expect([1099, 1100, 1149, 1150].map((time) => often(time, 1))).toEqual([10, 90, 90, 10]);
    const holes = sum([steady(10), gap({ at: 100, length: 50, every: 1000 })]);
    expect([99, 100, 149, 150, 1100].map((time) => holes(time, 1))).toEqual([
      10,
      undefined,
      undefined,
      10,
      undefined,
    ]);
  });

  it("replay recordings: each reading holds until the next, looped or not", () => {
    const readings = [
      { time: 0, value: 1 },
      { time: 60, value: 2 },
      { time: 120, value: 3 },
    ];
    const once = recorded(readings, { loop: false });
    expect([-1, 0, 59, 60, 179, 180].map((time) => once(time, 1))).toEqual([
      undefined,
      1,
      1,
      2,
      3,
      undefined,
    ]);
    const looped = recorded(readings, { loop: true });
    expect([-60, 180, 250, 1800].map((time) => looped(time, 1))).toEqual([3, 1, 2, 1]);
    expect(recorded([], { loop: true })(5, 1)).toBeUndefined();
    expect(recorded([{ time: 0, value: 7 }], { loop: true })(1234, 1)).toBe(7);
  });

  it("are pure functions of time and seed, and stay within noise and bounds", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.double({ min: 0, max: 50, noNaN: true }),
        (time, seed, amplitude) => {
          const curve = noisy(steady(100), amplitude);
          const value = curve(time, seed) ?? Number.NaN;
          expect(curve(time, seed)).toBe(value);
          expect(Math.abs(value - 100)).toBeLessThanOrEqual(amplitude);
          expect(clamped(curve, 90, 105)(time, seed)).toBeGreaterThanOrEqual(90);
          expect(clamped(curve, 90, 105)(time, seed)).toBeLessThanOrEqual(105);
          const moved = spread(steady(100), 0.2);
          expect(moved(time, seed)).toBe(moved(time + 999, seed));
          expect(Math.abs((moved(time, seed) ?? 0) - 100)).toBeLessThanOrEqual(20);
        },
      ),
    );
  });

  it("make noise that is centred and that no two seeds share", () => {
    const values = over(noisy(steady(0), 10), 0, 10_000 * 60, 60).map((value) => value ?? 0);
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.3);
    expect(Math.max(...values)).toBeGreaterThan(8);
    const other = noisy(steady(0), 10);
    expect(over((time) => other(time, 2), 0, 6000)).not.toEqual(over(other, 0, 6000));
    expect(new Set(Array.from({ length: 1000 }, (_, index) => mix(index, seedOf("i-1")))).size).toBe(1000);
  });
});
