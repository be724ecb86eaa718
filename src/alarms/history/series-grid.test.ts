import { describe, expect, it } from "vitest";
import { PointList } from "./point-list.ts";
import { gridOf, nativePeriod } from "./series-grid.ts";

const T0 = Date.UTC(2026, 0, 5, 12) / 1000;
const NOW = T0 + 86_400;

function listOf(points: readonly (readonly [minute: number, value: number])[]): PointList {
  const list = new PointList();
  points.forEach(([minute, value], i) => {
    list.add(T0 + minute * 60, value, i + 2);
  });
  return list;
}

function grid(points: readonly (readonly [minute: number, value: number])[], more: object = {}) {
  return gridOf(listOf(points), { path: "data.csv", now: NOW, ...more });
}

const every = (minutes: number, count: number) =>
  Array.from({ length: count }, (_, i) => [i * minutes, i] as const);

describe("points in order", () => {
  it("are dense, with gaps where there are none", () => {
    const { series, diagnostics } = grid([
      [4, 1],
      [9, 2],
      [19, 4],
    ]);
    expect(series).toMatchObject({ start: T0 + 240, step: 300, points: 3 });
    expect([...(series?.chunk.values ?? [])]).toEqual([1, 2, Number.NaN, 4]);
    expect(diagnostics).toEqual([]);
  });

  it.each([
    [
      "points-unordered",
      [
        [0, 1],
        [10, 3],
        [5, 2],
        [15, 4],
      ],
      1,
      4,
    ],
    [
      "points-duplicate",
      [
        [0, 1],
        [5, 2],
        [5, 7],
        [10, 3],
      ],
      1,
      4,
    ],
    [
      "points-nan",
      [
        [0, 1],
        [5, Number.NaN],
        [10, 3],
      ],
      1,
      3,
    ],
    [
      "points-infinite",
      [
        [0, 1],
        [5, Number.POSITIVE_INFINITY],
        [10, 3],
      ],
      1,
      3,
    ],
    [
      "points-future",
      [
        [0, 1],
        [5, 2],
        [1440, 3],
        [1445, 3],
      ],
      2,
      4,
    ],
    [
      "points-off-grid",
      [
        [0, 1],
        [5, 2],
        [12, 3],
        [15, 3],
        [20, 3],
        [25, 3],
      ],
      1,
      4,
    ],
  ] as const)("tells %s with count and line", (code, points, count, line) => {
    const { series, diagnostics } = grid(points, { period: 300 });
    const told = diagnostics.filter((diagnostic) => diagnostic.code === code);
    expect(told).toEqual([expect.objectContaining({ severity: "warning", path: "data.csv", line })]);
    expect(told[0]?.message).toMatch(new RegExp(`^${count} points? `));
    expect(series?.points).toBeGreaterThan(0);
  });

  it("leaves out what lies outside the time asked for, and says how much", () => {
    const { series, diagnostics } = grid(every(5, 12), { from: T0 + 600, to: T0 + 1800 });
    expect(series).toMatchObject({ start: T0 + 600, points: 4 });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      "8 points outside the time asked for: left out",
    ]);
  });

  it("says where a second period begins and reads the finer one", () => {
    const mixed = [...every(5, 30), ...Array.from({ length: 60 }, (_, i) => [146 + i, 1] as const)];
    const { series, diagnostics } = grid(mixed);
    expect(series?.step).toBe(60);
    expect(diagnostics).toEqual([
      expect.objectContaining({
        code: "points-mixed-periods",
        line: 3,
        message: expect.stringContaining("300 s apart"),
      }),
    ]);
  });

  it("refuses no points, and points that can't belong together", () => {
    expect(grid([]).diagnostics.at(-1)).toMatchObject({ severity: "error", code: "no-points" });
    expect(grid([[0, Number.NaN]]).diagnostics.at(-1)).toMatchObject({ code: "no-points" });
    const far = grid([
      [-500_000_000 / 20, 1],
      [0, 2],
      [1, 3],
    ]);
    expect(far.diagnostics.at(-1)).toMatchObject({ code: "too-long" });
    expect(far.series).toBeUndefined();
  });
});

describe("the period of points", () => {
  it.each([
    [300, every(5, 10)],
    [60, every(1, 10)],
    [3600, every(60, 10)],
    [10, every(1 / 6, 10)],
    [60, []],
  ] as const)("is %i s", (period, points) => {
    expect(nativePeriod(listOf(points))).toBe(period);
  });

  it("isn't led astray by gaps and jitter", () => {
    expect(nativePeriod(listOf([...every(5, 50), [1000, 1], [1005.03, 1], [1009.98, 1]]))).toBe(300);
  });
});
