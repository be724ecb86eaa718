import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeSlack, startFakeSlack } from "../../../test/support/fake-slack.ts";
import { aNotification, anAlert, recoveryOf } from "../../../test/support/notifications.ts";
import { answering } from "../../../test/support/stub-server.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import { type Context, silentLogger } from "../../support/context.ts";
import { Secret } from "../../support/secret.ts";
import type { Channel, SendContext, SendResult } from "../channel.ts";
import { Delivery, outboxWrites } from "../delivery/delivery.ts";
import type { Notification } from "../notification.ts";
import { HttpClient } from "./http-client.ts";
import { makeChannel } from "./make-channel.ts";

let slack: FakeSlack;
let http: HttpClient;
beforeEach(async () => {
  slack = await startFakeSlack({ now: () => performance.now(), burst: 1000 });
  http = new HttpClient();
});
afterEach(async () => {
  http.close();
  await slack.close();
});

function channelOf(server: FakeSlack = slack, kind = "slack"): Channel {
  const own = kind === "slack" ? { token: "env:T", channel: "C123", server: server.url } : { url: "env:T" };
  return makeChannel(
    {
      name: "team",
      kind,
      options: { ...own, mention: "@here" },
      secrets: { [kind === "slack" ? "token" : "url"]: { store: "env", name: "T" } },
      sendResolved: true,
    },
    {
      http,
      resolveSecret: async () => new Secret(kind === "slack" ? "xoxb-test" : server.webhook),
      awsSession: () => Promise.reject(new Error("not here")),
    },
  );
}

const warnings: string[] = [];
const contextOf = (more: Partial<SendContext> = {}): SendContext => ({
  now: 0,
  signal: new AbortController().signal,
  log: { ...silentLogger, warn: (message, details) => warnings.push(`${message}: ${details?.["reason"]}`) },
  attempt: 1,
  ...more,
});

/** Sends one after the other as delivery does, with what was given back for the first. */
async function tell(...notifications: readonly Notification[]): Promise<SendResult[]> {
  const channel = channelOf();
  const results: SendResult[] = [];
  for (const notification of notifications) {
    const [first] = results;
    const previous = first?.outcome === "delivered" ? first.ref : undefined;
    results.push(
      await channel.send(notification, contextOf(notification.first || !previous ? {} : { previous })),
    );
  }
  return results;
}

describe("slack", () => {
  it("posts once, and edits that when it recovers, calling nobody then", async () => {
    const alarm = aNotification("1");
    await tell(alarm, recoveryOf(alarm));
    const [message, history, ...others] = slack.posts;
    expect(others).toEqual([]);
    expect(JSON.stringify(message?.body["blocks"])).toContain("<!here> *🔴 ALARM  cpu-high-1");
    expect(message?.edits).toHaveLength(1);
    expect(JSON.stringify(message?.edits)).toContain("✅ OK  cpu-high-1");
    expect(JSON.stringify(message?.edits)).not.toContain("<!here>");
    expect(history?.thread).toBe(message?.ts);
    expect(history?.body["text"]).toMatch(/^✅ OK {2}cpu-high-1/);
    expect(history?.body).not.toHaveProperty("reply_broadcast");
  });

  it("calls people, in the channel as well, when more begins to fire or it is repeated", async () => {
    const alarm = aNotification("1");
    const more = aNotification("1", {
      id: "n2",
      first: false,
      reason: "new-alerts",
      title: "2 ALARM · cpu-high",
      alerts: [anAlert("1", { news: false }), anAlert("2")],
    });
    await tell(
      alarm,
      more,
      { ...more, id: "n3", reason: "repeat-interval" },
      { ...more, id: "n4", reason: "new-resolved" },
    );
    const replies = slack.posts.filter(({ thread }) => thread !== undefined);
    expect(
      replies.map(({ body }) => [
        String(body["text"]).startsWith("<!here>"),
        body["reply_broadcast"] ?? false,
      ]),
    ).toEqual([
      [true, true],
      [true, true],
      [false, false],
    ]);
    expect(replies[0]?.body["text"]).toContain("cpu-high-2");
    expect(replies[0]?.body["text"]).not.toContain("cpu-high-1 ");
    expect(slack.posts[0]?.edits).toHaveLength(3);
  });

  it("waits for its turn before the second request of a message", async () => {
    const order: string[] = [];
    const alarm = aNotification("1");
    const [posted] = await tell(alarm);
    const previous = posted?.outcome === "delivered" ? posted.ref : undefined;
    await channelOf().send(
      recoveryOf(alarm),
      contextOf({
        ...(previous ? { previous } : {}),
        nextTurn: async () => {
          order.push(slack.calls.join(" "));
        },
      }),
    );
    expect(order).toEqual(["post edit"]);
  });

  it("posts anew when its message is gone", async () => {
    const alarm = aNotification("1");
    await channelOf().send(recoveryOf(alarm), contextOf({ previous: { channel: "C123", ts: "1.0" } }));
    expect(slack.calls).toEqual(["post"]);
    expect(slack.posts[0]?.channel).toBe("C123");
  });

  it("sends plain text when the blocks are refused", async () => {
    slack.answerNext(answering(200, { ok: false, error: "invalid_blocks" }) as never);
    expect(await tell(aNotification("1"))).toMatchObject([{ outcome: "delivered" }]);
    expect(slack.posts[0]?.body).not.toHaveProperty("blocks");
    expect(slack.posts[0]?.body["text"]).toContain("cpu-high-1");
  });

  it("puts the chart into the thread once the message is out", async () => {
    const picture = async (): Promise<Uint8Array> => new Uint8Array([1, 2, 3]);
    await channelOf().send(aNotification("1"), contextOf({ picture }));
    expect(slack.calls).toEqual(["post", "upload", `file in ${slack.posts[0]?.ts}`]);
  });

  it("delivers without its chart when that fails", async () => {
    const picture = (): Promise<Uint8Array> => Promise.reject(new Error("no metric"));
    expect(await channelOf().send(aNotification("1"), contextOf({ picture }))).toMatchObject({
      outcome: "delivered",
    });
    expect(warnings.at(-1)).toBe(
      "channel team: the message went out, its chart couldn't be added: no metric: undefined",
    );
  });

  it.each([
    ["invalid_auth", "unauthorized", true, /give a valid one/],
    ["token_expired", "unauthorized", true, /has expired/],
    ["not_in_channel", "not-found", true, /invite the app/],
    ["msg_too_long", "refused", false, /msg_too_long/],
    ["fatal_error", "server-error", true, /fatal_error/],
    ["ratelimited", "rate-limited", true, /ratelimited/],
  ] as const)("takes %s for %s, to be tried again: %s", async (error, reason, retry, says) => {
    slack.answerNext(answering(200, { ok: false, error }) as never);
    expect(await tell(aNotification("1"))).toMatchObject([
      { outcome: "failed", reason, retry, message: expect.stringMatching(says) },
    ]);
  });

  it.each(["slack", "slack-webhook"])(
    "gets a whole storm through the limits of %s, each message once",
    async (kind) => {
      const tight = await startFakeSlack({
        now: () => performance.now(),
        burst: 5,
        perSecond: 200,
        retryAfter: 0.02,
      });
      const store = new MemoryStore();
      const channel = channelOf(tight, kind);
      // Faster than is allowed, so that the service has to say so.
      const pace = { destination: "slack", perSecond: 220, burst: 10, atOnce: 2, timeout: 10_000 };
      const context: Context = {
        clock: {
          now: () => new Date(),
          sleep: (ms, signal) =>
            new Promise((resolve, reject) => {
              const timer = setTimeout(resolve, ms);
              signal?.addEventListener("abort", () => {
                clearTimeout(timer);
                reject(signal.reason);
              });
            }),
        },
        random: Math.random,
        signal: new AbortController().signal,
        log: silentLogger,
      };
      const alarms = Array.from({ length: 50 }, (_, i) => aNotification(String(i)));
      await store.commit(outboxWrites(alarms.flatMap((alarm) => [alarm, recoveryOf(alarm)])));
      const delivery = new Delivery({ store, channels: [{ ...channel, pace }], context, owner: "me" });
      await delivery.start();
      await delivery.idle();
      await delivery.stop();
      const messages = tight.posts.filter(({ thread }) => thread === undefined);
      expect(tight.refused).toBeGreaterThan(0);
      expect(await store.backlog()).toEqual([]);
      if (kind === "slack") {
        expect(messages).toHaveLength(50);
        expect(messages.every(({ edits }) => edits.length >= 1)).toBe(true);
        expect(tight.posts.filter(({ thread }) => thread !== undefined)).toHaveLength(50);
      } else expect(messages).toHaveLength(100);
      await tight.close();
    },
  );
});
