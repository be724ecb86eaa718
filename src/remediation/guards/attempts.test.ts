import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR, NOW, runOf, said, someRuns, verdictOf } from "../../../test/support/guard-cases.ts";

const times = (...hoursAgo: readonly number[]) =>
  verdictOf("attempts", { earlier: hoursAgo.map((hours) => runOf({ createdAt: NOW - hours * HOUR })) });

describe("attempts", () => {
  it("are two in 24 hours", () => {
    expect(said(times())).toBe("pass attempts-left: repaired 0 times in 24 h, 2 allowed");
    expect(said(times(3))).toBe("pass attempts-left: repaired once in 24 h, 2 allowed");
    expect(said(times(3, 20))).toBe(
      "refuse too-many-attempts: repaired 2 times in 24 h, the last time 3 h ago; 2 allowed, again from 18:14 UTC",
    );
    expect(said(times(3, 25))).toContain("pass");
  });

  it("don't come back because our clock jumped back", () => {
    expect(said(times(-1, -2))).toContain("refuse too-many-attempts");
  });

  it("are there again just when the refusal says so", () => {
    fc.assert(
      fc.property(someRuns, fc.integer({ min: 1, max: 3 }), (runs, attemptsPerDay) => {
        const settings = { attemptsPerDay };
        const { verdict, again } = verdictOf("attempts", { earlier: runs, settings });
        if (verdict === "pass" || again === undefined) return;
        expect(again).toBeGreaterThan(NOW);
        expect(verdictOf("attempts", { earlier: runs, settings, now: again }).verdict).toBe("pass");
        expect(verdictOf("attempts", { earlier: runs, settings, now: again - 1 }).verdict).toBe("refuse");
      }),
    );
  });
});
