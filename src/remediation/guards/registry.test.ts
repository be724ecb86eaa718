import { describe, expect, it } from "vitest";
import { FROZEN, MINUTE, NOW, runbookOf, SETTINGS, verdictOf } from "../../../test/support/guard-cases.ts";
import type { Guard } from "../guard.ts";
import { firstRefusal, judgeAll } from "../judge.ts";
import { GUARDS, type GuardName } from "./registry.ts";

const names = Object.keys(GUARDS) as GuardName[];

describe("guards", () => {
  it("are registered under their own names", () => {
    expect(Object.values(GUARDS).map(({ name }: Guard) => name)).toEqual(names);
  });

  it("all let pass what is frozen, wanted and alone", () => {
    const verdicts = judgeAll({ now: NOW, settings: SETTINGS, instance: FROZEN, earlier: [] }, runbookOf());
    expect(verdicts.map(({ guard, verdict }) => `${guard} ${verdict}`)).toEqual(
      names.map((name) => `${name} pass`),
    );
    expect(firstRefusal(verdicts)).toBeUndefined();
  });

  it.each(names)("%s refuses what couldn't be read, and may be readable later", (name) => {
    const verdict = verdictOf(name, { instance: { unread: { [name]: "not allowed" } } });
    expect(verdict).toMatchObject({
      guard: name,
      verdict: "refuse",
      reason: { code: "unread", text: "not allowed" },
      again: NOW + MINUTE,
    });
  });

  it("decide by the first refusal, and tell the others too", () => {
    const instance = { ...FROZEN, state: "stopped", tags: {} };
    const verdicts = judgeAll({ now: NOW, settings: SETTINGS, instance, earlier: [] }, runbookOf());
    expect(firstRefusal(verdicts)?.guard).toBe("instance-state");
    expect(verdicts.filter(({ verdict }) => verdict === "refuse").map(({ guard }) => guard)).toEqual([
      "instance-state",
      "opt-in",
    ]);
  });
});
