import { describe, expect, it } from "vitest";
import type { TimeInterval } from "./notification-policy.ts";
import { intervalContains } from "./time-interval.ts";

const range = (begin: number, end = begin) => [{ begin, end }];
const NINE_TO_FIVE = { times: range(9 * 60, 17 * 60) };

describe("a time interval", () => {
  it.each<[string, TimeInterval, string, boolean]>([
    ["nothing means always", {}, "2026-11-01T03:00:00Z", true],
    ["begins with its first minute", NINE_TO_FIVE, "2026-11-01T09:00:00Z", true],
    ["isn't on a moment before", NINE_TO_FIVE, "2026-11-01T08:59:59.999Z", false],
    ["is on to its last moment", NINE_TO_FIVE, "2026-11-01T16:59:59.999Z", true],
    ["ends with its end", NINE_TO_FIVE, "2026-11-01T17:00:00Z", false],
    ["24:00 is the end of the day", { times: range(1320, 1440) }, "2026-11-01T23:59:59Z", true],
    ["00:00 is the next day", { times: range(1320, 1440) }, "2026-11-02T00:00:00Z", false],
    ["Sunday is day 0", { weekdays: range(0) }, "2026-11-01T12:00:00Z", true],
    ["Monday to Friday", { weekdays: range(1, 5) }, "2026-11-01T12:00:00Z", false],
    ["Friday is of Monday to Friday", { weekdays: range(1, 5) }, "2026-11-06T23:59:00Z", true],
    ["the last day of a month", { daysOfMonth: range(-1) }, "2026-02-28T12:00:00Z", true],
    ["of a leap year", { daysOfMonth: range(-1) }, "2028-02-28T12:00:00Z", false],
    ["the last three", { daysOfMonth: range(-3, -1) }, "2026-11-28T12:00:00Z", true],
    ["not the fourth from the end", { daysOfMonth: range(-3, -1) }, "2026-11-27T12:00:00Z", false],
    ["from the fifth to the end", { daysOfMonth: range(5, -1) }, "2026-11-30T12:00:00Z", true],
    ["day 31 in a month of 30", { daysOfMonth: range(31) }, "2026-11-30T12:00:00Z", false],
    ["1 to 31 in a month of 30", { daysOfMonth: range(1, 31) }, "2026-11-30T12:00:00Z", true],
    ["-31 in a short month", { daysOfMonth: range(-31, -30) }, "2026-02-01T12:00:00Z", false],
    ["months", { months: range(3, 6) }, "2026-11-01T12:00:00Z", false],
    ["years", { years: range(2026, 2027) }, "2027-11-01T12:00:00Z", true],
    ["all parts must hold", { ...NINE_TO_FIVE, weekdays: range(1, 5) }, "2026-11-01T12:00:00Z", false],
    ["any range of a part is enough", { weekdays: [...range(2), ...range(0)] }, "2026-11-01T12:00:00Z", true],
    [
      "another day there than here",
      { weekdays: range(1), location: "Asia/Shanghai" },
      "2026-11-01T18:00:00Z",
      true,
    ],
    ["winter time", { ...NINE_TO_FIVE, location: "Europe/Prague" }, "2026-01-05T08:00:00Z", true],
    ["summer time", { ...NINE_TO_FIVE, location: "Europe/Prague" }, "2026-07-06T07:00:00Z", true],
    [
      "summer time, an hour before",
      { ...NINE_TO_FIVE, location: "Europe/Prague" },
      "2026-07-06T06:59:59Z",
      false,
    ],
    [
      "the hour that is skipped",
      { times: range(120, 180), location: "Europe/Prague" },
      "2026-03-29T01:00:00Z",
      false,
    ],
    [
      "the hour that comes twice, first",
      { times: range(120, 180), location: "Europe/Prague" },
      "2026-10-25T00:30:00Z",
      true,
    ],
    [
      "the hour that comes twice, again",
      { times: range(120, 180), location: "Europe/Prague" },
      "2026-10-25T01:30:00Z",
      true,
    ],
    ["half hours from UTC", { times: range(0, 1), location: "Asia/Kolkata" }, "2026-11-01T18:30:00Z", true],
    [
      "the year turns there first",
      { years: range(2027), location: "Pacific/Auckland" },
      "2026-12-31T12:00:00Z",
      true,
    ],
  ])("%s", (_, interval, at, expected) => {
    expect(intervalContains(interval, Date.parse(at))).toBe(expected);
  });
});
