import { expect, it } from "vitest";
import { NOW, said, verdictOf } from "../../../test/support/guard-cases.ts";

const office = {
  weekdays: [{ begin: 1, end: 5 }],
  times: [{ begin: 8 * 60, end: 18 * 60 }],
  location: "Europe/Prague",
};

it("are all hours by default", () => {
  expect(said(verdictOf("hours", {}))).toBe("pass always: it may be repaired at any hour");
});

it("are those of the configuration, by the clock on their wall", () => {
  const judged = (hoursLater: number) =>
    said(verdictOf("hours", { settings: { hours: [office] }, now: NOW + hoursLater * 3_600_000 }));
  expect(judged(0)).toBe("pass within-hours: Friday 15:14 in Europe/Prague is within its hours");
  expect(judged(3)).toBe(
    "refuse outside-hours: Friday 18:14 in Europe/Prague is outside the hours in which it may be repaired",
  );
});

it("are any of several", () => {
  const night = { times: [{ begin: 0, end: 360 }] };
  const at = (hour: number) =>
    verdictOf("hours", {
      settings: { hours: [office, night] },
      now: Date.parse(`2026-11-21T0${hour}:00:00Z`),
    }).verdict;
  expect([at(3), at(7)]).toEqual(["pass", "refuse"]);
});
