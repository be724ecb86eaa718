import { describe, expect, it } from "vitest";
import type { Clock } from "../../support/clock.ts";
import { ManualClock } from "../../support/clock.ts";
import { Deadlines } from "./deadlines.ts";

describe("Deadlines", () => {
  it("end what takes too long, each after its own time", async () => {
    const clock = new ManualClock();
    const deadlines = new Deadlines(clock);
    const ended: string[] = [];
    deadlines.add({ expire: () => ended.push("a") }, 5_000);
    await clock.advance(1_500);
    deadlines.add({ expire: () => ended.push("b") }, 2_000);
    const removed = { expire: () => ended.push("c") };
    deadlines.add(removed, 1_000);
    deadlines.remove(removed);
    await clock.advance(1_400);
    expect(ended).toEqual([]);
    await clock.advance(1_200);
    expect(ended).toEqual(["b"]);
    await clock.advance(1_000);
    expect(ended).toEqual(["b", "a"]);
  });

  it("don't end what is under way when the clock jumps", async () => {
    const clock = new ManualClock();
    let jumped = 0;
    const jumping: Clock = {
      now: () => new Date(clock.now().getTime() + jumped),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const deadlines = new Deadlines(jumping);
    const ended: string[] = [];
    deadlines.add({ expire: () => ended.push("a") }, 15_000);
    await clock.advance(1_500);
    jumped += 3_600_000;
    await clock.advance(5_000);
    expect(ended).toEqual([]);
    await clock.advance(10_000);
    expect(ended).toEqual(["a"]);
    deadlines.close();
  });
});
