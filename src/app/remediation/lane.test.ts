import { describe, expect, it } from "vitest";
import { ManualClock } from "../../support/clock.ts";
import { type Context, silentLogger } from "../../support/context.ts";
import { Lane } from "./lane.ts";

const clock = new ManualClock("2026-11-20T10:00:00Z");
const context: Context = {
  clock,
  random: () => 0.5,
  signal: new AbortController().signal,
  log: silentLogger,
};

/** Lets everything go on that waits for nothing. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Tasks that end when they are told to. */
function tasks(...keys: readonly string[]) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const list = keys.map((key) => ({
    key,
    work: () =>
      new Promise<void>((resolve) => {
        begun.push(key);
        ends.set(key, resolve);
      }),
  }));
  const end = async (key: string) => {
    ends.get(key)?.();
    await settle();
  };
  return { list, begun, end };
}

describe("a lane", () => {
  it("does so many side by side, and begins the next as soon as one has ended", async () => {
    const lane = new Lane(2, context);
    const { list, begun, end } = tasks("a", "b", "c", "d");
    lane.offer(list);
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("does only so many of one group, and those of others meanwhile", async () => {
    const lane = new Lane(3, context, 1);
    const { list, begun, end } = tasks("a1", "a2", "b1", "b2");
    lane.offer(list.map((task) => ({ ...task, group: task.key.slice(0, 1) })));
    expect(begun).toEqual(["a1", "b1"]);
    await end("b1");
    expect(begun).toEqual(["a1", "b1", "b2"]);
    await end("a1");
    expect(begun).toEqual(["a1", "b1", "b2", "a2"]);
  });

  it("does nothing twice at a time, and forgets what an earlier list held", async () => {
    const lane = new Lane(2, context);
    const { list, begun, end } = tasks("a", "b", "c");
    lane.offer(list);
    lane.offer(list.slice(0, 2));
    await end("a");
    expect(begun).toEqual(["a", "b"]);
    lane.offer(list);
    expect(begun).toEqual(["a", "b", "a"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "a", "c"]);
  });

  it("lets what failed rest for a while, even when the clock jumps back meanwhile", async () => {
    const lane = new Lane(1, context);
    let tries = 0;
    const failing = {
      key: "a",
      work: () => {
        tries += 1;
        return Promise.reject(new Error("no credentials"));
      },
    };
    lane.offer([failing]);
    await settle();
    lane.offer([failing]);
    expect(tries).toBe(1);
    await clock.advance(15_001);
    lane.offer([failing]);
    await settle();
    expect(tries).toBe(2);
    const behind = new Lane(1, {
      ...context,
      clock: { ...clock, now: () => new Date(now), sleep: clock.sleep },
    });
    let now = Date.parse("2026-11-20T12:00:00Z");
    behind.offer([failing]);
    await settle();
    now -= 3_600_000;
    behind.offer([failing]);
    expect(tries).toBe(4);
  });

  it("ends what is under way when it is stopped, and begins nothing more", async () => {
    const lane = new Lane(1, context);
    const { list, begun, end } = tasks("a", "b");
    lane.offer(list);
    let stopped = false;
    const stopping = lane.stop().then(() => {
      stopped = true;
    });
    await settle();
    expect(stopped).toBe(false);
    await end("a");
    await stopping;
    expect(begun).toEqual(["a"]);
  });
});
