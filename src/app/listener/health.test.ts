import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aNotification } from "../../../test/support/notifications.ts";
import type { Channel, SendResult } from "../../notify/channel.ts";
import { Delivery, outboxWrites } from "../../notify/delivery/delivery.ts";
import type { Notification } from "../../notify/notification.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import { ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import { type HealthReport, watchHealth } from "./health.ts";

const store = new MemoryStore();
const clock = new ManualClock();
const stop = new AbortController();
const context = { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger };
const sent: Notification[] = [];
let teamAnswers: SendResult = { outcome: "delivered" };

function channel(name: string, answer: () => SendResult): Channel {
  return {
    name,
    kind: "test",
    capabilities: { update: false, thread: false, picture: false },
    async send(notification) {
      const result = answer();
      if (result.outcome === "delivered") sent.push(notification);
      return result;
    },
  };
}

const delivery = new Delivery({
  store,
  channels: [channel("team", () => teamAnswers), channel("mail", () => ({ outcome: "delivered" }))],
  context,
  owner: "test",
});

describe("a channel that doesn't deliver", () => {
  const reports: HealthReport[] = [];
  let watching: Promise<void>;
  beforeEach(async () => {
    await delivery.start();
    watching = watchHealth(
      {
        notifier: { trouble: undefined },
        delivery,
        store,
        context,
        channels: ["team", "mail"],
        told: [
          async (report) => {
            reports.push(report);
          },
        ],
        every: 60_000,
      },
      stop.signal,
    );
  });
  afterEach(async () => {
    stop.abort();
    await watching;
    await delivery.stop();
  });

  it("is told of through another one, once, and so is its recovery", async () => {
    teamAnswers = { outcome: "failed", retry: true, reason: "connection", message: "refuses connections" };
    const news = aNotification("a", { at: clock.now().getTime() });
    await store.commit(outboxWrites([news]));
    delivery.wake();
    await clock.advance(4 * 60_000);
    expect(sent).toEqual([]);
    expect(reports.at(-1)?.healthy).toBe(true);
    await clock.advance(6 * 60_000);
    expect(reports.at(-1)).toMatchObject({ healthy: false, channels: [{ channel: "team", pending: 1 }, {}] });
    expect(sent.map(({ channel: name, status }) => [name, status])).toEqual([["mail", "firing"]]);
    expect(sent[0]?.title).toMatch(/ALARM.*messages for team aren't delivered/);
    teamAnswers = { outcome: "delivered" };
    await clock.advance(5 * 60_000);
    expect(sent.map(({ channel: name, status }) => [name, status])).toEqual([
      ["mail", "firing"],
      ["team", "firing"],
      ["mail", "resolved"],
    ]);
    expect(sent[2]?.incident).toBe(sent[0]?.incident);
    expect(reports.at(-1)?.healthy).toBe(true);
  });
});
