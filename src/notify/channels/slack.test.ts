import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeSlack, startFakeSlack } from "../../../test/support/fake-slack.ts";
import { aNotification, anAlert, recoveryOf } from "../../../test/support/notifications.ts";
import { answering } from "../../../test/support/stub-server.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import { type Context, silentLogger } from "../../support/context.ts";
import { Secret } from "../../support/secret.ts";
import type { AfterTask, Channel, SendContext, SendResult } from "../channel.ts";
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

function channelOf(server: FakeSlack = slack, kind = "slack", more: object = {}): Channel {
  const own = kind === "slack" ? { token: "env:T", channel: "C123", server: server.url } : { url: "env:T" };
  return makeChannel(
    {
      name: "team",
      kind,
      options: { ...own, mention: "@here", ...more },
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

  describe("charts", () => {
    const picture = async (): Promise<Uint8Array> => new Uint8Array([1, 2, 3]);
    const alarm = aNotification("1");

    it("come once for an incident, and in a thread of its own for a message that is posted anew", async () => {
      const channel = channelOf();
      const result = await channel.send(alarm, contextOf({ picture }));
      const previous = result.outcome === "delivered" ? result.ref : undefined;
      await channel.send(recoveryOf(alarm), contextOf({ picture, ...(previous ? { previous } : {}) }));
      expect(slack.files).toEqual([
        { title: "cpu-high-1", bytes: Buffer.from([1, 2, 3]), channel: "C123", thread: slack.posts[0]?.ts },
      ]);
      await channel.send(alarm, contextOf({ picture, previous: { channel: "C123", ts: "1.0" } }));
      expect(slack.files.map(({ thread }) => thread)).toEqual([slack.posts[0]?.ts, slack.posts.at(-1)?.ts]);
    });

    it("are drawn behind the message, which doesn't wait for them", async () => {
      const tasks: AfterTask[] = [];
      const context = contextOf({ picture, afterwards: (task) => tasks.push(task) });
      expect(await channelOf().send(alarm, context)).toMatchObject({ outcome: "delivered" });
      expect(slack.calls).toEqual(["post"]);
      await tasks[0]?.({ signal: context.signal, sleep: async () => undefined });
      expect(slack.files).toHaveLength(1);
    });

    it("aren't there with pictures: false", async () => {
      expect(channelOf(slack, "slack", { pictures: false }).capabilities.picture).toBe(false);
      expect(channelOf().capabilities.picture).toBe(true);
    });

    it("wait when Slack asks to, three times at most", async () => {
      const waits: number[] = [];
      const tasks: AfterTask[] = [];
      const busy = answering(429, { ok: false, error: "ratelimited" }, { "retry-after": "2" }) as never;
      const sleep = async (ms: number): Promise<void> => void waits.push(ms);
      const channel = channelOf();
      const context = contextOf({ picture, afterwards: (task) => tasks.push(task) });
      await channel.send(alarm, context);
      slack.answerNext(busy, busy);
      await tasks[0]?.({ signal: context.signal, sleep });
      expect([waits, slack.files.length]).toEqual([[2000, 2000], 1]);
      slack.answerNext(busy, busy, busy);
      await tasks[0]?.({ signal: context.signal, sleep });
      expect([waits.length, slack.files.length, warnings.at(-1)]).toEqual([
        4,
        1,
        expect.stringContaining("answered 429"),
      ]);
    });

    it.each([
      [
        "a scope that is missing",
        { ok: false, error: "missing_scope", needed: "files:write" },
        /the scope files:write/,
      ],
      ["no address", { ok: true }, /no address to upload to/],
      [
        "an address elsewhere",
        { ok: true, upload_url: "http://evil.example/", file_id: "F1" },
        /isn't an https address/,
      ],
      ["a bad argument", { ok: false, error: "invalid_arguments" }, /invalid_arguments/],
    ])("leave the message delivered in spite of %s, and say so once", async (_, answer, says) => {
      const channel = channelOf();
      const before = warnings.length;
      for (let i = 0; i < 2; i += 1) {
        const tasks: AfterTask[] = [];
        const context = contextOf({ picture, afterwards: (task) => tasks.push(task) });
        expect(await channel.send(alarm, context)).toMatchObject({ outcome: "delivered" });
        slack.answerNext(answering(200, answer) as never);
        for (const task of tasks) await task({ signal: context.signal, sleep: async () => undefined });
      }
      expect(warnings.slice(before)).toEqual([expect.stringMatching(says)]);
      expect(slack.files).toEqual([]);
    });

    it("are left alone for a while when the token may not upload", async () => {
      const tight = await startFakeSlack({ now: () => performance.now(), scopes: ["chat:write"] });
      let drawn = 0;
      const count = async (): Promise<Uint8Array> => {
        drawn += 1;
        return new Uint8Array([1]);
      };
      const channel = channelOf(tight);
      for (const now of [0, 60_000, 700_000]) await channel.send(alarm, contextOf({ picture: count, now }));
      expect([drawn, tight.posts.length]).toEqual([2, 3]);
      await tight.close();
    });

    it("may fail in the middle of the upload, or never end", async () => {
      const tasks: AfterTask[] = [];
      const context = contextOf({ picture, afterwards: (task) => tasks.push(task) });
      await channelOf().send(alarm, context);
      const place = answering(200, { ok: true, upload_url: `${slack.url}/upload/1`, file_id: "F1" }) as never;
      slack.answerNext(place, answering(500, "oops") as never);
      await tasks[0]?.({ signal: context.signal, sleep: async () => undefined });
      expect(warnings.at(-1)).toContain("the upload was answered 500");
      const late = new AbortController();
      slack.answerNext(place, () => late.abort());
      await tasks[0]?.({ signal: late.signal, sleep: async () => undefined });
      expect(warnings.at(-1)).toContain("didn't answer in time");
    });
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
              const abort = (): void => {
                clearTimeout(timer);
                reject(signal?.reason);
              };
              const timer = setTimeout(() => {
                signal?.removeEventListener("abort", abort);
                resolve();
              }, ms);
              signal?.addEventListener("abort", abort);
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
