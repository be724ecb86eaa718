import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSeriesNotation } from "./series-notation.ts";

const _ = Number.NaN;
const values = (text: string): readonly number[] => {
  const noted = parseSeriesNotation(text);
  if ("problem" in noted) throw new Error(noted.problem);
  return noted.values;
};

describe("the notation of series", () => {
  it.each([
    ["1 2 3", [1, 2, 3]],
    ["-1.5 .5 1e3 2.5E-1", [-1.5, 0.5, 1000, 0.25]],
    ["5x3", [5, 5, 5]],
    ["0x2", [0, 0]],
    ["-5x2", [-5, -5]],
    ["_ 1 _x2", [_, 1, _, _]],
    ["0..100x5", [0, 25, 50, 75, 100]],
    ["100..-100x3", [100, 0, -100]],
    ["0+5x4", [0, 5, 10, 15]],
    ["100-5x3", [100, 95, 90]],
    ["1e2-1e1x3", [100, 90, 80]],
    ["1 # a comment\n2\n# 9\n3", [1, 2, 3]],
    ["  1\t2\r\n 3 ", [1, 2, 3]],
  ])("%j", (text, expected) => {
    expect(values(text)).toEqual(expected);
  });

  it.each([
    ["1 two 3", /^"two" is no entry/, 2],
    ["1 5x", /^"5x" is no entry/, 2],
    ["5*3", /is no entry/, 0],
    ["1,2", /is no entry/, 0],
    ["NaN", /is no entry/, 0],
    ["1 1e999", /^"1e999" is no finite number/, 2],
    ["5x0", /repeats nothing/, 0],
    ["0..10x1", /two points/, 0],
    ["5x999999999", /more than 600000 points/, 0],
    ["", /no points/, 0],
    ["# nothing", /no points/, 0],
  ])("%j is refused", (text, problem, offset) => {
    expect(parseSeriesNotation(text)).toEqual({ problem: expect.stringMatching(problem), offset });
  });

  it("reads any list of numbers back", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
        expect(values(numbers.map(String).join(" ")).map(String)).toEqual(numbers.map(String));
      }),
    );
  });
});
