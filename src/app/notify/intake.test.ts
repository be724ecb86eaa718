import { describe, expect, it } from "vitest";
import { ManualClock } from "../../support/clock.ts";
import { Intake } from "./intake.ts";

const company = { quiet: 40, longest: 400 };

/** An intake of texts whose key is their first letter; it remembers what it handled together, and when. */
function intakeOn(clock: ManualClock, options: { readonly company?: typeof company } = { company }) {
  const handled: { readonly at: number; readonly items: string }[] = [];
  const start = clock.now().getTime();
  const intake = new Intake<string, string>({
    keyOf: (item) => item.charAt(0),
    clock,
    ...options,
    handle: async (items) => {
      handled.push({ at: clock.now().getTime() - start, items: items.join(" ") });
      if (items.includes("x")) throw new Error("no x");
      return items.map((item) => item.toUpperCase());
    },
  });
  return { intake, handled };
}

describe("an intake", () => {
  it("hands on what comes alone after a short while", async () => {
    const clock = new ManualClock();
    const { intake, handled } = intakeOn(clock);
    const answer = intake.take(["a"]);
    await clock.advance(1000);
    expect(await answer).toEqual(["A"]);
    expect(handled).toEqual([{ at: 40, items: "a" }]);
  });

  it("hands on together what comes shortly after one another, but lets nothing wait for long", async () => {
    const clock = new ManualClock();
    const { intake, handled } = intakeOn(clock);
    const letters = "abcdefghijklmnopqrstuvwyzABCDEF";
    const answers: Promise<readonly string[]>[] = [];
    for (const letter of letters) {
      answers.push(intake.take([letter]));
      await clock.advance(20);
    }
    await clock.advance(1000);
    expect((await Promise.all(answers)).flat().join("")).toBe(letters.toUpperCase());
    expect(handled.map(({ at }) => at)).toEqual([400, 680]);
    expect(handled.map(({ items }) => items.split(" ").length)).toEqual([20, 11]);
  });

  it("forgets nothing that comes at the very moment of an answer", async () => {
    const { intake, handled } = intakeOn(new ManualClock(), {});
    for (const letter of ["a", "b", "x", "c"])
      await intake.take([letter]).then(
        () => intake.take([letter.toUpperCase()]),
        () => undefined,
      );
    expect(handled.map(({ items }) => items).join("")).toBe("aAbBxcC");
  });

  it("waits for nobody when there is a lot to do, or when it isn't told to", async () => {
    const clock = new ManualClock();
    const { intake, handled } = intakeOn(clock);
    const many = Array.from({ length: 200 }, (_, i) => String.fromCodePoint(0x4e00 + i));
    await intake.take(many);
    expect(handled[0]?.at).toBe(0);
    const other = intakeOn(clock, {});
    const [one, two] = [other.intake.take(["a", "b"]), other.intake.take(["c"])];
    expect(await Promise.all([one, two])).toEqual([["A", "B"], ["C"]]);
    expect(other.handled).toEqual([{ at: 0, items: "a b c" }]);
  });

  it("handles items of one key one after the other, and the others with the first", async () => {
    const { intake, handled } = intakeOn(new ManualClock(), {});
    expect(await intake.take(["a1", "b", "a2", "c", "a3"])).toEqual(["A1", "B", "A2", "C", "A3"]);
    expect(handled.map(({ items }) => items)).toEqual(["a1 b c", "a2", "a3"]);
  });

  it("rejects those of which something couldn't be handled, and answers nothing with nothing", async () => {
    const { intake } = intakeOn(new ManualClock(), {});
    const [good, bad] = [intake.take(["b"]), intake.take(["b", "x"])];
    await expect(good).rejects.toThrow("no x");
    await expect(bad).rejects.toThrow("no x");
    expect(await intake.take(["a"])).toEqual(["A"]);
    expect(await intake.take([])).toEqual([]);
  });
});
