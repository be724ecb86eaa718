// The measured programs of `bench-notify.ts`, bundled as the product is. They print what they took as JSON.
//   pipeline FILE PORT COUNT   messages of SNS through the whole pipeline and a durable store to a webhook, each of its own group
//   posts FILE PORT COUNT      nothing but so many posts of that size: what the rest is compared with
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { Notifier } from "../src/app/notify/notifier.ts";
import { tuneHeap } from "../src/cli/tune-heap.ts";
import { parseEvents } from "../src/events/parse-events.ts";
import type { ChannelConfig, NotificationPolicy } from "../src/model/notification-policy.ts";
import { HttpClient } from "../src/notify/channels/http-client.ts";
import { makeChannel } from "../src/notify/channels/make-channel.ts";
import { Delivery } from "../src/notify/delivery/delivery.ts";
import { noKnowledge } from "../src/notify/knowledge.ts";
import { openThreadedStore } from "../src/state/threaded-store.ts";
import { type Context, silentLogger } from "../src/support/context.ts";
import { alarmMessage } from "./bench-notify-events.ts";

tuneHeap();

/** Deliveries under way at once, and events in each: as many as a poll of SQS brings. */
const DELIVERIES = 50;
const EVENTS = 10;
const SIZE_OF_POST = 1_900;

const [, , mode = "", file = "", port = "", wanted = ""] = process.argv;
const count = Number(wanted);

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

if (mode === "pipeline") await pipeline();
else if (mode === "posts") await posts();
else throw new Error(`there is no mode ${mode}`);

async function pipeline(): Promise<void> {
  const hook: ChannelConfig = {
    name: "hook",
    kind: "webhook",
    options: { url: `http://127.0.0.1:${port}/` },
    secrets: {},
    sendResolved: true,
  };
  const http = new HttpClient();
  const channel = makeChannel(hook, {
    http,
    resolveSecret: () => Promise.reject(new Error("there are no secrets")),
    awsSession: () => Promise.reject(new Error("there is no AWS")),
  });
  const store = await openThreadedStore(file, { program: new URL("./store-thread.mjs", import.meta.url) });
  const delivery = new Delivery({ store, channels: [channel], context, owner: "bench" });
  await delivery.start();
  const policy = eachByItself(hook);
  const notifier = new Notifier({
    store,
    policy,
    knowledge: noKnowledge,
    context,
    onMessages: (messages) => delivery.deliver(messages),
  });
  const text = alarmMessage("cpu-high-#", "ALARM");
  const measured = measure();
  let next = 0;
  const deliver = async (): Promise<void> => {
    while (next < count) {
      const texts: string[] = [];
      for (; texts.length < EVENTS && next < count; next += 1) texts.push(text.replaceAll("#", String(next)));
      await notifier.receive(texts.flatMap((one) => parseEvents(one, Date.now()).events));
    }
  };
  await Promise.all(Array.from({ length: DELIVERIES }, deliver));
  await delivery.idle();
  measured();
  await delivery.stop();
  http.close();
  await store.close();
}

async function posts(): Promise<void> {
  const agent = new Agent({ keepAlive: true, scheduling: "lifo" });
  const body = "x".repeat(SIZE_OF_POST);
  const post = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json", "content-length": body.length };
      const sent = request({ host: "127.0.0.1", port, method: "POST", agent, headers }, (answer) =>
        answer.resume().on("end", resolve),
      );
      sent.on("error", reject).end(body);
    });
  const measured = measure();
  let left = count;
  const work = async (): Promise<void> => {
    while (left-- > 0) await post();
  };
  await Promise.all(Array.from({ length: 64 }, work));
  measured();
  agent.destroy();
}

/** Begins to measure; to be called again for the end. */
function measure(): () => void {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const figures = {
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
      peakMb: process.resourceUsage().maxRSS / 1024,
    };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
  };
}

function eachByItself(hook: ChannelConfig): NotificationPolicy {
  return {
    channels: { [hook.name]: hook },
    route: {
      id: "{}",
      matchers: [],
      channels: [hook.name],
      continue: false,
      groupBy: ["alertname"],
      groupWait: 0,
      groupInterval: 300,
      repeatInterval: 14_400,
      muteTimeIntervals: [],
      activeTimeIntervals: [],
      routes: [],
    },
    inhibitRules: [],
    timeIntervals: {},
  };
}
