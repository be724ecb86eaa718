import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { aNotification, recoveryOf } from "../../../test/support/notifications.ts";
import { scriptedChannel } from "../../../test/support/scripted-channel.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import { type Conflict, refKey, type Write } from "../../state/store.ts";
import { type Clock, ManualClock } from "../../support/clock.ts";
import { type Context, silentLogger } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import type { Channel, SendResult } from "../channel.ts";
import type { Notification } from "../notification.ts";
import type { DeliveryReport } from "./channel-delivery.ts";
import { Delivery, type DeliveryOptions, outboxWrites } from "./delivery.ts";

const SECOND = 1000;
const failing = (reason: "server-error" | "unauthorized" | "refused", retry = true): SendResult => ({
  outcome: "failed",
  retry,
  reason,
  message: `is ${reason}`,
});

const PACE = {
  destination: "team",
  perSecond: Number.POSITIVE_INFINITY,
  burst: 1,
  atOnce: 4,
  timeout: 15_000,
} as const;

let clock: ManualClock;
let store: MemoryStore;
let open: Delivery[];
let warnings: string[];

beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore();
  open = [];
  warnings = [];
});
afterEach(async () => {
  const stopped = Promise.all(open.map((delivery) => delivery.stop()));
  await pass(120 * SECOND);
  await stopped;
});

/** Lets time go by, and everything happen that it brings. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function deliver(channels: readonly Channel[], more: Partial<DeliveryOptions> = {}): Promise<Delivery> {
  const context: Context = {
    clock,
    random: () => 0.999,
    signal: new AbortController().signal,
    log: { ...silentLogger, warn: (message) => warnings.push(message) },
  };
  const delivery = new Delivery({ store, channels, context, owner: "me", ...more });
  open.push(delivery);
  await delivery.start();
  return delivery;
}

const enqueue = (...notifications: readonly Notification[]): Promise<Conflict | undefined> =>
  store.commit(outboxWrites(notifications.map((each) => ({ ...each, at: now() }))));
const now = (): number => clock.now().getTime();
const pending = async (channel = "team"): Promise<string[]> =>
  (await store.pending(channel, 0, 99)).map(({ id }) => id);

describe("delivery", () => {
  it("sends what is in the outbox, and takes it out", async () => {
    const team = scriptedChannel("team");
    const reports: DeliveryReport[] = [];
    await enqueue(aNotification("a"), aNotification("b"));
    const delivery = await deliver([team], { report: (report) => reports.push(report) });
    await pass(1);
    expect(team.ids).toEqual(["n-a", "n-b"]);
    expect(await pending()).toEqual([]);
    await enqueue(aNotification("c"));
    delivery.wake(["team"]);
    await pass(1);
    expect(team.ids).toEqual(["n-a", "n-b", "n-c"]);
    expect(reports.map(({ outcome, attempts }) => `${outcome} ${attempts}`)).toEqual(
      Array(3).fill("delivered 1"),
    );
    await delivery.idle();
  });

  it("finds within a second what other processes enqueue", async () => {
    const team = scriptedChannel("team");
    await deliver([team]);
    await pass(10 * SECOND);
    await enqueue(aNotification("a"));
    await pass(SECOND);
    expect(team.ids).toEqual(["n-a"]);
  });

  it("doesn't read again what it was handed, not even when others were handed over after they were read", async () => {
    const team = scriptedChannel("team");
    // In memory, asking for heads asks for messages, too.
    const [reads, ofHeads] = [vi.spyOn(store, "pending"), vi.spyOn(store, "pendingHeads")];
    const delivery = await deliver([team]);
    const reading = (): number => reads.mock.calls.length - ofHeads.mock.calls.length;
    const early = Array.from({ length: 300 }, (_, index) => aNotification(`early-${index}`));
    await enqueue(...early);
    const before = reading();
    delivery.deliver(early);
    for (let times = 0; times < 4; times += 1) await pass(SECOND);
    expect(team.ids).toHaveLength(300);
    expect(ofHeads.mock.calls.length).toBeGreaterThan(1);
    expect(reading() - before).toBeLessThanOrEqual(4);
    const late = Array.from({ length: 400 }, (_, index) => aNotification(`late-${index}`));
    await enqueue(...late);
    for (let times = 0; times < 4; times += 1) await pass(SECOND);
    expect(team.ids).toHaveLength(700);
    delivery.deliver(late);
    await pass(1);
    const fresh = aNotification("fresh");
    await enqueue(fresh);
    for (const spy of [reads, ofHeads]) spy.mockClear();
    delivery.deliver([fresh]);
    await pass(1);
    expect(team.ids).toHaveLength(701);
    expect(team.ids.at(-1)).toBe("n-fresh");
    expect(ofHeads).toHaveBeenCalled();
    expect(reads).toHaveBeenCalledTimes(ofHeads.mock.calls.length);
    expect(await pending()).toEqual([]);
  });

  it("reads what it wasn't handed, and sends it in its place between what it was", async () => {
    const team = scriptedChannel("team");
    const delivery = await deliver([team]);
    const [first, own, last] = [aNotification("first"), aNotification("own"), aNotification("last")];
    await enqueue(first, own, last);
    delivery.deliver([last, first]);
    await pass(1);
    expect(team.ids).toEqual(["n-first", "n-own", "n-last"]);
    expect(await pending()).toEqual([]);
  });

  it("sends a recovery only when its alarm is delivered and stored", async () => {
    let broken = true;
    const team = scriptedChannel("team", ({ id }) =>
      broken && id === "n-a" ? failing("server-error") : undefined,
    );
    const alarm = aNotification("a");
    await enqueue(alarm, recoveryOf(alarm), aNotification("b"));
    await deliver([team]);
    await pass(3 * SECOND);
    expect(team.ids.filter((id) => id !== "n-a")).toEqual(["n-b"]);
    broken = false;
    await pass(5 * SECOND);
    expect(team.ids.slice(-2)).toEqual(["n-a", "n-a-ok"]);
    expect(await pending()).toEqual([]);
  });

  it("waits longer with every failure, over restarts too", async () => {
    const team = scriptedChannel("team", () => failing("server-error"));
    await enqueue(aNotification("a"));
    const start = now();
    const first = await deliver([team]);
    await pass(8 * SECOND);
    const stopped = first.stop();
    await pass(1);
    await stopped;
    await deliver([team]);
    await pass(20 * SECOND);
    const times = team.seen.map(({ at }) => Math.round((at - start) / SECOND));
    expect(times).toEqual([0, 1, 3, 7, 15]);
    expect(team.seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5]);
  });

  it("sets aside what a channel refuses, tells it, and goes on", async () => {
    const team = scriptedChannel("team", ({ id }) =>
      id === "n-bad" ? failing("refused", false) : undefined,
    );
    const reports: DeliveryReport[] = [];
    await enqueue(aNotification("bad"), aNotification("good"));
    const delivery = await deliver([team], { report: (report) => reports.push(report) });
    await pass(1);
    expect(await store.setAside(9)).toMatchObject([
      { id: "n-bad", attempts: 1, reason: "refused: is refused" },
    ]);
    expect(reports).toMatchObject([{ outcome: "set-aside", reason: "refused" }, { outcome: "delivered" }]);
    expect(warnings).toEqual(["a message for team was set aside"]);
    expect((await delivery.health()).channels).toEqual([{ channel: "team", pending: 0, setAside: 1 }]);
  });

  it("gives up on a message that fails while others are taken, and lets its successors go", async () => {
    const team = scriptedChannel("team", ({ id }) => (id === "n-bad" ? failing("server-error") : undefined));
    const bad = aNotification("bad");
    await enqueue(bad, recoveryOf(bad));
    const delivery = await deliver([team]);
    await pass(2 * SECOND);
    await enqueue(aNotification("good"));
    delivery.wake();
    await pass(400 * SECOND);
    expect(team.seen.filter(({ id }) => id === "n-bad")).toHaveLength(8);
    expect(await store.setAside(9)).toMatchObject([
      {
        id: "n-bad",
        attempts: 8,
        reason: "server-error: is server-error (given up after 8 tries, others were taken meanwhile)",
      },
    ]);
    expect(team.ids.at(-1)).toBe("n-bad-ok");
  });

  it("keeps messages for a day while a channel takes none", async () => {
    const team = scriptedChannel("team", () => failing("unauthorized"));
    await enqueue(aNotification("a"));
    const delivery = await deliver([team]);
    await pass(23 * 3600 * SECOND);
    expect(await pending()).toEqual(["n-a"]);
    const [health] = (await delivery.health()).channels;
    expect(health).toMatchObject({
      channel: "team",
      pending: 1,
      trouble: { reason: "unauthorized", message: "is unauthorized" },
    });
    await pass(2 * 3600 * SECOND);
    expect(await store.setAside(9)).toMatchObject([
      { reason: expect.stringMatching(/given up after \d+ tries in 24 hours/) },
    ]);
    // Five minutes at the most between two tries: a token that is put right takes effect soon.
    expect(team.seen.length).toBeGreaterThan(250);
    expect(team.seen.length).toBeLessThan(320);
  });

  it("doesn't try every message at a channel that is down", async () => {
    const team = scriptedChannel("team", () => failing("server-error"));
    await enqueue(...Array.from({ length: 200 }, (_, i) => aNotification(`${i}`)));
    await deliver([team]);
    await pass(60 * SECOND);
    expect(team.seen.length).toBeLessThan(40);
    expect(await pending()).toHaveLength(99);
  });

  it("rests as long as the service asks, without counting it as a failure", async () => {
    let limit = 2;
    const team = scriptedChannel("team", () => {
      limit -= 1;
      return limit === 0
        ? { outcome: "failed", retry: true, reason: "rate-limited", message: "slow down", retryAfter: 30 }
        : undefined;
    });
    await enqueue(aNotification("a"));
    const delivery = await deliver([team]);
    await pass(1);
    await enqueue(aNotification("b"), aNotification("c"));
    delivery.wake();
    await pass(29 * SECOND);
    expect(team.seen.length).toBeLessThanOrEqual(3);
    await pass(2 * SECOND);
    expect([...new Set(team.ids)]).toHaveLength(3);
    expect(team.seen.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(await pending()).toEqual([]);
  });

  it("paces itself when a service gives 429 without saying how long", async () => {
    const team = scriptedChannel("team", () => ({
      outcome: "failed",
      retry: true,
      reason: "rate-limited",
      message: "",
    }));
    await enqueue(aNotification("a"));
    await deliver([team]);
    const start = now();
    await pass(40 * SECOND);
    expect(team.seen.map(({ at }) => Math.round((at - start) / SECOND))).toEqual([0, 1, 3, 7, 15, 31]);
  });

  it("keeps to a channel's pace, and shares it among those of one destination", async () => {
    const pace = { destination: "slack:C1", perSecond: 1, burst: 2, atOnce: 2, timeout: 5000 };
    const team = scriptedChannel("team", undefined, { pace });
    const other = scriptedChannel("other", undefined, { pace });
    await enqueue(
      ...["a", "b", "c"].flatMap((id) => [
        aNotification(id),
        { ...aNotification(`o${id}`), channel: "other" },
      ]),
    );
    await deliver([team, other]);
    await pass(1);
    expect(team.seen.length + other.seen.length).toBe(2);
    await pass(4 * SECOND);
    expect(team.seen.length + other.seen.length).toBe(6);
  });

  it("isn't held up in one channel by another that hangs, fails or waits", async () => {
    const hanging = scriptedChannel("hanging", () => new Promise(() => undefined));
    const broken = scriptedChannel("broken", () => {
      throw new Error("boom");
    });
    const team = scriptedChannel("team");
    await enqueue(
      ...Array.from({ length: 20 }, (_, i) => ({ ...aNotification(`h${i}`), channel: "hanging" })),
      ...Array.from({ length: 20 }, (_, i) => ({ ...aNotification(`b${i}`), channel: "broken" })),
      ...Array.from({ length: 20 }, (_, i) => aNotification(`${i}`)),
    );
    const delivery = await deliver([hanging, broken, team]);
    await pass(1);
    expect(team.seen).toHaveLength(20);
    expect(await pending()).toEqual([]);
    expect(hanging.seen).toHaveLength(4);
    await pass(11 * SECOND);
    const { channels } = await delivery.health();
    expect(channels.find(({ channel }) => channel === "hanging")?.trouble).toMatchObject({
      reason: "timeout",
    });
    expect(channels.find(({ channel }) => channel === "broken")?.trouble).toMatchObject({
      message: "failed unexpectedly: boom",
    });
  });

  it("hands a channel what it gave for the incident's first message", async () => {
    const team = scriptedChannel("team", ({ first }) => ({
      outcome: "delivered",
      ...(first ? { ref: { ts: "17" } } : {}),
    }));
    const alarm = aNotification("a");
    await enqueue(alarm, recoveryOf(alarm), recoveryOf(aNotification("other")));
    await deliver([team]);
    await pass(1);
    expect(team.seen.map(({ id, previous }) => [id, previous])).toEqual([
      ["n-a", undefined],
      ["n-other-ok", undefined],
      ["n-a-ok", { ts: "17" }],
    ]);
    expect((await store.get("messages", refKey("team", "incident-a")))?.value).toEqual({ ts: "17" });
  });

  it("counts every request of a send against the pace", async () => {
    const pace = { destination: "d", perSecond: 1, burst: 1, atOnce: 1, timeout: 5000 };
    const turns: number[] = [];
    const start = now();
    const team = scriptedChannel(
      "team",
      async (_, context) => {
        await context.nextTurn?.();
        turns.push(Math.round((now() - start) / SECOND));
        return { outcome: "delivered" };
      },
      { pace },
    );
    await enqueue(aNotification("a"), aNotification("b"));
    await deliver([team]);
    await pass(5 * SECOND);
    expect(team.seen.map(({ at }) => Math.round((at - start) / SECOND))).toEqual([0, 2]);
    expect(turns).toEqual([1, 3]);
  });

  it("draws a picture only for channels that show them, when they ask", async () => {
    const drawn: string[] = [];
    const picture = async ({ id }: Notification): Promise<Uint8Array> => {
      drawn.push(id);
      return new Uint8Array([1]);
    };
    const team = scriptedChannel("team", async (_, context) => {
      await context.picture?.();
      return { outcome: "delivered" };
    });
    const plain = scriptedChannel("plain", undefined, {
      capabilities: { update: false, thread: false, picture: false },
    });
    await enqueue(aNotification("a"), { ...aNotification("p"), channel: "plain" });
    await deliver([team, plain], { picture });
    await pass(1);
    expect(drawn).toEqual(["n-a"]);
  });

  it("sets aside what is meant for channels that are gone, or written by another version", async () => {
    await enqueue({ ...aNotification("a"), channel: "gone" });
    await store.commit([
      { kind: "enqueue", message: { id: "new", channel: "team", createdAt: 1, payload: '{"version":2}' } },
    ]);
    await deliver([scriptedChannel("team")]);
    await pass(1);
    expect((await store.setAside(9)).map(({ id, reason }) => [id, reason]).sort()).toEqual([
      ["n-a", "channel gone is no longer configured"],
      ["new", "unreadable: it was written by another version of watchkeeper"],
    ]);
  });

  it("leaves a channel to the process that has it, and takes it over when that is gone", async () => {
    const mine = scriptedChannel("team");
    const theirs = scriptedChannel("team");
    const first = await deliver([mine]);
    await deliver([theirs], { owner: "them" });
    await enqueue(aNotification("a"));
    await pass(60 * SECOND);
    expect([mine.ids, theirs.ids]).toEqual([["n-a"], []]);
    const stopped = first.stop();
    await pass(1);
    await stopped;
    await enqueue(aNotification("b"));
    await pass(6 * SECOND);
    expect([mine.ids, theirs.ids]).toEqual([["n-a"], ["n-b"]]);
  });

  it("takes over at once what a dead process had", async () => {
    await store.commit([
      {
        kind: "put",
        collection: "leases",
        key: "deliver:team",
        value: { owner: "dead", until: now() + 9e9 },
      },
    ]);
    const team = scriptedChannel("team");
    await enqueue(aNotification("a"));
    await deliver([team], { isGone: (owner) => owner === "dead" });
    await pass(1);
    expect(team.ids).toEqual(["n-a"]);
  });

  it("sends nothing twice that another process sent while the lease was lost", async () => {
    let fail = true;
    const team = scriptedChannel("team", () => (fail ? failing("server-error") : undefined));
    await enqueue(aNotification("a"), aNotification("b"));
    await deliver([team]);
    await pass(100);
    const take = (owner: string, until: number): Write => ({
      kind: "put",
      collection: "leases",
      key: "deliver:team",
      value: { owner, until },
    });
    await store.commit([take("them", now() + 60 * SECOND)]);
    await pass(15 * SECOND);
    fail = false;
    const [a] = await store.pending("team", 0, 1);
    if (a) await store.commit([{ kind: "delivered", message: a }]);
    const before = team.seen.length;
    await pass(30 * SECOND);
    expect(team.seen.length).toBe(before);
    await pass(30 * SECOND);
    expect(team.ids.slice(before)).toEqual(["n-b"]);
  });

  it("sends nothing more while outcomes can't be stored, and repeats nothing when they can", async () => {
    const team = scriptedChannel("team");
    let full = false;
    const commit = store.commit.bind(store);
    store.commit = async (writes) => {
      if (full && writes.some(({ kind }) => kind === "delivered"))
        throw new WatchkeeperError("store-full", "the disk is full", { retryable: true });
      return commit(writes);
    };
    full = true;
    await enqueue(...Array.from({ length: 50 }, (_, i) => aNotification(`${i}`)));
    const delivery = await deliver([team]);
    await pass(60 * SECOND);
    expect(team.seen).toHaveLength(8);
    expect((await delivery.health()).store).toBe("the disk is full");
    full = false;
    await pass(10 * SECOND);
    expect(team.seen).toHaveLength(50);
    expect((await delivery.health()).store).toBeUndefined();
  });

  it("stops though outcomes can't be stored, and leaves them to the next process", async () => {
    const team = scriptedChannel("team");
    const commit = store.commit.bind(store);
    let full = true;
    store.commit = async (writes) => {
      if (full && writes.some(({ kind }) => kind === "delivered"))
        throw new WatchkeeperError("store-full", "the disk is full");
      return commit(writes);
    };
    await enqueue(aNotification("a"));
    const delivery = await deliver([team]);
    await pass(3 * SECOND);
    const stopped = delivery.stop();
    await pass(0);
    await stopped;
    full = false;
    expect(await pending()).toEqual(["n-a"]);
    await deliver([team]);
    await pass(1);
    expect(team.ids).toEqual(["n-a", "n-a"]);
  });

  it("sends on while it reads on, and tells that it is idle only when that has ended", async () => {
    const team = scriptedChannel("team");
    const read = store.pending.bind(store);
    let go = (): void => undefined;
    const slow = new Promise<void>((resolve) => {
      go = resolve;
    });
    store.pending = async (channel, after, limit) => {
      if (after > 0) await slow;
      return read(channel, after, limit);
    };
    const ids = Array.from({ length: 201 }, (_, index) => `${index}`.padStart(3, "0"));
    await enqueue(...ids.map((id) => aNotification(id)));
    const delivery = await deliver([{ ...team, pace: { ...PACE, atOnce: 300 } }]);
    let idle = false;
    const ended = delivery.idle().then(() => {
      idle = true;
    });
    await pass(1);
    expect(team.ids).toEqual(ids.slice(0, 200).map((id) => `n-${id}`));
    expect(idle).toBe(false);
    go();
    await pass(1);
    await ended;
    expect(team.ids).toHaveLength(201);
    expect(await pending()).toEqual([]);
  });

  it("asks again a second after the outbox couldn't be read, and stops only when it has its answer", async () => {
    const team = scriptedChannel("team");
    const read = store.pending.bind(store);
    let answer = (): void => undefined;
    const asked: number[] = [];
    store.pending = async (channel, after, limit) => {
      asked.push(now());
      if (asked.length === 1) throw new WatchkeeperError("store-busy", "the store is busy");
      if (asked.length === 3) await new Promise<void>((resolve) => (answer = resolve));
      return read(channel, after, limit);
    };
    await enqueue(aNotification("a"));
    const delivery = await deliver([team]);
    const [start = 0] = asked;
    delivery.wake();
    await pass(SECOND - 1);
    expect([asked.length, team.ids.length]).toEqual([1, 0]);
    await pass(1);
    expect(asked).toEqual([start, start + SECOND]);
    expect(team.ids).toEqual(["n-a"]);
    expect(warnings).toEqual(["the outbox can't be read"]);
    delivery.wake();
    await pass(0);
    expect(asked).toHaveLength(3);
    let stopped = false;
    const end = delivery.stop().then(() => {
      stopped = true;
    });
    await pass(SECOND);
    expect(stopped).toBe(false);
    answer();
    await end;
  });

  it("leaves no timer behind when it has stopped", async () => {
    let asleep = 0;
    const counting: Clock = {
      now: () => clock.now(),
      sleep: (ms, signal) => {
        asleep += 1;
        return clock.sleep(ms, signal).finally(() => {
          asleep -= 1;
        });
      },
    };
    const context = {
      clock: counting,
      random: () => 0.5,
      signal: new AbortController().signal,
      log: silentLogger,
    };
    const delivery = await deliver([scriptedChannel("team"), scriptedChannel("other")], { context });
    await enqueue(aNotification("a"));
    await pass(3 * SECOND);
    await enqueue(aNotification("b"));
    delivery.wake();
    await pass(0);
    expect(asleep).toBeGreaterThan(1);
    await delivery.stop();
    await pass(0);
    expect(asleep).toBe(0);
  });

  it("doesn't wait for a turn that is an hour away when it stops, and leaves the message to the next process", async () => {
    const pace = { destination: "d", perSecond: 1 / 3600, burst: 1, atOnce: 1, timeout: 5000 };
    let ended: unknown;
    const team = scriptedChannel(
      "team",
      async (_, context) => {
        await context.nextTurn?.().catch((error: unknown) => {
          ended = error;
          throw error;
        });
        return { outcome: "delivered" };
      },
      { pace },
    );
    await enqueue(aNotification("a"));
    const delivery = await deliver([team]);
    await pass(10 * SECOND);
    const stopped = delivery.stop();
    await pass(1);
    await stopped;
    expect(ended).toBeInstanceOf(Error);
    expect(team.ids).toEqual(["n-a"]);
    expect(await store.pending("team", 0, 9)).toMatchObject([{ id: "n-a", attempts: 0, notBefore: 0 }]);
  });

  it("ends what is under way before it stops, and starts nothing more", async () => {
    const ends: (() => void)[] = [];
    const team = scriptedChannel(
      "team",
      () => new Promise((resolve) => ends.push(() => resolve({ outcome: "delivered" }))),
    );
    await enqueue(...Array.from({ length: 9 }, (_, i) => aNotification(`${i}`)));
    const delivery = await deliver([team]);
    await pass(1);
    let stopped = false;
    const stop = delivery.stop().then(() => {
      stopped = true;
    });
    await pass(1);
    expect(stopped).toBe(false);
    for (const end of ends) end();
    await pass(1);
    await stop;
    expect(team.seen).toHaveLength(4);
    expect(await pending()).toHaveLength(5);
    expect(await store.list("leases", { limit: 9 })).toEqual([]);
  });
});
