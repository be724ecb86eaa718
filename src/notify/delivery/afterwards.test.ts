import { beforeEach, describe, expect, it } from "vitest";
import { type Clock, ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import { Afterwards } from "./afterwards.ts";

let clock: ManualClock;
let warnings: string[];
let afterwards: Afterwards;

beforeEach(() => {
  clock = new ManualClock();
  warnings = [];
  const log = { ...silentLogger, warn: (message: string) => warnings.push(message) };
  afterwards = new Afterwards({ clock, log });
});

describe("what follows a message", () => {
  it("is done in order, one at a time, and waited for at the end", async () => {
    const done: string[] = [];
    for (const name of ["a", "b"])
      afterwards.add(async ({ sleep }) => {
        done.push(`${name} begins`);
        await sleep(1000);
        done.push(`${name} ends`);
      });
    const ended = afterwards.end().then(() => done.push("all"));
    await clock.advance(5000);
    await ended;
    expect(done).toEqual(["a begins", "a ends", "b begins", "b ends", "all"]);
  });

  it("is given up when it takes too long, and holds up nothing after it", async () => {
    let given = false;
    afterwards.add(({ signal }) => {
      signal.addEventListener("abort", () => {
        given = true;
      });
      return new Promise(() => undefined);
    });
    let next = false;
    afterwards.add(async () => {
      next = true;
    });
    await clock.advance(20_000);
    expect([given, next]).toEqual([true, true]);
  });

  it("has its time when the clock jumps, too", async () => {
    let jumps = 1;
    const jumping: Clock = {
      now: () => clock.now(),
      sleep: (ms, signal) => (jumps-- > 0 ? Promise.resolve() : clock.sleep(ms, signal)),
    };
    let given = false;
    new Afterwards({ clock: jumping, log: silentLogger }).add(({ signal }) => {
      signal.addEventListener("abort", () => {
        given = true;
      });
      return new Promise(() => undefined);
    });
    await clock.advance(18_500);
    expect(given).toBe(false);
    await clock.advance(1000);
    expect(given).toBe(true);
  });

  it("may fail without anything else failing", async () => {
    afterwards.add(() => Promise.reject(new Error("no")));
    let next = false;
    afterwards.add(async () => {
      next = true;
    });
    await afterwards.end();
    expect([next, warnings.length]).toEqual([true, 1]);
  });

  it("keeps nobody from stopping for long, and doesn't pile up", async () => {
    let begun = 0;
    for (let i = 0; i < 500; i += 1)
      afterwards.add(() => {
        begun += 1;
        return new Promise(() => undefined);
      });
    const ended = afterwards.end();
    await clock.advance(20_000);
    await ended;
    await clock.advance(3_600_000);
    expect(begun).toBeLessThanOrEqual(2);
  });
});
