import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WaveSize } from "../model/rollout.ts";
import { tooManyFailures, wavesOf } from "./waves.ts";

const sizes = (total: number, waves?: readonly WaveSize[]) =>
  wavesOf(
    Array.from({ length: total }, (_, index) => index),
    waves,
  ).map((wave) => wave.length);

describe("waves", () => {
  it("are one, a tenth, and the rest", () => {
    expect(sizes(0)).toEqual([]);
    expect(sizes(1)).toEqual([1]);
    expect(sizes(2)).toEqual([1, 1]);
    expect(sizes(20)).toEqual([1, 2, 17]);
    expect(sizes(1000)).toEqual([1, 100, 899]);
    expect(sizes(10, [2, "50%"])).toEqual([2, 5, 3]);
    expect(sizes(10, ["rest"])).toEqual([10]);
  });

  it("hold everything once, in order", () => {
    const size = fc.oneof(
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 0, max: 100 }).map((share) => `${share}%` as const),
      fc.constant("rest" as const),
    );
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.array(size, { maxLength: 5 }), (items, waves) => {
        expect(wavesOf(items, waves).flat()).toEqual(items);
      }),
    );
  });
});

describe("failures", () => {
  it("are borne up to a number or a share of those tried", () => {
    expect(tooManyFailures(1, 1, "10%")).toEqual({
      code: "too-many-failures",
      text: "1 of 1 failed, and the limit is 10%",
    });
    expect(tooManyFailures(1, 10, "10%")).toBeUndefined();
    expect(tooManyFailures(2, 10, "10%")).toBeDefined();
    expect(tooManyFailures(2, 3, 2)).toBeUndefined();
    expect(tooManyFailures(0, 0, 0)).toBeUndefined();
  });
});
