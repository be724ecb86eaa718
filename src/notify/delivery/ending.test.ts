import { describe, expect, it } from "vitest";
import { Ending } from "./ending.ts";

describe("the end of a send", () => {
  it("is told once to everybody who still wants to know", () => {
    const ending = new Ending();
    const told: string[] = [];
    const first = (): unknown => told.push("first");
    const second = (): unknown => told.push("second");
    ending.addEventListener("abort", first);
    ending.addEventListener("abort", second);
    ending.addEventListener("abort", () => told.push("third"));
    ending.removeEventListener("abort", second);
    expect(ending.aborted).toBe(false);
    ending.abort();
    ending.abort();
    expect(ending.aborted).toBe(true);
    expect(told).toEqual(["first", "third"]);
  });

  it("is known to a signal whether that is asked for before or after it", () => {
    const before = new Ending();
    const { signal } = before;
    expect(signal.aborted).toBe(false);
    before.abort();
    expect(signal.aborted).toBe(true);
    const after = new Ending();
    after.abort();
    expect(after.signal.aborted).toBe(true);
  });
});
