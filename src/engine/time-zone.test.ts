import { describe, expect, it } from "vitest";
import { clockPeriodEnd, clockPeriodStart, parseTimeZone, type TimeZone } from "./time-zone.ts";

const at = (text: string): number => Date.parse(text) / 1000;
const iso = (time: number): string => new Date(time * 1000).toISOString().slice(0, 16);
const zone = (name: string): TimeZone => {
  const found = parseTimeZone(name);
  if (!found) throw new Error(name);
  return found;
};
const DAY = 86_400;
const WEEK = 604_800;

describe("time zones (user guide, evaluation windows)", () => {
  it.each([
    ["Z", 0],
    ["UTC", 0],
    ["+05:30", 19_800],
    ["-08:00", -28_800],
    ["UTC+05:30", 19_800],
    ["GMT-08:00", -28_800],
    ["+01:05", 3900],
    ["Europe/Berlin", 3600],
    ["Asia/Kolkata", 19_800],
  ])("%s", (name, offset) => {
    expect(zone(name).offsetAt(at("2026-01-05T12:00Z"))).toBe(offset);
  });

  it.each(["+01:03", "+1:00", "+25:00", "Mars/Olympus", "", "12:00"])("refuses %j", (name) => {
    expect(parseTimeZone(name)).toBeUndefined();
  });

  it("follow summer time only with a name", () => {
    expect(zone("Europe/Berlin").offsetAt(at("2026-07-01T00:00Z"))).toBe(7200);
    expect(zone("+01:00").offsetAt(at("2026-07-01T00:00Z"))).toBe(3600);
  });
});

describe("clock periods", () => {
  it.each([
    [60, "UTC", "2026-01-07T10:17:30Z", "2026-01-07T10:17"],
    [300, "UTC", "2026-01-07T10:17:30Z", "2026-01-07T10:15"],
    [3600, "Asia/Kolkata", "2026-01-07T10:17:30Z", "2026-01-07T09:30"],
    [DAY, "UTC", "2026-01-07T10:17:30Z", "2026-01-07T00:00"],
    [DAY, "America/New_York", "2026-01-07T03:00:00Z", "2026-01-06T05:00"],
    // Mondays, also for a Sunday and the Monday itself.
    [WEEK, "UTC", "2026-01-07T10:17:30Z", "2026-01-05T00:00"],
    [WEEK, "UTC", "2026-01-11T23:59:59Z", "2026-01-05T00:00"],
    [WEEK, "UTC", "2026-01-12T00:00:00Z", "2026-01-12T00:00"],
    [WEEK, "Europe/Berlin", "2026-03-30T12:00:00Z", "2026-03-29T22:00"],
    // Cairo's clocks skip midnight: the day begins at one.
    [DAY, "Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00"],
    // Berlin's long and short days begin at midnight all the same.
    [DAY, "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00"],
    [DAY, "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00"],
  ])("%i s in %s at %s begins %s", (period, name, time, expected) => {
    expect(iso(clockPeriodStart(at(time), period, zone(name)))).toBe(expected);
  });

  it("end where the next one begins", () => {
    for (const name of ["UTC", "Europe/Berlin", "Africa/Cairo", "Asia/Kolkata"])
      for (const period of [3600, DAY, WEEK])
        for (let day = 0; day < 365; day += 11) {
          const start = clockPeriodStart(at("2026-01-01T12:00Z") + day * DAY, period, zone(name));
          const end = clockPeriodEnd(start, period, zone(name));
          expect([name, period, iso(clockPeriodStart(end, period, zone(name)))]).toEqual([
            name,
            period,
            iso(end),
          ]);
          expect(clockPeriodStart(end - 1, period, zone(name))).toBe(start);
        }
  });
});
