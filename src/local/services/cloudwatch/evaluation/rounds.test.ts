import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../clock.ts";
import { phaseOf, type Recurring, Rounds } from "./rounds.ts";

const CYCLE = 60_000;
const START = 1_000_000 * CYCLE;

interface Planned {
  readonly phase: number;
  /** Milliseconds after the start. */
  readonly from: number;
  readonly until: number | undefined;
}

const planned = fc.record<Planned>({
  phase: fc.constantFrom(0, 1, 500, 30_000, 59_999),
  from: fc.integer({ min: 0, max: 4 * CYCLE }),
  until: fc.option(fc.integer({ min: 4 * CYCLE, max: 8 * CYCLE }), { nil: undefined }),
});

describe("rounds", () => {
  it("run every item once a round at its phase, in order of phase and key, whatever comes and goes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(planned, { minLength: 1, maxLength: 8 }), async (plan) => {
        const clock = new VirtualClock({ start: new Date(START), host: () => 0 });
        const rounds = new Rounds(clock, CYCLE);
        const seen: string[] = [];
        plan.forEach(({ phase, from, until }, i) => {
          const run = (time: number): void => {
            if (time - START !== from) seen.push(`${time - START} ${i}`);
          };
          const item: Recurring = { phase, key: String(i), run };
          clock.at(START + from, () => rounds.add(item));
          if (until !== undefined) clock.at(START + until, () => rounds.remove(item));
        });
        const length = 10 * CYCLE;
        await clock.advance(length);
        const expected = plan
          .flatMap(({ phase, from, until = Number.POSITIVE_INFINITY }, i) =>
            Array.from({ length: 11 }, (_, round) => round * CYCLE + phase)
              // Added at its very moment it may run then or not, by what else is due; removed at it, it doesn't run any more.
              .filter((time) => time > from && time < until && time <= length)
              .map((time) => ({ time, phase, i })),
          )
          .sort((a, b) => a.time - b.time || a.i - b.i)
          .map(({ time, i }) => `${time} ${i}`);
        expect(seen).toEqual(expected);
      }),
    );
  });

  it("let items add and remove each other while they run", async () => {
    const clock = new VirtualClock({ start: new Date(START), host: () => 0 });
    const rounds = new Rounds(clock, CYCLE);
    const seen: string[] = [];
    const item = (key: string, phase: number, also: () => void = () => undefined): Recurring => ({
      key,
      phase,
      run: (time) => {
        seen.push(`${key} ${time - START}`);
        also();
      },
    });
    const late = item("late", 40_000);
    const early = item("early", 5_000);
    const first: Recurring = item("first", 10_000, () => {
      rounds.remove(first);
      rounds.add(late);
      rounds.add(early);
    });
    rounds.add(first);
    await clock.advance(2 * CYCLE);
    expect(seen).toEqual(["first 10000", "late 40000", "early 65000", "late 100000"]);
  });

  it("go on after an item that fails", async () => {
    const clock = new VirtualClock({ start: new Date(START), host: () => 0 });
    const rounds = new Rounds(clock, CYCLE);
    const seen: number[] = [];
    let failing = true;
    rounds.add({
      phase: 10,
      key: "a",
      run: () => {
        if (failing) throw new Error("broken");
      },
    });
    rounds.add({ phase: 20, key: "b", run: (time) => seen.push(time - START) });
    await expect(clock.advance(CYCLE)).rejects.toThrow("broken");
    failing = false;
    await clock.jumpTo(new Date(START + CYCLE));
    expect(seen).toEqual([20]);
  });

  it("spread alarms evenly, each always at the same phase", () => {
    const phases = Array.from({ length: 6000 }, (_, i) =>
      phaseOf(`arn:aws:cloudwatch:eu-west-1:1:alarm:a-${i}`, CYCLE),
    );
    const perSecond = new Array<number>(60).fill(0);
    for (const phase of phases)
      perSecond[Math.floor(phase / 1000)] = (perSecond[Math.floor(phase / 1000)] ?? 0) + 1;
    expect(Math.min(...perSecond)).toBeGreaterThan(60);
    expect(Math.max(...perSecond)).toBeLessThan(140);
    expect(phaseOf("arn:aws:cloudwatch:eu-west-1:1:alarm:a-1", CYCLE)).toBe(phases[1]);
  });
});
