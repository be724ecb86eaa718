import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseEvents } from "../../events/parse-events.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import { Delivery } from "../../notify/delivery/delivery.ts";
import { noKnowledge } from "../../notify/knowledge.ts";
import { policyOf } from "../../notify/test-fixtures.ts";
import { openSqliteStore } from "../../state/sqlite-store.ts";
import { ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import { isWatchkeeperError } from "../../support/errors.ts";
import { healthOf } from "../listener/health.ts";
import { Notifier } from "./notifier.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-full-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const clock = new ManualClock("2026-11-20T10:00:00Z");
const context = { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger };

function alarm(n: number): AlarmEvent {
  const AlarmName = `disk-${n}`;
  const [event] = parseEvents(
    {
      AlarmName,
      AlarmArn: `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${AlarmName}`,
      AlarmDescription: "x".repeat(2000),
      NewStateValue: "ALARM",
      StateChangeTime: clock.now().toISOString(),
    },
    clock.now().getTime(),
  ).events;
  return event as AlarmEvent;
}

/** A notifier and its delivery on a file that may grow to so many pages. */
async function open(sent: string[], maxPages?: number) {
  const store = await openSqliteStore(join(folder, "state.db"), maxPages === undefined ? {} : { maxPages });
  const delivery = new Delivery({
    store,
    channels: [
      {
        name: "a",
        kind: "test",
        capabilities: { update: false, thread: false, picture: false },
        async send({ alerts }) {
          sent.push(...alerts.map(({ text }) => text.name));
          return { outcome: "delivered" };
        },
      },
    ],
    context,
    owner: `life ${maxPages}`,
    isGone: () => true,
  });
  const policy = policyOf({ channels: ["a"], groupBy: ["alertname"], groupWait: 0 });
  return { store, delivery, notifier: new Notifier({ store, policy, knowledge: noKnowledge, context }) };
}

/** Lets time go by, and everything happen that it brings. */
async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  for (let turn = 0; turn < 60; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("a full disk under the outbox", () => {
  it("isn't healthy: heartbeats and load balancers hear of it until events are stored again, or none come", async () => {
    const full = await open([], 60);
    const health = () => healthOf(full, clock.now().getTime());
    for (let n = 0; n < 60 && full.notifier.trouble === undefined; n += 1) {
      expect(await health()).toMatchObject({ healthy: true });
      await full.notifier.receive([alarm(n)]).catch(() => undefined);
    }
    expect(await health()).toMatchObject({
      healthy: false,
      store: expect.stringContaining("the disk under it is full"),
    });
    // What the state knows already takes no room.
    await full.notifier.receive([alarm(0)]);
    expect(await health()).toMatchObject({ healthy: true });
    await expect(full.notifier.receive([alarm(99)])).rejects.toMatchObject({ code: "store-full" });
    expect(await health()).toMatchObject({ healthy: false });
    await pass(5 * 60_000);
    expect((await health()).store).toBeUndefined();
    await full.store.close();
  });

  it("refuses what can't be kept, so that it comes again, and loses and repeats nothing", async () => {
    const sent: string[] = [];
    const full = await open(sent, 60);
    const refused: AlarmEvent[] = [];
    for (let n = 0; n < 60; n += 1) {
      const event = alarm(n);
      await full.notifier.receive([event]).catch((error: unknown) => {
        expect(isWatchkeeperError(error) && [error.code, error.retryable]).toEqual(["store-full", true]);
        refused.push(event);
      });
    }
    expect(refused.length).toBeGreaterThan(5);
    expect(refused.length).toBeLessThan(60);
    await full.store.close();

    const { store, delivery, notifier } = await open(sent);
    const received = await notifier.receive(refused);
    expect(new Set(received.map(({ outcome }) => outcome))).toEqual(new Set(["placed"]));
    await delivery.start();
    for (let second = 0; second < 30 && sent.length < 60; second += 1) await pass(1000);
    expect(sent.sort()).toEqual(Array.from({ length: 60 }, (_, n) => `disk-${n}`).sort());
    const stopped = delivery.stop();
    await pass(60_000);
    await stopped;
    await store.close();
  });
});
