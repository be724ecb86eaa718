import { describe, expect, it } from "vitest";
import { ChannelCondition } from "./channel-condition.ts";

const AT_ONCE = 64;
const failed = (condition: ChannelCondition, now: number, retryAfter?: number): number =>
  condition.failed({
    reason: "connection",
    message: "broke the connection off",
    attempts: 1,
    now,
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });

describe("ChannelCondition", () => {
  it("rests for a second when all that is under way fails at once, and longer each time", () => {
    const condition = new ChannelCondition(() => 1);
    const rests: number[] = [];
    let now = 5000;
    for (let round = 0; round < 4; round += 1) {
      for (let send = 0; send < AT_ONCE; send += 1) failed(condition, now + send);
      const until = condition.trouble?.until ?? 0;
      rests.push(until - now);
      now = until;
    }
    // The third failure of the first round begins the rest, 2 ms later.
    expect(rests).toEqual([1002, 2000, 4000, 8000]);
    expect(condition.trouble).toMatchObject({ failures: 6, reason: "connection" });
    condition.delivered(now);
    expect(condition.trouble).toBeUndefined();
  });

  it("rests as long as the last one was asked to wait", () => {
    const condition = new ChannelCondition(() => 1);
    failed(condition, 0, 1);
    failed(condition, 10, 30);
    failed(condition, 20, 5);
    expect(condition.trouble?.until).toBe(30_010);
  });

  it("takes one limit that many meet at once for one", () => {
    const condition = new ChannelCondition(() => 1);
    const untils = Array.from({ length: AT_ONCE }, (_, send) => condition.limited(undefined, send));
    expect(new Set(untils)).toEqual(new Set([1000]));
    expect(condition.limited(undefined, 1000)).toBe(3000);
    expect(condition.limited(7, 1000)).toBe(8000);
  });
});
