import { describe, expect, it } from "vitest";
import type { MergePolicy } from "../model/alarm-policy.ts";
import { canonicalJson } from "../support/canonical-json.ts";
import { type FieldRule, mergeField } from "./merge.ts";

const hash = canonicalJson;
const equal = (a: unknown, b: unknown) => canonicalJson(a) === canonicalJson(b);

function merge(
  rule: FieldRule,
  asked: unknown,
  live: unknown,
  desired: unknown,
  policy: MergePolicy = "keep",
) {
  const askedHash = asked === undefined ? undefined : hash(asked);
  const {
    value,
    askedHash: recorded,
    change,
  } = mergeField({ field: "x", rule, live, desired, askedHash }, { policy, equal, hash, maxActions: 3 });
  return [
    value,
    recorded === undefined ? undefined : JSON.parse(recorded),
    change?.verdict,
    change?.lastAsked,
  ];
}

describe("mergeField", () => {
  it.each([
    // rule, asked, live, desired -> value, recorded, verdict, last asked
    ["tunable", 1, 1, 1, [1, 1, undefined, undefined]],
    ["tunable", 2, 1, 1, [1, 1, "mark", "other"]],
    ["tunable", undefined, 1, 1, [1, 1, "mark", "unknown"]],
    ["tunable", 1, 1, 3, [3, 3, "update", "live"]],
    ["tunable", 3, 1, 3, [1, 3, "keep", "desired"]],
    ["fixed", 3, 1, 3, [3, 3, "restore", "desired"]],
    ["tunable", 2, 1, 3, [1, 2, "conflict", "other"]],
    ["fixed", 2, 1, 3, [1, 2, "conflict", "other"]],
    ["tunable", undefined, 1, 3, [1, 3, "keep", "unknown"]],
    ["fixed", undefined, 1, 3, [3, 3, "restore", "unknown"]],
    ["actions", ["a"], ["a", "b"], ["a"], [["a", "b"], ["a"], "keep", "desired"]],
    ["actions", ["a"], [], ["a"], [["a"], ["a"], "restore", "desired"]],
    ["actions", ["a", "c"], ["b", "c"], ["a", "c"], [["a", "b", "c"], ["a", "c"], "restore", "desired"]],
    ["actions", ["a"], ["a"], ["b"], [["b"], ["b"], "update", "live"]],
  ] as const)("%s: asked %j, live %j, desired %j", (rule, asked, live, desired, expected) => {
    expect(merge(rule, asked, live, desired)).toEqual(expected);
  });

  it("takes the configuration's side of a conflict when told to, and leaves what was tuned", () => {
    expect(merge("tunable", 2, 1, 3, "config")).toEqual([3, 3, "update", "other"]);
    expect(merge("tunable", 3, 1, 3, "config")).toEqual([1, 3, "keep", "desired"]);
  });

  it("keeps what was silenced when told to", () => {
    expect(merge("fixed", true, false, true, "keep-silenced")).toEqual([false, true, "keep", "desired"]);
    expect(merge("actions", ["a"], [], ["a"], "keep-silenced")).toEqual([[], ["a"], "keep", "desired"]);
  });

  it("never gives more actions than CloudWatch takes, and never drops one that is wanted", () => {
    expect(merge("actions", ["a", "b"], ["c", "d", "e"], ["a", "b"])[0]).toEqual(["a", "b", "c"]);
  });
});
