// Processes that are killed while they send: few sends are repeated, and a message that kills its process is found out.
import { describe, expect, it } from "vitest";
import { aNotification, recoveryOf } from "../../../test/support/notifications.ts";
import { scriptedChannel } from "../../../test/support/scripted-channel.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import type { Collection, Page, Store } from "../../state/store.ts";
import { ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import type { Notification } from "../notification.ts";
import type { DeliveryReport } from "./channel-delivery.ts";
import { Delivery, outboxWrites } from "./delivery.ts";

const AT_ONCE = 16;

/** One process after the other on one store; each is killed, or ends well. */
class Lives {
  readonly store = new MemoryStore();
  readonly sent: string[] = [];
  readonly reports: DeliveryReport[] = [];
  #at = Date.parse("2026-11-20T10:00:00Z");
  #count = 0;

  async enqueue(...notifications: readonly Notification[]): Promise<void> {
    await this.store.commit(outboxWrites(notifications.map((each) => ({ ...each, at: this.#at }))));
  }

  /**
   * Runs one for some seconds. It is killed when `dies` says so of a message that is being sent, or else at its end; `well`: it is stopped.
   * Answers how many sends had begun and not ended in it.
   */
  async live(seconds: number, dies: (id: string) => boolean = () => false, well = false): Promise<number> {
    const clock = new ManualClock(new Date(this.#at));
    let dead = false;
    const never = new Promise<never>(() => undefined);
    let underWay = 0;
    const channel = scriptedChannel(
      "team",
      async ({ id }) => {
        if (dead) return never;
        this.sent.push(id);
        underWay += 1;
        await clock.sleep(100);
        dead ||= dies(id);
        if (dead) return never;
        underWay -= 1;
        return { outcome: "delivered" as const };
      },
      { pace: { destination: "team", perSecond: 1e9, burst: 1e6, atOnce: AT_ONCE, timeout: 3_600_000 } },
    );
    this.#count += 1;
    const delivery = new Delivery({
      store: this.#mortal(() => dead),
      channels: [channel],
      context: { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger },
      owner: `life ${this.#count}`,
      isGone: () => true,
      report: (report) => this.reports.push(report),
    });
    await delivery.start();
    for (let step = 0; step < seconds * 10 && !dead; step += 1) {
      await clock.advance(100);
      for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    this.#at = clock.now().getTime();
    if (well) {
      const stopped = delivery.stop();
      await clock.advance(60_000);
      await stopped;
    }
    dead = true;
    return underWay;
  }

  /** A store that a dead process can't reach. */
  #mortal(isDead: () => boolean): Store {
    const { store } = this;
    const never = (): Promise<never> => new Promise<never>(() => undefined);
    return {
      maxWrites: store.maxWrites,
      get: (collection, key) => (isDead() ? never() : store.get(collection, key)),
      getMany: (collection, keys) => (isDead() ? never() : store.getMany(collection, keys)),
      list: <C extends Collection>(collection: C, page: Page) => store.list(collection, page),
      due: (collection, until, limit) => store.due(collection, until, limit),
      commit: (writes) => (isDead() ? never() : store.commit(writes)),
      forget: (now) => store.forget(now),
      pending: (...page) => (isDead() ? never() : store.pending(...page)),
      pendingHeads: (...page) => (isDead() ? never() : store.pendingHeads(...page)),
      setAside: (...page) => store.setAside(...page),
      backlog: () => (isDead() ? never() : store.backlog()),
      close: () => store.close(),
    };
  }

  get repeated(): number {
    return this.sent.length - new Set(this.sent).size;
  }

  async pending(): Promise<readonly string[]> {
    return (await this.store.pending("team", 0, 999)).map(({ id }) => id);
  }
}

const messages = (count: number): Notification[] =>
  Array.from({ length: count }, (_, n) => aNotification(String(n)));

describe("a process that is killed again and again", () => {
  it("repeats what was under way at first, and a few each time from then on", async () => {
    const lives = new Lives();
    await lives.enqueue(...messages(100));
    let first = true;
    const killed = await lives.live(5, () => first && lives.sent.length >= 20);
    first = false;
    expect(killed).toBeGreaterThan(4);
    expect(killed).toBeLessThanOrEqual(2 * AT_ONCE);
    for (let kill = 0; kill < 20; kill += 1) {
      const before = lives.repeated;
      const begun = lives.sent.length;
      // Each process is killed by its second outcome.
      await lives.live(5, () => lives.sent.length >= begun + 2);
      expect(lives.repeated - before).toBeLessThanOrEqual(kill === 0 ? 2 * AT_ONCE : 4);
    }
    await lives.live(400, undefined, true);
    expect(await lives.pending()).toEqual([]);
    expect(new Set(lives.sent).size).toBe(100);
    expect(await lives.store.list("begun", { limit: 9 })).toEqual([]);
  });

  it("sends as fast as ever once what had waited is out", async () => {
    const lives = new Lives();
    await lives.enqueue(...messages(8));
    await lives.live(1, () => lives.sent.length === 8);
    await lives.live(3, undefined, true);
    await lives.enqueue(...Array.from({ length: 40 }, (_, n) => aNotification(`new-${n}`)));
    const killed = await lives.live(1, (id) => id === "n-new-0");
    expect(killed).toBe(AT_ONCE);
  });
});

describe("a message that kills its process", () => {
  it("lets the others go first, is sent alone, later each time, and is set aside in the end", async () => {
    const lives = new Lives();
    const poison = aNotification("poison");
    await lives.enqueue(aNotification("a"), poison, recoveryOf(poison), ...messages(20));
    const times: number[] = [];
    const kills = (id: string): boolean => id === "n-poison";
    for (let life = 0; life < 20; life += 1) {
      const before = lives.sent.length;
      await lives.live(100, kills);
      const alone = lives.sent.slice(before);
      if (alone.includes("n-poison")) times.push(alone.length);
      if (life === 4) expect(await lives.pending()).toEqual(["n-poison", "n-poison-ok"]);
    }
    // Once unmarked, then eight times marked.
    expect(lives.sent.filter((id) => id === "n-poison")).toHaveLength(9);
    expect(times.slice(-4)).toEqual([1, 1, 1, 1]);
    expect(await lives.store.setAside(9)).toMatchObject([
      {
        id: "n-poison",
        reason: "unfinished: the process ended 8 times while this was being sent",
      },
    ]);
    expect(lives.reports.filter(({ outcome }) => outcome === "set-aside")).toMatchObject([
      { channel: "team", reason: "unfinished", notification: { title: poison.title } },
    ]);
    // What follows it isn't held up for ever.
    expect(lives.sent).toContain("n-poison-ok");
    expect(await lives.pending()).toEqual([]);
  });

  it("is no suspect for failing, or for what happened before it went through", async () => {
    const lives = new Lives();
    await lives.enqueue(aNotification("a"));
    for (let life = 0; life < 4; life += 1) await lives.live(30, () => true);
    expect(lives.sent).toHaveLength(4);
    await lives.live(30, undefined, true);
    expect(await lives.pending()).toEqual([]);
    expect(await lives.store.list("begun", { limit: 9 })).toEqual([]);
  });
});
