import { describe, expect, it } from "vitest";
import { type Clock, ManualClock } from "../../support/clock.ts";
import { Bell } from "./bell.ts";

/** A clock that can jump while its sleepers sleep on, and that counts them. */
function jumpingClock() {
  const steady = new ManualClock();
  const seen = { jumped: 0, asleep: 0, begun: 0 };
  const clock: Clock = {
    now: () => new Date(steady.now().getTime() + seen.jumped),
    sleep: async (ms, signal) => {
      seen.begun += 1;
      seen.asleep += 1;
      await steady.sleep(ms, signal).finally(() => {
        seen.asleep -= 1;
      });
    },
  };
  return { clock, seen, pass: (ms: number) => steady.advance(ms) };
}

/** Whether a wait is over. */
function watch(wait: Promise<void>): { over: boolean } {
  const state = { over: false };
  void wait.then(() => {
    state.over = true;
  });
  return state;
}

describe("a bell", () => {
  it("wakes whoever waits, when it rings or after a time", async () => {
    const { clock, pass } = jumpingClock();
    const bell = new Bell(clock);
    const rung = watch(bell.wait(Number.POSITIVE_INFINITY));
    await pass(3_600_000);
    expect(rung.over).toBe(false);
    bell.ring();
    await pass(0);
    expect(rung.over).toBe(true);
    const waited = watch(bell.wait(700));
    await pass(699);
    expect(waited.over).toBe(false);
    await pass(1);
    expect(waited.over).toBe(true);
  });

  it("is heard once when it rang while nobody waited", async () => {
    const { clock, pass } = jumpingClock();
    const bell = new Bell(clock);
    bell.ring();
    bell.ring();
    await bell.wait(Number.POSITIVE_INFINITY);
    const second = watch(bell.wait(Number.POSITIVE_INFINITY));
    await pass(1000);
    expect(second.over).toBe(false);
  });

  it("goes on with its timer while something else rings, and makes an earlier one where need be", async () => {
    const { clock, seen, pass } = jumpingClock();
    const bell = new Bell(clock);
    for (let i = 0; i < 100; i += 1) {
      const wait = bell.wait(500);
      bell.ring();
      await wait;
    }
    expect(seen).toMatchObject({ begun: 1, asleep: 1 });
    await pass(100);
    const sooner = watch(bell.wait(50));
    await pass(49);
    expect(sooner.over).toBe(false);
    await pass(1);
    expect(sooner.over).toBe(true);
    expect(seen).toMatchObject({ begun: 2, asleep: 0 });
    const next = watch(bell.wait(300));
    await pass(300);
    expect(next.over).toBe(true);
  });

  it.each([
    ["forwards", 3_000_000],
    ["far forwards", 7_200_000],
    ["to just before its end", 3_599_500],
    ["back", -7_200_000],
  ])("rings in time though the clock jumps %s while a long timer runs", async (_, jump) => {
    const { clock, seen, pass } = jumpingClock();
    const bell = new Bell(clock);
    const long = bell.wait(3_600_000);
    bell.ring();
    await long;
    seen.jumped = jump;
    const short = watch(bell.wait(1000));
    await pass(1000);
    expect(short.over).toBe(true);
  });

  it("leaves no timer behind when it is closed", async () => {
    const { clock, seen, pass } = jumpingClock();
    const bell = new Bell(clock);
    const wait = bell.wait(1000);
    bell.ring();
    await wait;
    expect(seen.asleep).toBe(1);
    bell.close();
    await pass(0);
    expect(seen.asleep).toBe(0);
  });
});
