import { describe, expect, it } from "vitest";
import { refusedDeletions } from "./limits.ts";

const limits = { percent: 10, minimum: 5 };
const group = (watched: number, proven: number, assumed: number) => ({
  policy: "p",
  watched,
  proven,
  assumed,
});

describe("refusedDeletions", () => {
  it.each([
    [group(12, 0, 5), []],
    [group(12, 0, 6), ["assumed"]],
    [group(1000, 0, 100), []],
    [group(1000, 0, 101), ["assumed"]],
    [group(12, 12, 0), []],
    [group(1000, 500, 0), []],
    [group(1000, 501, 101), ["proven", "assumed"]],
  ])("%j -> %j", (one, refused) => {
    expect(refusedDeletions([one], limits).map(({ proof }) => proof)).toEqual(refused);
  });

  it("gives way to an allowance that covers everything, and only to such a one", () => {
    const groups = [group(12, 0, 6), { ...group(12, 0, 7), policy: "q" }];
    expect(refusedDeletions(groups, { ...limits, allowed: 13 })).toEqual([]);
    expect(refusedDeletions(groups, { ...limits, allowed: 12 })).toHaveLength(2);
  });
});
