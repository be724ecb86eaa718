import fc from "fast-check";
import { expect, it } from "vitest";
import { HOUR, MINUTE, NOW, said, verdictOf } from "../../../test/support/guard-cases.ts";

const inMinutes = (...minutes: readonly number[]) =>
  verdictOf("scheduled-event", {
    instance: {
      scheduledEvents: minutes.map((minute) => ({
        code: "system-maintenance",
        description: "power maintenance",
        notBefore: NOW + minute * MINUTE,
      })),
    },
  });

it("refuses shortly before an event, and until it is over", () => {
  expect(said(inMinutes(40))).toBe(
    "refuse event-near: AWS has scheduled system-maintenance for it (power maintenance) in 40 min, at 14:54 UTC",
  );
  expect(said(inMinutes(-20))).toBe(
    "refuse event-begun: AWS has scheduled system-maintenance for it (power maintenance), from 13:54 UTC: it isn't over",
  );
});

it("lets pass what is far away", () => {
  expect(said(inMinutes())).toBe("pass no-event: AWS has scheduled nothing for it");
  expect(said(inMinutes(300, 90))).toBe(
    "pass event-far: its next scheduled event, system-maintenance, begins 15:44 UTC",
  );
});

it("goes by the nearest of several", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -600, max: 600 }), { minLength: 1 }), (minutes) => {
      const near = minutes.some((minute) => minute * MINUTE < HOUR);
      expect(inMinutes(...minutes).verdict).toBe(near ? "refuse" : "pass");
    }),
  );
});
