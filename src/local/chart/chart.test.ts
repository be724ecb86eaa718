import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePng } from "../../../test/support/png.ts";
import type { Chart, ChartLine } from "./chart.ts";
import { drawChart, paintChart } from "./draw-chart.ts";
import { fittingText, textWidth } from "./text.ts";
import { shortNumber, timeTicks, valueScale } from "./ticks.ts";

const START = Date.UTC(2026, 10, 20, 9) / 1000;
const HOUR = 3600;

const line = (values: readonly (number | undefined)[], more: Partial<ChartLine> = {}): ChartLine => {
  const times = values.map((_, i) => START + i * 300);
  return {
    ...{ label: "CPUUtilization", side: "left", period: 300, color: "#0000ff" },
    times: times.filter((_, i) => values[i] !== undefined),
    values: values.filter((value) => value !== undefined),
    ...more,
  };
};

const chart = (more: Partial<Chart> = {}): Chart => ({
  ...{ width: 320, height: 200, theme: "light", legend: true, start: START, end: START + HOUR, offset: 0 },
  ...{ axes: { left: {}, right: {} }, lines: [], bands: [], valueMarks: [], timeMarks: [] },
  ...more,
});

/** How many pixels of a colour each column or row has. */
function count(which: Chart, color: string, by: "column" | "row"): number[] {
  const picture = decodePng(drawChart(which));
  const counts = new Array<number>(by === "column" ? picture.width : picture.height).fill(0);
  for (let y = 0; y < picture.height; y += 1)
    for (let x = 0; x < picture.width; x += 1) {
      const i = by === "column" ? x : y;
      if (picture.at(x, y) === color) counts[i] = (counts[i] as number) + 1;
    }
  return counts;
}

describe("a chart", () => {
  it("is a PNG that holds just the pixels that were painted", () => {
    const small = chart({ title: "cpu", lines: [line([1, 5, 2])] });
    const picture = decodePng(drawChart(small));
    expect([picture.width, picture.height]).toEqual([320, 200]);
    expect(Buffer.compare(picture.pixels, paintChart(small).pixels)).toBe(0);
  });

  it("is the same every time, pixel by pixel", () => {
    const times = Array.from({ length: 61 }, (_, i) => START + i * 60);
    const values = times.map((_, i) => 40 + ((i * 7919) % 23));
    const whole = chart({
      width: 600,
      height: 300,
      title: "cpu-high · web-3 (i-0123456789abcdef0)",
      axes: { left: { label: "Percent" }, right: {} },
      lines: [{ label: "web", side: "left", period: 60, times, values }],
      bands: [
        {
          ...{ label: "expected", side: "left", period: 60, times },
          lower: values.map((v) => v - 9),
          upper: values,
        },
      ],
      valueMarks: [{ value: 90, label: "CPUUtilization > 90 %", side: "left", fill: "above" }],
      timeMarks: [{ time: START + 50 * 60, label: "ALARM" }],
    });
    const { pixels } = decodePng(drawChart(whole));
    // Look at the picture before this is changed.
    expect(createHash("sha256").update(pixels).digest("hex")).toMatchInlineSnapshot(
      `"b117e97aa088f9a496ab3ddb6fea8b2ecdd357beee1b2c9102e17c2b6753aaf8"`,
    );
  });

  it("leaves a gap where data are missing, and shows a value that stands alone", () => {
    const bare = { legend: false };
    const whole = count(chart({ ...bare, lines: [line([5, 5, 5, 5, 5, 5, 5, 5])] }), "#0000ff", "column");
    const broken = count(
      chart({ ...bare, lines: [line([5, 5, 5, undefined, 5, undefined, 5, 5])] }),
      "#0000ff",
      "column",
    );
    const runs = broken
      .map((n) => (n > 0 ? "x" : " "))
      .join("")
      .trim()
      .split(/ +/);
    expect(runs).toHaveLength(3);
    expect(runs[1]?.length).toBeLessThan(6);
    expect(whole.filter((n) => n > 0).length).toBeGreaterThan(broken.filter((n) => n > 0).length);
  });

  it("draws a threshold over the whole width, higher for higher values", () => {
    const rowOf = (value: number): number => {
      const rows = count(
        chart({ lines: [line([0, 100])], valueMarks: [{ value, side: "left", color: "#ff0000" }] }),
        "#ff0000",
        "row",
      );
      return rows.indexOf(Math.max(...rows));
    };
    expect(rowOf(20) - rowOf(50)).toBeCloseTo(rowOf(50) - rowOf(80), -0.5);
    expect(rowOf(20)).toBeGreaterThan(rowOf(80) + 30);
  });

  it("has room for thresholds far from the data, and clips what is outside given ends", () => {
    const far = chart({
      lines: [line([1, 2])],
      valueMarks: [{ value: 900, side: "left", color: "#ff0000" }],
    });
    expect(Math.max(...count(far, "#ff0000", "row"))).toBeGreaterThan(100);
    const axes = { left: { min: 0, max: 10 }, right: {} };
    const clipped = count(chart({ axes, legend: false, lines: [line([50, 60])] }), "#0000ff", "row");
    expect(clipped.every((n) => n === 0)).toBe(true);
  });

  it("draws whatever it is given, at any size", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
      fc.constant(0),
    );
    const size = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(
        size,
        size,
        fc.array(value, { maxLength: 9 }),
        fc.string(),
        (width, height, values, title) => {
          const picture = decodePng(
            drawChart(chart({ width, height, title, lines: [line(values, { label: title })] })),
          );
          expect([picture.width, picture.height]).toEqual([width, height]);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("axes", () => {
  it.each([
    [[0, 97], "0 20 40 60 80 100"],
    [[41, 44], "41 41.5 42 42.5 43 43.5 44"],
    [[3, 3], "2.7 2.8 2.9 3 3.1 3.2 3.3"],
    [[-5, 5], "-6 -4 -2 0 2 4 6"],
    [[0, 0], "-1 -0.5 0 0.5 1"],
    [[0, 3_400_000], "0 1M 2M 3M 4M"],
  ])("have round numbers for %j", ([low = 0, high = 0], expected) => {
    expect(valueScale(low, high, 6, {}).ticks.map(shortNumber).join(" ")).toBe(expected);
  });

  it("keep the ends that are given", () => {
    expect(valueScale(10, 20, 5, { min: 0.3, max: 24 })).toMatchObject({ min: 0.3, max: 24 });
  });

  it.each([
    [HOUR, 0, "09:00 09:10 09:20 09:30 09:40 09:50 10:00"],
    [12 * HOUR, 0, "10:00 12:00 14:00 16:00 18:00 20:00"],
    [12 * HOUR, 330, "16:00 18:00 20:00 22:00 21 Nov 02:00"],
    [120, 0, "09:00:00 09:00:30 09:01:00 09:01:30 09:02:00"],
    [20 * 24 * HOUR, 0, "26 Nov 3 Dec 10 Dec"],
  ])("show round times over %i s at an offset of %i min", (range, offset, expected) => {
    const ticks = timeTicks(START, START + range, 7, offset);
    expect(ticks.map(({ text }) => text).join(" ")).toBe(expected);
  });
});

describe("text", () => {
  it("is cut where it doesn't fit, and has a shape for every printable character of ASCII", () => {
    const all = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join("");
    const cut = fittingText(all, 8, 100);
    expect(textWidth(cut, 8)).toBeLessThanOrEqual(100);
    expect(cut.endsWith("\u2026")).toBe(true);
    const box = textWidth("\u4e2d", 8);
    const drawn = (text: string): string =>
      Buffer.from(paintChart(chart({ title: text, width: 60, height: 40 })).pixels).toString("base64");
    expect(box).toBeGreaterThan(0);
    for (const character of all.slice(1)) expect(drawn(character)).not.toBe(drawn("\u4e2d"));
    expect(drawn("\u00f6")).toBe(drawn("o"));
  });
});
