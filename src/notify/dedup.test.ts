import { describe, expect, it } from "vitest";
import type { NotificationLogEntry } from "../model/alert.ts";
import { dedup } from "./dedup.ts";
import { NOON } from "./test-fixtures.ts";

const told = (firing: string[], resolved: string[] = [], ago = 60): NotificationLogEntry => ({
  group: "g",
  channel: "c",
  at: NOON - ago * 1000,
  firing,
  resolved,
  incident: "i",
  open: firing.length > 0,
});

describe("dedup", () => {
  it.each<[string, NotificationLogEntry | undefined, string[], string[], string]>([
    ["never told", undefined, ["a"], [], "first-notification"],
    ["never told and over", undefined, [], ["a"], "recovered-untold"],
    ["told of its end, fires again", told([], ["a"]), ["a"], [], "first-notification"],
    ["one more", told(["a"]), ["a", "b"], [], "new-alerts"],
    ["one in place of another", told(["a"]), ["b"], [], "new-alerts"],
    ["one less", told(["a", "b"]), ["a"], ["b"], "new-resolved"],
    ["one less, told already", told(["a"], ["b"]), ["a"], ["b"], "unchanged"],
    ["one held back", told(["a", "b"]), ["a"], [], "unchanged"],
    ["all over", told(["a"]), [], ["a"], "all-resolved"],
    ["all over, told already", told([], ["a"]), [], ["a"], "recovered-untold"],
    ["nothing new", told(["a"]), ["a"], [], "unchanged"],
    ["nothing new for exactly as long", told(["a"], [], 3600), ["a"], [], "unchanged"],
    ["nothing new for longer", told(["a"], [], 3600.001), ["a"], [], "repeat-interval"],
  ])("%s", (_, entry, firing, resolved, reason) => {
    const options = { repeatInterval: 3600, sendResolved: true, now: NOON };
    expect(dedup(entry, { firing, resolved, notices: 0, late: 0 }, options).reason).toBe(reason);
  });

  it.each<[NotificationLogEntry, string[], string[], string, boolean]>([
    [told(["a", "b"]), ["a"], ["b"], "unchanged", false],
    [told(["a"]), [], ["a"], "resolved-not-wanted", false],
    [told(["a"]), ["a", "b"], ["c"], "new-alerts", true],
  ])("leaves recoveries out where they aren't wanted", (entry, firing, resolved, reason, tell) => {
    const options = { repeatInterval: 3600, sendResolved: false, now: NOON };
    expect(dedup(entry, { firing, resolved, notices: 0, late: 0 }, options)).toEqual({ tell, reason });
  });

  it.each([
    [undefined, [], "all-resolved"],
    [told([], ["a"]), [], "all-resolved"],
    [told(["a"]), ["a"], "new-resolved"],
    [undefined, ["a"], "first-notification"],
  ] as const)("tells what came late, as over, to all", (entry, firing, reason) => {
    for (const sendResolved of [true, false]) {
      const tellable = { firing, resolved: ["b@1"], notices: 0, late: 1 };
      expect(dedup(entry, tellable, { repeatInterval: 3600, sendResolved, now: NOON })).toEqual({
        tell: true,
        reason,
      });
    }
  });

  it("always tells notices", () => {
    const options = { repeatInterval: 3600, sendResolved: true, now: NOON };
    const notice = { firing: [], resolved: [], notices: 1, late: 0 };
    expect(dedup(undefined, notice, options)).toEqual({ tell: true, reason: "first-notification" });
    expect(dedup(told(["a"]), { ...notice, firing: ["a"] }, options)).toEqual({
      tell: true,
      reason: "new-alerts",
    });
  });
});
