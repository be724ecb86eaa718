import fc from "fast-check";
import { expect, it } from "vitest";
import { HOUR, MINUTE, NOW, said, verdictOf } from "../../../test/support/guard-cases.ts";
import type { InstanceFacts } from "../guard.ts";

const judged = (age: number, alarmState?: InstanceFacts["alarmState"]) =>
  said(
    verdictOf("stale-alarm", {
      alarmChangedAt: NOW - age,
      instance: alarmState === undefined ? {} : { alarmState },
    }),
  );

it("believes a fresh event", () => {
  expect(judged(2 * MINUTE)).toBe("pass fresh: the alarm went off 2 min ago");
  expect(said(verdictOf("stale-alarm", {}))).toBe("pass no-alarm: somebody asked for it, no alarm did");
});

it("goes by another look where the event is old", () => {
  expect(judged(HOUR, "ALARM")).toBe(
    "pass still-in-alarm: the alarm went off 1 h ago and, looked at again, is still in ALARM",
  );
  expect(judged(HOUR, "OK")).toBe(
    "refuse alarm-over: the alarm went off 1 h ago (over 10 min is old) and, looked at again, is OK",
  );
  expect(judged(HOUR, "INSUFFICIENT_DATA")).toBe(
    "refuse alarm-unsure: the alarm went off 1 h ago (over 10 min is old) and, looked at again, has no data",
  );
  expect(judged(HOUR, "deleted")).toContain("refuse alarm-deleted");
  expect(judged(HOUR)).toContain("refuse not-looked-at");
});

it("doesn't take an event for fresh because our clock runs behind", () => {
  expect(judged(-HOUR)).toContain("refuse not-looked-at");
  expect(judged(-1000)).toContain("pass fresh");
});

it("lets no old or future event pass without an alarm in ALARM", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -48 * HOUR, max: 48 * HOUR }),
      fc.constantFrom<InstanceFacts["alarmState"]>("OK", "INSUFFICIENT_DATA", "deleted", undefined),
      (age, state) => {
        fc.pre(age > 10 * MINUTE || age < -MINUTE);
        expect(judged(age, state)).toMatch(/^refuse /);
      },
    ),
  );
});
