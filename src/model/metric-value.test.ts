import { describe, expect, it } from "vitest";
import { formatMeasured, formatValue } from "./metric-value.ts";

describe("formatValue", () => {
  it.each([
    [91, "CPUUtilization", undefined, "91 %"],
    [5, "CPUCreditBalance", undefined, "5"],
    [20_000_000, "NetworkOut", undefined, "20 MB"],
    [10, "BurstBalance", undefined, "10 %"],
    [0.25, "Latency", "Seconds", "0.25 s"],
    [12_300_000, "x", "Bits/Second", "12.3 Mbit/s"],
    [12.3, "x", "Megabits/Second", "12.3 Mbit/s"],
    [12.3, "Mbit/s", undefined, "12.3 Mbit/s"],
    [12.3, "Traffic (Mbit/s)", undefined, "12.3 Mbit/s"],
    [5, "5xx %", undefined, "5 %"],
    [0.5, "TargetResponseTime", undefined, "0.5 s"],
    [3, "Plan B", undefined, "3"],
    [4096, "x", "Kilobytes/Second", "4.096 MB/s"],
    [3, "x", "Count/Second", "3 /s"],
    [3, "Requests", "None", "3"],
    [Number.NaN, "x", undefined, "NaN"],
  ])("%d of %s in %s", (value, name, unit, text) => {
    expect(formatValue(value, name, unit)).toBe(text);
  });
});

describe("formatMeasured", () => {
  it.each([
    [97.416_666, 90, "97.4 %"],
    [90.000_4, 90, "90.0004 %"],
    [90, 90, "90 %"],
    [89.96, 90, "89.96 %"],
  ])("%d against %d", (value, threshold, text) => {
    expect(formatMeasured(value, "CPUUtilization", "Percent", threshold)).toBe(text);
  });

  it("keeps whole numbers whole", () => {
    expect(formatMeasured(123_456, "Requests")).toBe("123456");
    expect(formatMeasured(1234.56, "Requests")).toBe("1235");
    expect(formatMeasured(0.066_685_19, "Latency", "Seconds")).toBe("0.0667 s");
  });
});
