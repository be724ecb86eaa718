import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  HOUR,
  MINUTE,
  NOW,
  runOf,
  SETTINGS,
  said,
  someRuns,
  verdictOf,
} from "../../../test/support/guard-cases.ts";
import { needsOptedIn } from "./fleet.ts";

const begun = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    runOf({ createdAt: NOW - (10 + i) * MINUTE, instanceId: `i-${i}` }),
  );

describe("the fleet's cap", () => {
  it("is three repairs an hour in an account and region", () => {
    expect(said(verdictOf("fleet", { earlier: begun(2) }))).toBe(
      "pass fleet-calm: 2 repairs begun here within an hour, 3 allowed",
    );
    expect(said(verdictOf("fleet", { earlier: begun(3) }))).toBe(
      "refuse fleet-cap: 3 repairs begun here within an hour, 3 allowed; again from 15:02 UTC. Many at once have one cause",
    );
  });

  it("is a tenth of the instances that opted in, where that is more", () => {
    expect(said(verdictOf("fleet", { earlier: begun(3), optedIn: 400 }))).toBe(
      "pass fleet-calm: 3 repairs begun here within an hour, 40 allowed (10 % of 400 instances)",
    );
    expect(verdictOf("fleet", { earlier: begun(3), optedIn: 39 }).verdict).toBe("refuse");
  });

  it("has instances counted only where the number alone doesn't settle it", () => {
    const question = { now: NOW, settings: SETTINGS };
    expect(needsOptedIn({ ...question, earlier: begun(2) })).toBe(false);
    expect(needsOptedIn({ ...question, earlier: begun(3) })).toBe(true);
  });

  it("counts repairs ahead of our clock, and none of long ago", () => {
    const ahead = begun(3).map((run) => ({ ...run, createdAt: run.createdAt + 5 * HOUR }));
    expect(verdictOf("fleet", { earlier: ahead }).verdict).toBe("refuse");
    const old = begun(3).map((run) => ({ ...run, createdAt: run.createdAt - HOUR }));
    expect(verdictOf("fleet", { earlier: old }).verdict).toBe("pass");
  });

  it("is never milder for one repair more", () => {
    fc.assert(
      fc.property(someRuns, fc.nat(100), (earlier, optedIn) => {
        const more = [...earlier, runOf({ createdAt: NOW - MINUTE, instanceId: "i-more" })];
        if (verdictOf("fleet", { earlier, optedIn }).verdict === "refuse")
          expect(verdictOf("fleet", { earlier: more, optedIn }).verdict).toBe("refuse");
      }),
    );
  });
});
