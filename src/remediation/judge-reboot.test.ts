import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BootReading, GRACE_SECONDS, judgeReboot, readBoot, requestedBetween } from "./judge-reboot.ts";

const T = Date.parse("2026-11-20T10:00:00Z");
const DAY = 86_400;

/** What a guest that booted at `bootedAt` (s after T) answers at `at`. */
const reading = (bootedAt: number, at: number, more: Partial<BootReading> = {}): BootReading => ({
  bootId: `boot-${bootedAt}`,
  age: at - bootedAt,
  askedAt: T + at * 1000,
  answeredAt: T + (at + 2) * 1000,
  ...more,
});
const nameless = (bootedAt: number, at: number): BootReading => {
  const { bootId: _, ...rest } = reading(bootedAt, at);
  return rest;
};
const judge = (baseline: BootReading | undefined, ...after: BootReading[]) =>
  judgeReboot({ requested: { from: T, to: T }, baseline, first: after[0], latest: after.at(-1) }).kind;

describe("a reboot", () => {
  const before = reading(-DAY, -10);

  it.each<[string, string, BootReading | undefined, BootReading[]]>([
    ["is open while nobody answers", "open", before, []],
    ["is proved by another boot", "rebooted", before, [reading(12, 40)]],
    ["is proved when it was over before the first ping", "rebooted", before, [reading(3, 6)]],
    ["is proved without a baseline by its time", "rebooted", undefined, [reading(240, 300)]],
    ["is proved on Windows by its time", "rebooted", nameless(-DAY, -10), [nameless(30, 90)]],
    [
      "is proved between two answers, whatever the times",
      "rebooted",
      undefined,
      [reading(-5, 1), reading(30, 60)],
    ],
    ["is open while the same boot goes on", "open", before, [reading(-DAY, 20), reading(-DAY, 200)]],
    [
      "never was when the same boot outlived the grace",
      "never",
      before,
      [reading(-DAY, 20), reading(-DAY, 400)],
    ],
    ["never was, without a baseline", "never", undefined, [reading(-DAY, 20), reading(-DAY, 400)]],
    ["is open when a boot can't be told from one just before", "open", undefined, [reading(0, 10)]],
    ["is open when it rebooted by itself just before", "open", before, [reading(-5, 10)]],
    [
      "that came by itself just before is good enough once the grace is over",
      "rebooted",
      before,
      [reading(-5, 10), reading(-5, 400)],
    ],
  ])("%s", (_, kind, baseline, after) => {
    expect(judge(baseline, ...after)).toBe(kind);
  });

  it("that never was isn't proved by a clock that jumps: only the guest's own seconds count", () => {
    const jumped = reading(-DAY, 60, { askedAt: T + 3_600_000, answeredAt: T + 3_602_000 });
    expect(judge(before, reading(-DAY, 20), jumped)).toBe("open");
  });

  it("is judged right whenever it came, whatever was rounded and however long answers took", () => {
    const age = (bootedAt: number, at: number) => Math.floor(at - bootedAt);
    fc.assert(
      fc.property(
        fc.record({
          boot: fc.option(fc.integer({ min: 4, max: 900 }), { nil: undefined }),
          old: fc.integer({ min: 60, max: 30 * DAY }),
          looks: fc.array(fc.tuple(fc.integer({ min: 1, max: 1500 }), fc.integer({ min: 0, max: 60 })), {
            minLength: 1,
            maxLength: 6,
          }),
          hasBaseline: fc.boolean(),
          hasId: fc.boolean(),
        }),
        ({ boot, old, looks, hasBaseline, hasId }) => {
          const answer = (asked: number, takes: number): BootReading => {
            const at = asked + takes;
            const bootedAt = boot !== undefined && at >= boot ? boot : -old;
            const id = hasId ? { bootId: `boot-${bootedAt}` } : {};
            return {
              ...id,
              age: age(bootedAt, at),
              askedAt: T + asked * 1000,
              answeredAt: T + (at + 1) * 1000,
            };
          };
          const answers = looks
            .map(([asked, takes]) => [asked, takes] as const)
            .sort((a, b) => a[0] + a[1] - b[0] - b[1])
            .map(([asked, takes]) => answer(asked, takes));
          const verdict = judge(hasBaseline ? answer(-12, 1) : undefined, ...answers);
          const last = looks.map(([asked, takes]) => asked + takes).sort((a, b) => b - a)[0] as number;
          const did = boot !== undefined && last >= boot;
          if (verdict === "rebooted") expect(did).toBe(true);
          if (verdict === "never") {
            const first = looks.map(([asked, takes]) => asked + takes).sort((a, b) => a - b)[0] as number;
            expect(did).toBe(false);
            expect(last - first).toBeGreaterThanOrEqual(GRACE_SECONDS - 1);
          }
        },
      ),
    );
  });
});

describe("when a reboot was asked for", () => {
  const before = { at: T - 10_000, offset: 500 };
  it.each([
    [
      "by our clock and how far AWS's is ahead",
      { before, after: { at: T + 10_500, offset: 700 } },
      [700, 700],
    ],
    ["without a command before", { after: { at: T + 10_000, offset: -60_000 } }, [-60_000, -60_000]],
    [
      "never later than what came after it",
      { after: { at: T + 10_000, offset: 3_600_000 } },
      [10_000, 10_000],
    ],
    [
      "between the two when our clock jumped",
      { before, after: { at: T + 9_000, offset: -3_600_000 } },
      [-10_000, 9_000],
    ],
    ["is as we know it while nothing else is known", {}, [0, 0]],
  ] as const)("%s", (_, times, [from, to]) => {
    expect(requestedBetween({ requestedAt: T, ...times })).toEqual({ from: T + from, to: T + to });
  });
});

describe("what a guest says of its boot", () => {
  const asked = { askedAt: T, answeredAt: T + 4_000 };
  it("is read on Linux, with the error of its clock", () => {
    const id = "01234567-89ab-4cde-8f01-23456789abcd";
    const ahead = T / 1000 + 3600;
    expect(readBoot("linux", `${id}\n123.45 99.1\n${ahead}\n`, asked)).toEqual({
      bootId: id,
      age: 123.45,
      clock: ahead * 1000,
      skew: 3600,
      ...asked,
    });
    expect(readBoot("linux", `${id}\n123.45 99.1\n${T / 1000 + 2}\n`, asked)?.skew).toBe(0);
    expect(readBoot("linux", `${id}\n123.45 99.1\n${T / 1000 - 90}\n`, asked)?.skew).toBe(-92);
  });

  it("is read on Windows by its own clock alone", () => {
    expect(readBoot("windows", `2026-11-20T11:00:00.0000000+01:00\r\n${T / 1000 + 60}\r\n`, asked)?.age).toBe(
      60,
    );
  });

  it.each(["", "sh: cat: not found", "no-boot-id\n1.0\n2"])("isn't guessed out of %j", (output) => {
    expect(readBoot("linux", output, asked)).toBeUndefined();
    expect(readBoot("windows", output, asked)).toBeUndefined();
  });
});
