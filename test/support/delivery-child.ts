// A notifier to be killed: moves groups that are due into the outbox, and delivers from there to a webhook.
// Arguments: the store's file, the port of the webhook, and whether the store is in a `thread` of its own.
import { setTimeout as delay } from "node:timers/promises";
import { HttpClient } from "../../src/notify/channels/http-client.ts";
import { makeChannel } from "../../src/notify/channels/make-channel.ts";
import { Delivery, outboxWrites } from "../../src/notify/delivery/delivery.ts";
import { commitUnits } from "../../src/state/batches.ts";
import { openSqliteStore } from "../../src/state/sqlite-store.ts";
import type { Write } from "../../src/state/store.ts";
import { openThreadedStore } from "../../src/state/threaded-store.ts";
import { silentLogger } from "../../src/support/context.ts";
import { AT_ONCE, eventNotification } from "./kill-events.ts";

const [, , path = "", port = "", where = ""] = process.argv;
const store =
  where === "thread"
    ? await openThreadedStore(path, { program: new URL("./store-thread.mjs", import.meta.url) })
    : await openSqliteStore(path);
const channel = makeChannel(
  {
    name: "team",
    kind: "webhook",
    options: { url: `http://127.0.0.1:${port}/` },
    secrets: {},
    sendResolved: true,
  },
  {
    http: new HttpClient(),
    resolveSecret: () => Promise.reject(new Error("none")),
    awsSession: () => Promise.reject(new Error("none")),
  },
);
const delivery = new Delivery({
  store,
  channels: [
    {
      ...channel,
      pace: {
        destination: "team",
        perSecond: Number.POSITIVE_INFINITY,
        burst: 1,
        atOnce: AT_ONCE,
        timeout: 10_000,
      },
    },
  ],
  context: {
    clock: {
      now: () => new Date(),
      sleep: async (ms, signal) => {
        await delay(ms, undefined, signal ? { signal } : {});
      },
    },
    random: Math.random,
    signal: new AbortController().signal,
    log: silentLogger,
  },
  owner: String(process.pid),
  isGone: (pid) => {
    try {
      process.kill(Number(pid), 0);
      return false;
    } catch {
      return true;
    }
  },
});
await delivery.start();
for (;;) {
  const due = await store.due("groups", Number.MAX_SAFE_INTEGER, 10);
  if (due.length === 0) break;
  const units = due.map(({ key, version }): Write[] => [
    { kind: "remove", collection: "groups", key, expected: version },
    ...outboxWrites([eventNotification(key)]),
  ]);
  await commitUnits(store, units);
  delivery.wake();
  await new Promise((resolve) => setImmediate(resolve));
}
await delivery.idle();
await delivery.stop();
await store.close();
process.exit(0);
