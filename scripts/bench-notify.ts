// Measures delivery: posts to a webhook through the durable outbox, and a storm of alarms against Slack's limits.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { ChannelConfig } from "../src/model/notification-policy.ts";
import type { Channel } from "../src/notify/channel.ts";
import { HttpClient } from "../src/notify/channels/http-client.ts";
import { makeChannel } from "../src/notify/channels/make-channel.ts";
import { Delivery, outboxWrites } from "../src/notify/delivery/delivery.ts";
import { commitUnits } from "../src/state/batches.ts";
import { openSqliteStore } from "../src/state/sqlite-store.ts";
import type { Store } from "../src/state/store.ts";
import { type Context, silentLogger } from "../src/support/context.ts";
import { Secret } from "../src/support/secret.ts";
import { startFakeSlack } from "../test/support/fake-slack.ts";
import { aNotification, recoveryOf } from "../test/support/notifications.ts";

const context: Context = {
  clock: {
    now: () => new Date(),
    sleep: async (ms, signal) => {
      await delay(ms, undefined, signal ? { signal } : {});
    },
  },
  random: Math.random,
  signal: new AbortController().signal,
  log: silentLogger,
};

if (process.send) await answerPosts();
else {
  const folder = mkdtempSync(join(tmpdir(), "watchkeeper-bench-"));
  try {
    await benchPosts(folder, 10_000);
    await benchLatency(folder);
    await benchStorm(folder, 50, false);
    await benchStorm(folder, 20, true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** 10,000 notifications, each of its own group, to a webhook in another process. */
async function benchPosts(folder: string, count: number): Promise<void> {
  const receiver = fork(import.meta.filename, { execArgv: process.execArgv });
  const port = await new Promise<number>((resolve) =>
    receiver.once("message", (value) => resolve(Number(value))),
  );
  const store = await openSqliteStore(join(folder, "posts.db"));
  const { delivery, http } = await deliveryTo(store, webhookAt(port));
  await delivery.start();
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let from = 0; from < count; from += 500) {
    const some = Array.from({ length: 500 }, (_, i) => aNotification(String(from + i), { at: Date.now() }));
    await commitUnits(
      store,
      some.map((notification) => outboxWrites([notification])),
    );
    delivery.wake();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const enqueued = performance.now() - start;
  await delivery.idle();
  const took = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  await delivery.stop();
  http.close();
  await store.close();
  const received = await new Promise<number>((resolve) => {
    receiver.once("message", (value) => resolve(Number(value)));
    receiver.send("count");
  });
  receiver.disconnect();
  say(
    `${count} posts, durable outbox`,
    `${(took / 1000).toFixed(2)} s (stored in ${(enqueued / 1000).toFixed(2)} s), ${received} received, ${((user + system) / 1e6).toFixed(2)} CPU-s, peak ${peak()} MB`,
  );
}

/** From the commit of one notification to its arrival. */
async function benchLatency(folder: string): Promise<void> {
  let arrived: () => void = () => undefined;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.end("ok");
      arrived();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const store = await openSqliteStore(join(folder, "latency.db"));
  const { delivery, http } = await deliveryTo(store, webhookAt((server.address() as AddressInfo).port));
  await delivery.start();
  const times: number[] = [];
  for (let i = 0; i < 200; i += 1) {
    const done = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const start = performance.now();
    await store.commit(outboxWrites([aNotification(`l${i}`)]));
    delivery.wake();
    await done;
    times.push(performance.now() - start);
    await delivery.idle();
  }
  await delivery.stop();
  http.close();
  await store.close();
  server.close();
  times.sort((a, b) => a - b);
  say("notification to webhook", `${times[100]?.toFixed(1)} ms median, ${times[198]?.toFixed(1)} ms p99`);
}

/** Alarms at once, each a message of its own, against Slack's burst of 5 and one a second. */
async function benchStorm(folder: string, count: number, recover: boolean): Promise<void> {
  const slack = await startFakeSlack({ now: () => performance.now(), burst: 5, perSecond: 1, retryAfter: 1 });
  const store = await openSqliteStore(join(folder, `storm-${count}.db`));
  const config: ChannelConfig = {
    name: "team",
    kind: "slack",
    options: { token: "env:TOKEN", channel: "C123", server: slack.url },
    secrets: { token: { store: "env", name: "TOKEN" } },
    sendResolved: true,
  };
  const { delivery, http } = await deliveryTo(store, config);
  const alarms = Array.from({ length: count }, (_, i) => aNotification(String(i)));
  const notifications = recover ? alarms.flatMap((alarm) => [alarm, recoveryOf(alarm)]) : alarms;
  await delivery.start();
  const start = performance.now();
  await store.commit(outboxWrites(notifications));
  delivery.wake();
  await delivery.idle();
  const took = (slack.lastAt - start) / 1000;
  await delivery.stop();
  http.close();
  await store.close();
  await slack.close();
  const messages = slack.posts.filter(({ thread }) => thread === undefined).length;
  const least = slack.calls.length - 5;
  say(
    `storm of ${count}${recover ? ", recovering at once" : ""}`,
    `${messages} of ${count} messages, ${slack.calls.filter((call) => call === "edit").length} edits, ${slack.calls.length} calls in ${took.toFixed(1)} s (at least ${least} s; ${(took / least).toFixed(3)} x), ${slack.refused} refused`,
  );
}

async function deliveryTo(
  store: Store,
  config: ChannelConfig,
): Promise<{ delivery: Delivery; http: HttpClient }> {
  const http = new HttpClient();
  const channel: Channel = makeChannel(config, {
    http,
    resolveSecret: async () => new Secret("xoxb-test"),
    awsSession: () => Promise.reject(new Error("not here")),
  });
  return { delivery: new Delivery({ store, channels: [channel], context, owner: "bench" }), http };
}

function webhookAt(port: number): ChannelConfig {
  const options = { url: `http://127.0.0.1:${port}/hook` };
  return { name: "team", kind: "webhook", options, secrets: {}, sendResolved: true };
}

/** The other process: counts posts. */
async function answerPosts(): Promise<void> {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      count += 1;
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  process.send?.((server.address() as AddressInfo).port);
  process.on("message", () => process.send?.(count));
  process.on("disconnect", () => process.exit(0));
}

function peak(): number {
  return Math.round(process.resourceUsage().maxRSS / 1024);
}

function say(what: string, figures: string): void {
  process.stdout.write(`${what.padEnd(36)}${figures}\n`);
}
