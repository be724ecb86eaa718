import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyExpression, METRICS } from "../../test/support/math-expressions.ts";
import { evaluateMath } from "./math-evaluation.ts";
import { compileMath, type MathProgram } from "./math-program.ts";
import { RangesEvaluation, SlotValues } from "./math-ranges.ts";
import { mathRoots } from "./math-roots.ts";
import type { MathFrame, Series } from "./math-values.ts";
import { resolveOptions } from "./options.ts";

const START = Date.UTC(2026, 0, 5, 23, 50) / 1000;
const SLOT = 60;

const point = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, -0, 1, 2, 3, 7, -2, 0.1, 0.3, 1e300) },
  { weight: 2, arbitrary: fc.constant(Number.NaN) },
);

interface Case {
  readonly program: MathProgram;
  readonly frame: MathFrame;
  readonly range: number;
  readonly lanes: number;
  readonly hidden: number;
}

const cases = fc
  .record({
    expression: anyExpression,
    inner: anyExpression,
    range: fc.integer({ min: 1, max: 6 }),
    lanes: fc.integer({ min: 1, max: 3 }),
    hidden: fc.constantFrom(0, 0, 1, 2),
    // Of every lane.
    length: fc.integer({ min: 6, max: 20 }),
    ifMissing: fc.constantFrom("zero", "dropped"),
  })
  .chain(({ expression, inner, range, lanes, hidden, length, ifMissing }) => {
    const slots = length * lanes;
    return fc.tuple(...METRICS.map(() => fc.array(point, { minLength: slots, maxLength: slots }))).map(
      (points): Case => ({
        program: compiled(expression, inner.replaceAll("(e", "(a")),
        frame: {
          length: slots,
          timeAt: (i) => START + i * SLOT,
          inputs: new Map(METRICS.map((id, i) => [id, Float64Array.from(points[i] ?? [])])),
          periodOf: () => SLOT * lanes,
          bandOf: () => ({ bandAt: (time, width) => ({ lower: (time / 60) % 3, upper: width + 4 }) }),
          options: resolveOptions({ ifMissing }),
        },
        range,
        lanes,
        hidden,
      }),
    );
  });

function compiled(expression: string, inner: string): MathProgram {
  const { program, diagnostics } = compileMath([
    ...METRICS.map((id) => ({ id })),
    { id: "e", expression: inner },
    { id: "result", expression },
  ]);
  if (!program) throw new Error(JSON.stringify(diagnostics));
  return program;
}

/** The result over one range alone. */
function alone({ program, frame, range, lanes, hidden }: Case, end: number): Series {
  const slots = Array.from({ length: range }, (_, i) => end - (range - 1 - i) * lanes);
  const read = (series: Series) =>
    Float64Array.from(slots, (slot, i) => (i < range - hidden ? (series[slot] as number) : Number.NaN));
  const [result] = evaluateMath(program, ["result"], {
    ...frame,
    length: range,
    timeAt: (i) => frame.timeAt(slots[i] as number),
    inputs: new Map(METRICS.map((id) => [id, read(frame.inputs.get(id) as Series)])),
  });
  return result as Series;
}

function ends({ frame, range, lanes }: Case): number[] {
  const first = (range - 1) * lanes;
  return Array.from({ length: frame.length - first }, (_, i) => first + i);
}

describe("ranges side by side", () => {
  it("are to the last bit what each is alone, for every expression", () => {
    let compared = 0;
    fc.assert(
      fc.property(cases, (given) => {
        const { program, frame, range, lanes, hidden } = given;
        if (!program.expressions.get("result")?.sideBySide) return;
        compared += 1;
        const slots = new SlotValues(program, frame);
        const together = new RangesEvaluation(slots, { ends: ends(given), range, lanes, hidden });
        const result = together.id("result") as Series;
        ends(given).forEach((end, i) => {
          expect(result.slice(i * range, (i + 1) * range)).toEqual(alone(given, end));
        });
      }),
      { numRuns: 700 },
    );
    expect(compared).toBeGreaterThan(300);
  });

  it("have points that are the same in every range from their root on", () => {
    let compared = 0;
    fc.assert(
      fc.property(cases, (any) => {
        const given = { ...any, hidden: 0 };
        const { program, frame, range, lanes } = given;
        const { settles, rangeDependent } = program.expressions.get("result") ?? {};
        if (!settles || !rangeDependent) return;
        const length = frame.length / lanes;
        const newest = Array.from({ length: lanes }, (_, lane) => frame.length - lanes + lane);
        const whole = new RangesEvaluation(new SlotValues(program, frame), {
          ends: newest,
          range: length,
          lanes,
          hidden: 0,
        });
        const points = whole.id("result") as Series;
        const roots = mathRoots(["result"], whole);
        for (const end of ends(given)) {
          const single = alone(given, end);
          const begin = (end % lanes) * length + Math.floor(end / lanes) - (range - 1);
          single.forEach((value, i) => {
            if ((roots[begin + i] as number) < begin) return;
            compared += 1;
            expect(points[begin + i]).toBe(value);
          });
        }
      }),
      { numRuns: 1000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});
