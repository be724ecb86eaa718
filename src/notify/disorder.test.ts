// Events that overtake each other and come twice: people end up knowing what they would know had all come in order.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmStateChange } from "../model/alarm-event.ts";
import type { AlarmState, AlertGroup, EventCursor } from "../model/alert.ts";
import { fingerprintOf } from "./alert-from-event.ts";
import { MOST_CHANGES } from "./history.ts";
import { createInhibitor } from "./inhibition.ts";
import { noKnowledge } from "./knowledge.ts";
import type { Notification } from "./notification.ts";
import { admitEvent, type Received, receiveAlert } from "./receive.ts";
import { NOON, payload, policyOf, type RouteSketch, TestLog } from "./test-fixtures.ts";
import { tick } from "./tick.ts";

const CPU = payload("sns-metric-alarm") as AlarmStateChange;
const at = (minute: number): number => NOON + minute * 60_000;
const change = (state: AlarmState, minute: number, contributor?: string): AlarmStateChange => ({
  ...CPU,
  state,
  at: at(minute),
  ...(contributor === undefined ? {} : { contributor: { id: contributor, attributes: { Id: contributor } } }),
});

/** The pipeline over a store in memory. Events come ten seconds apart, long after they happened, and are told at once. */
class Told {
  readonly sent: Notification[] = [];
  readonly #groups = new Map<string, AlertGroup>();
  readonly #cursors = new Map<string, EventCursor>();
  readonly #log = new TestLog();
  readonly #policy;
  #now = at(1000);

  constructor(sketch: RouteSketch = {}) {
    this.#policy = policyOf({ groupWait: 0, groupInterval: 1, ...sketch });
  }

  receive(event: AlarmStateChange): Received["outcome"] {
    this.#now += 10_000;
    const policy = this.#policy;
    const cursor = this.#cursors.get(fingerprintOf(event));
    const admitted = admitEvent({ event, policy, knowledge: noKnowledge, cursor });
    const received =
      admitted.outcome === "admitted"
        ? receiveAlert(admitted, policy, (key) => this.#groups.get(key), this.#now)
        : admitted;
    if (received.cursor) this.#cursors.set(received.cursor.fingerprint, received.cursor);
    if (received.outcome === "placed")
      for (const group of received.groups) this.#groups.set(group.key, group);
    this.#tick();
    return received.outcome;
  }

  /** `+3` fires since the third minute, `-3..5` did until the fifth; a `!` where people are called. */
  get lines(): readonly string[] {
    return this.sent.map(({ reason, alerts }) =>
      alerts
        .map(({ status, startsAt, endsAt }) =>
          status === "firing" ? `+${minute(startsAt)}` : `-${minute(startsAt)}..${minute(endsAt ?? 0)}`,
        )
        .join(" ")
        .concat(/first-notification|new-alerts/.test(reason) ? "!" : ""),
    );
  }

  #tick(): void {
    const context = {
      now: this.#now,
      policy: this.#policy,
      silences: [],
      inhibitor: createInhibitor([], []),
    };
    for (const { before, result } of tick(this.#groups.values(), context, this.#log.read).flushed) {
      this.#log.write(result.log);
      if (result.group) this.#groups.set(before.key, result.group);
      else this.#groups.delete(before.key);
      this.sent.push(...result.notifications);
    }
  }
}

const minute = (ms: number): number => (ms - NOON) / 60_000;

function told(events: readonly AlarmStateChange[], sketch?: RouteSketch): readonly string[] {
  const run = new Told(sketch);
  for (const event of events) run.receive(event);
  return run.lines;
}

describe("an alarm whose recovery comes first", () => {
  it("is told as over, once, and calls nobody", () => {
    const run = new Told();
    expect(run.receive(change("OK", 5))).toBe("ignored");
    expect(run.receive(change("ALARM", 3))).toBe("placed");
    expect(run.receive(change("ALARM", 3))).toBe("repeated");
    expect(run.receive(change("OK", 5))).toBe("repeated");
    expect(run.lines).toEqual(["-3..5"]);
    const [message] = run.sent;
    expect(message).toMatchObject({ status: "resolved", first: true, counts: { firing: 0, resolved: 1 } });
    expect(message?.title).toMatch(/^OK {2}.* after 2 min$/);
    expect(message?.alerts[0]?.text).toMatchObject({
      state: "OK",
      facts: [
        {
          label: "Fired",
          value:
            "2026-11-01 12:03:00, recovered 2026-11-01 12:05:00 UTC; what said so came late or in disorder",
        },
      ],
    });
    expect(run.receive(change("ALARM", 7))).toBe("placed");
    expect(run.lines).toEqual(["-3..5", "+7!"]);
  });

  it("is told to those who want no recoveries, too", () => {
    const run = new Told({ channels: ["quiet"] });
    run.receive(change("OK", 5));
    run.receive(change("ALARM", 3));
    expect(run.lines).toEqual(["-3..5"]);
  });

  it("isn't told where its group would have waited for longer than it fired", () => {
    expect(told([change("OK", 5), change("ALARM", 3)], { groupWait: 121 })).toEqual([]);
    expect(told([change("OK", 5), change("ALARM", 3)], { groupWait: 120 })).toEqual(["-3..5"]);
  });

  it("is each of its contributors by itself", () => {
    const run = new Told();
    for (const [state, when, id] of [
      ["OK", 5, "1"],
      ["ALARM", 2, "2"],
      ["ALARM", 3, "1"],
      ["OK", 4, "2"],
    ] as const)
      run.receive(change(state, when, id));
    // They are of one group: while one fires, what is told of the other is an addition.
    expect(run.lines).toEqual(["+2!", "+2 -3..5", "-2..4"]);
  });
});

describe("a firing that a later one overtook", () => {
  const [alarm1, ok1, alarm2, ok2] = [
    change("ALARM", 1),
    change("OK", 2),
    change("ALARM", 3),
    change("OK", 4),
  ] as const;

  it.each<[string, AlarmStateChange[], string[]]>([
    ["in order", [alarm1, ok1, alarm2, ok2], ["+1!", "-1..2", "+3!", "-3..4"]],
    ["the second first", [alarm2, alarm1, ok1, ok2], ["+3!", "+3 -1..2", "-3..4"]],
    ["its end before its beginning", [alarm2, ok1, alarm1, ok2], ["+3!", "+3 -1..2", "-3..4"]],
    ["the end between both last", [alarm1, alarm2, ok2, ok1], ["+1!", "-1..4", "-3..4"]],
    ["the end between both late", [alarm1, alarm2, ok1, ok2], ["+1!", "-3..4"]],
    ["backwards", [ok2, alarm2, ok1, alarm1], ["-3..4", "-1..2"]],
    ["the recoveries first", [ok2, ok1, alarm1, alarm2], ["-1..2", "-3..4"]],
  ])("%s", (_, events, lines) => {
    expect(told(events)).toEqual(lines);
    expect(told(events.flatMap((event) => [event, event]))).toEqual(lines);
    expect(told([...events, ...events.toReversed()])).toEqual(lines);
  });

  it("began with the earliest that is known of it", () => {
    expect(told([change("ALARM", 3), change("ALARM", 1), change("OK", 5)])).toEqual(["+3!", "-1..5"]);
  });
});

describe("missing data that overtakes", () => {
  it("keeps an alarm firing that comes after it", () => {
    expect(told([change("INSUFFICIENT_DATA", 5), change("ALARM", 3), change("OK", 7)])).toEqual([
      "+3!",
      "-3..7",
    ]);
  });

  it("keeps nothing firing that had recovered before", () => {
    expect(told([change("ALARM", 1), change("INSUFFICIENT_DATA", 5), change("OK", 3)])).toEqual([
      "+1!",
      "-1..3",
    ]);
  });
});

describe("what is remembered of an alarm", () => {
  it("has an end, and what is older than that changes nothing", () => {
    const run = new Told();
    for (let n = 0; n < MOST_CHANGES; n += 1) run.receive(change(n % 2 === 0 ? "ALARM" : "OK", 10 + n));
    const before = run.sent.length;
    expect(run.receive(change("ALARM", 1))).toBe("outdated");
    expect(run.receive(change("OK", 2))).toBe("outdated");
    expect(run.sent.length).toBe(before);
  });

  it("holds the beginning of what still fires", () => {
    const run = new Told();
    run.receive(change("ALARM", 1));
    for (let n = 0; n < 2 * MOST_CHANGES; n += 1)
      run.receive(change(n % 2 === 0 ? "INSUFFICIENT_DATA" : "ALARM", 10 + n));
    run.receive(change("OK", 500));
    expect(run.lines).toEqual(["+1!", "-1..500"]);
  });
});

describe("any order and any repetition of an alarm's changes", () => {
  // `A` fires, `O` recovers, `-` has no data; contributor 1 in the even minutes, 2 in the odd ones.
  const STATES = { A: "ALARM", O: "OK", "-": "INSUFFICIENT_DATA" } as const;
  const states = fc.string({ unit: fc.constantFrom("A", "O", "-"), minLength: 1, maxLength: 9 });
  const eventsOf = (text: string, contributor: number): readonly AlarmStateChange[] =>
    [...text].map((letter, n) =>
      change(STATES[letter as keyof typeof STATES], 2 * n + contributor, `${contributor}`),
    );
  const deliveries = fc.tuple(states, states).chain(([one, other]) => {
    const count = one.length + other.length;
    const numbers = Array.from({ length: count }, (_, n) => n);
    const repeated = fc.array(fc.nat(count - 1), { maxLength: count });
    const order = repeated.chain((more) =>
      fc.shuffledSubarray([...numbers, ...more], { minLength: count + more.length }),
    );
    return fc.record({ one: fc.constant(one), other: fc.constant(other), order });
  });

  it("tells every firing, and in the end what is so", () => {
    fc.assert(
      fc.property(deliveries, ({ one, other, order }) => {
        const contributors = [eventsOf(one, 0), eventsOf(other, 1)];
        const events = contributors.flat();
        const run = new Told();
        for (const index of order) run.receive(events[index] as AlarmStateChange);
        for (const own of contributors) {
          const name = fingerprintOf(own[0] as AlarmStateChange);
          const alerts = run.sent.flatMap((sent) =>
            sent.alerts.filter(({ fingerprint }) => fingerprint.startsWith(name)),
          );
          const periods = firings(own);
          const running = periods.some(({ end }) => end === undefined);
          const last = alerts.filter(({ late }) => !late).at(-1)?.status ?? "resolved";
          expect(last).toBe(running ? "firing" : "resolved");
          // What was over before all of it was known may be told with a part of its time; alternating changes leave no such doubt.
          const isExact = !/A-*A/.test(own === contributors[0] ? one : other);
          for (const { start, end } of periods) {
            if (end === undefined) continue;
            const isTold = alerts.some(({ startsAt, endsAt = startsAt }) =>
              isExact ? startsAt === start : startsAt <= end && endsAt >= start,
            );
            expect([start, isTold]).toEqual([start, true]);
          }
          const late = alerts
            .filter((alert) => alert.late && alert.news)
            .map(({ fingerprint }) => fingerprint);
          expect(new Set(late).size).toBe(late.length);
        }
        const calls = run.lines.filter((line) => line.endsWith("!")).length;
        expect(calls).toBeLessThanOrEqual([...one, ...other].filter((letter) => letter === "A").length);
      }),
      { numRuns: 500 },
    );
  });
});

/** The firings of a whole sequence of changes in order. */
function firings(changes: readonly AlarmStateChange[]): readonly { start: number; end?: number }[] {
  const periods: { start: number; end?: number }[] = [];
  let start: number | undefined;
  for (const { state, at: when } of changes) {
    if (state === "ALARM") start ??= when;
    if (state === "OK" && start !== undefined) {
      periods.push({ start, end: when });
      start = undefined;
    }
  }
  return start === undefined ? periods : [...periods, { start }];
}
