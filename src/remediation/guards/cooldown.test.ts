import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FROZEN, MINUTE, NOW, runOf, said, someRuns, verdictOf } from "../../../test/support/guard-cases.ts";

const repaired = (ago: number, done?: string) =>
  verdictOf("cooldown", {
    earlier: [
      runOf({
        createdAt: NOW - ago - 5 * MINUTE,
        endedAt: NOW - ago,
        ...(done === undefined ? {} : { done }),
      }),
    ],
  });

describe("the cooldown", () => {
  it("refuses with figures", () => {
    expect(said(repaired(12 * MINUTE))).toBe(
      "refuse cooling-down: rebooted 12 min ago; cooldown is 30 min, until 14:32 UTC",
    );
    expect(repaired(12 * MINUTE).again).toBe(NOW + 18 * MINUTE);
    expect(said(repaired(12 * MINUTE, "restartService"))).toContain("a service restarted 12 min ago");
  });

  it("is over after its time", () => {
    expect(said(repaired(30 * MINUTE))).toBe(
      "pass cooled-down: rebooted 30 min ago, over its cooldown of 30 min",
    );
    expect(said(verdictOf("cooldown", {}))).toBe("pass never-repaired: it wasn't repaired lately");
  });

  it("counts what was done to this instance, and nothing else", () => {
    const createdAt = NOW - 12 * MINUTE;
    const harmless = [
      runOf({ createdAt, instanceId: "i-0000000000000000f" }),
      runOf({ createdAt, dryRun: true }),
      runOf({ createdAt, done: "evidence" }),
      runOf({ createdAt, steps: [], verdict: "refused" }),
    ];
    expect(verdictOf("cooldown", { earlier: harmless }).verdict).toBe("pass");
  });

  it("refuses while a repair is under way", () => {
    const under = runOf({ createdAt: NOW - MINUTE, endedAt: undefined, steps: [] });
    expect(said(verdictOf("cooldown", { earlier: [under] }))).toBe(
      "refuse under-repair: a repair of it is under way, begun 1 min ago",
    );
  });

  it("doesn't end because our clock jumped back", () => {
    expect(said(repaired(-86_400_000))).toBe(
      "refuse cooling-down: rebooted at 2026-11-21 14:14 UTC, which is ahead of our clock; cooldown is 30 min, until 2026-11-21 14:44 UTC",
    );
  });

  it("holds for every repair that ended less than it ago, in whatever order they come", () => {
    fc.assert(
      fc.property(someRuns, (earlier) => {
        const recent = earlier.some(
          ({ instance, endedAt, steps }) =>
            instance.id === FROZEN.id &&
            (endedAt === undefined || (endedAt > NOW - 30 * MINUTE && steps[0]?.kind !== "evidence")),
        );
        expect(verdictOf("cooldown", { earlier }).verdict).toBe(recent ? "refuse" : "pass");
      }),
    );
  });
});
