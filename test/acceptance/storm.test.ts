// Fifty alarms at once against Slack's limits, on a clock of the test's own: each a message of its own, and all of them in one.
import { afterEach, describe, expect, it } from "vitest";
import { COMPANY, Notifier } from "../../src/app/notify/notifier.ts";
import { parseEvents } from "../../src/events/parse-events.ts";
import type { AlarmEvent } from "../../src/model/alarm-event.ts";
import type { NotificationPolicy } from "../../src/model/notification-policy.ts";
import { HttpClient } from "../../src/notify/channels/http-client.ts";
import { Delivery } from "../../src/notify/delivery/delivery.ts";
import { noKnowledge } from "../../src/notify/knowledge.ts";
import { policyOf } from "../../src/notify/test-fixtures.ts";
import { MemoryStore } from "../../src/state/memory-store.ts";
import { ManualClock } from "../../src/support/clock.ts";
import { silentLogger } from "../../src/support/context.ts";
import { channelUnderTest } from "../support/channel-setup.ts";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack.ts";

const ALARMS = 50;
const BURST = 5;
const START = Date.parse("2026-11-20T10:00:00Z");

const closing: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A notifier that tells a Slack of its own; time passes only while nothing is on the wire. */
async function stageOf(policy: NotificationPolicy) {
  const clock = new ManualClock(new Date(START));
  const now = (): number => clock.now().getTime();
  const slack = await startFakeSlack({ now, burst: BURST, perSecond: 1, retryAfter: 1 });
  const http = new HttpClient();
  let onTheWire = 0;
  const watched = {
    send: (request: Parameters<HttpClient["send"]>[0]) => {
      onTheWire += 1;
      return http.send(request).finally(() => {
        onTheWire -= 1;
      });
    },
  } as HttpClient;
  const stop = new AbortController();
  const context = { clock, random: () => 0.5, signal: stop.signal, log: silentLogger };
  const store = new MemoryStore();
  const channel = channelUnderTest(
    "slack",
    { token: "env:TOKEN", channel: "C123", server: slack.url },
    { http: watched, secret: "xoxb-test" },
  );
  const delivery = new Delivery({ store, channels: [{ ...channel, name: "a" }], context, owner: "me" });
  await delivery.start();
  const notifier = new Notifier({
    store,
    policy,
    knowledge: noKnowledge,
    context,
    company: COMPANY,
    onMessages: () => delivery.wake(),
  });
  const running = notifier.run(stop.signal);
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= 5) {
      for (let turns = 0; turns < 5 || onTheWire > 0; turns += 1)
        await new Promise((resolve) => setImmediate(resolve));
      await clock.advance(Math.min(5, left));
    }
  };
  closing.push(
    () => slack.close(),
    async () => http.close(),
    async () => {
      stop.abort();
      let stopped = false;
      const stopping = Promise.all([running, delivery.stop()]).then(() => {
        stopped = true;
      });
      while (!stopped) await pass(100);
      await stopping;
    },
  );
  return { slack, notifier, store, pass, elapsed: (at: number) => (at - START) / 1000 };
}

function critical(name: string, state: "ALARM" | "OK", at: number): AlarmEvent {
  const [event] = parseEvents(
    {
      AlarmName: name,
      AlarmArn: `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${name}`,
      NewStateValue: state,
      StateChangeTime: new Date(at).toISOString(),
    },
    START,
  ).events;
  if (event?.kind !== "alarm") throw new Error("no alarm");
  return { ...event, tags: { severity: "critical" } };
}

/** Messages of the channel itself, not of threads. */
const messagesOf = (slack: FakeSlack) => slack.posts.filter(({ thread }) => thread === undefined);

const MINUTE = 60_000;

describe("a storm of fifty alarms, five messages at once and one a second allowed", () => {
  it("is told completely, each alarm by itself, as fast as the limit lets it", {
    timeout: 30_000,
  }, async () => {
    const { slack, notifier, store, pass, elapsed } = await stageOf(
      policyOf({ channels: ["a"], groupBy: ["alertname"] }),
    );
    for (let i = 0; i < ALARMS; i += 1) void notifier.receive([critical(`cpu-${i}`, "ALARM", START)]);
    await pass(MINUTE);
    expect(messagesOf(slack)).toHaveLength(ALARMS);
    expect(slack.calls.filter((call) => call !== "post")).toEqual([]);
    expect(elapsed(slack.lastAt)).toBeLessThanOrEqual(1.05 * (ALARMS - BURST));
    expect(await store.backlog()).toEqual([]);
  });

  it("is one message of all of them within a second, where they are grouped", async () => {
    const { slack, notifier, pass, elapsed } = await stageOf(
      policyOf({ channels: ["a"], groupBy: ["severity"] }),
    );
    for (let i = 0; i < ALARMS; i += 1) {
      void notifier.receive([critical(`cpu-${i}`, "ALARM", START)]);
      await pass(5);
    }
    await pass(MINUTE);
    expect(slack.calls).toEqual(["post"]);
    expect(JSON.stringify(slack.posts[0]?.body)).toContain("50 ALARM");
    expect(elapsed(slack.lastAt)).toBeLessThan(1);
  });

  it("doesn't hold up an alarm that goes off alone", async () => {
    const { slack, notifier, pass, elapsed } = await stageOf(
      policyOf({ channels: ["a"], groupBy: ["severity"] }),
    );
    void notifier.receive([critical("cpu", "ALARM", START)]);
    await pass(MINUTE);
    expect(slack.calls).toEqual(["post"]);
    expect(elapsed(slack.lastAt)).toBeLessThan(0.1);
  });
});
