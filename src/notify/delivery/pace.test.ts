import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoff, TokenBucket } from "./pace.ts";

describe("a token bucket", () => {
  it("lets a burst through, then the rate", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 3 }, 0);
    expect([0, 0, 0].map(() => bucket.take(0))).toEqual([0, 0, 0]);
    expect(bucket.take(0)).toBe(1000);
    expect(bucket.take(400)).toBe(600);
    expect(bucket.take(1000)).toBe(0);
    expect(bucket.take(1000)).toBe(1000);
  });

  it("keeps still as long as the service asks, and has no burst then", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 5 }, 0);
    bucket.exhaust(2000, 0);
    expect(bucket.take(500)).toBe(1500);
    expect(bucket.take(2000)).toBe(0);
    expect(bucket.take(2000)).toBe(0);
    expect(bucket.take(2000)).toBe(1000);
  });

  it("goes on at its rate when the clock is put back", () => {
    const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 3_600_000);
    expect(bucket.take(3_600_000)).toBe(0);
    expect(bucket.take(0)).toBe(1000);
    expect(bucket.take(1000)).toBe(0);
  });

  it("never gives more than burst and rate allow, in any window", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(700), { maxLength: 80 }), (gaps) => {
        const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
        const times: number[] = [];
        let now = 0;
        for (const gap of gaps) {
          now += gap;
          if (bucket.take(now) === 0) times.push(now);
        }
        for (const [i, from] of times.entries())
          for (const [j, to] of times.entries())
            if (j >= i) expect(j - i + 1).toBeLessThanOrEqual(3 + ((to - from) / 1000) * 2 + 1e-6);
      }),
    );
  });

  it("holds nobody up where there is no rate", () => {
    const bucket = new TokenBucket({ perSecond: Number.POSITIVE_INFINITY, burst: 1 }, 0);
    expect([0, 0, 0].map(() => bucket.take(0))).toEqual([0, 0, 0]);
    bucket.exhaust(10, 0);
    expect(bucket.take(4)).toBe(6);
  });
});

describe("backoff", () => {
  it("doubles up to its limit, between half and all of it", () => {
    expect([1, 2, 3, 4, 99].map((n) => backoff(n, 5000, () => 0))).toEqual([500, 1000, 2000, 2500, 2500]);
    expect([1, 2, 3, 4, 99].map((n) => backoff(n, 5000, () => 0.999999))).toEqual(
      [1000, 2000, 4000, 5000, 5000].map((ms) => expect.closeTo(ms, 0)),
    );
  });
});
