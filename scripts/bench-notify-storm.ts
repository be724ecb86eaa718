import { setTimeout as delay } from "node:timers/promises";
import { type FakeSlack, startFakeSlack } from "../test/support/fake-slack.ts";
import { hasAlertmanager, startAlertmanager } from "./bench-alertmanager.ts";
import { alarmMessage } from "./bench-notify-events.ts";
import { startListener } from "./bench-notify-listener.ts";
import { row } from "./bench-support.ts";

const ALARMS = 50;
const RECOVERING = 20;
const BURST = 5;
/** How long each storm is watched, s. */
const WATCHED = 60;
const GRACE = 1_000;

const EACH = { group_by: ["alertname"], group_wait: "0s" };
const TOGETHER = { group_by: ["account"], group_wait: "0s" };

interface Storm {
  readonly name: string;
  readonly alarms: number;
  /** Requests that Slack must take for all of it to be told. */
  readonly needed: (slack: FakeSlack) => number;
  prepare(slack: FakeSlack): Promise<Prepared>;
}

interface Prepared {
  /** Lets the alarms go off; resolves when they are delivered. */
  fire(): Promise<void>;
  stop(): Promise<void> | void;
}

/** Alarms that go off at once, against a Slack that takes a burst of 5, then one a second. All at the same time: they wait, mostly. */
export async function benchStorms(): Promise<void> {
  const storms: readonly Storm[] = [
    {
      name: "each by itself, watchkeeper",
      alarms: ALARMS,
      needed: () => ALARMS,
      prepare: (slack) => ours(slack, EACH, ALARMS),
    },
    {
      name: `${RECOVERING} that recover while they wait`,
      alarms: RECOVERING,
      // A message that is edited, and its history in a thread.
      needed: () => 3 * RECOVERING,
      prepare: (slack) => ours(slack, EACH, RECOVERING, true),
    },
    {
      name: "in one group, watchkeeper",
      alarms: ALARMS,
      needed: () => 1,
      prepare: (slack) => ours(slack, TOGETHER, ALARMS),
    },
    ...(hasAlertmanager
      ? [
          {
            name: "each by itself, alertmanager",
            alarms: ALARMS,
            needed: () => ALARMS,
            prepare: (slack: FakeSlack) => theirs(slack, EACH),
          },
          {
            name: "in one group, alertmanager",
            alarms: ALARMS,
            needed: () => 1,
            prepare: (slack: FakeSlack) => theirs(slack, TOGETHER),
          },
        ]
      : []),
  ];
  const prepared = await Promise.all(
    storms.map(async (storm) => {
      const slack = await startFakeSlack({
        now: () => performance.now(),
        burst: BURST,
        perSecond: 1,
        retryAfter: 1,
      });
      return { storm, slack, ...(await storm.prepare(slack)) };
    }),
  );
  const rows = await Promise.all(prepared.map(watch));
  row(
    `storm, watched for ${WATCHED} s`,
    "alarms",
    "told",
    "messages",
    "edits",
    "requests",
    "refused",
    "first s",
    "last s",
  );
  for (const cells of rows) row(...cells);
}

async function watch({
  storm: { name, alarms, needed },
  slack,
  fire,
  stop,
}: Prepared & { readonly storm: Storm; readonly slack: FakeSlack }): Promise<readonly [string, ...string[]]> {
  const calledAt: number[] = [];
  const start = performance.now();
  const fired = fire();
  // Those who are done need no more watching than to see that they are.
  for (let quietSince = start; performance.now() - start < WATCHED * 1000; await delay(10)) {
    if (calledAt.length < slack.calls.length) quietSince = performance.now();
    while (calledAt.length < slack.calls.length) calledAt.push(slack.lastAt);
    if (slack.calls.length >= needed(slack) && performance.now() - quietSince > 3 * GRACE) break;
  }
  await fired;
  await stop();
  await slack.close();
  const messages = slack.posts.filter(({ thread }) => thread === undefined);
  const told = new Set(JSON.stringify(messages).match(/storm-\d+/g));
  const counted = /(\d+) ALARM|FIRING:(\d+)/.exec(JSON.stringify(messages[0]?.body ?? {}));
  const named = messages.length === 1 && counted ? Number(counted[1] ?? counted[2]) : told.size;
  const seconds = (at: number | undefined): string =>
    at === undefined ? "–" : ((at - start) / 1000).toFixed(2);
  return [
    `  ${name}`,
    String(alarms),
    String(named),
    String(messages.length),
    String(slack.calls.filter((call) => call === "edit").length),
    String(slack.calls.length),
    String(slack.refused),
    seconds(calledAt[0]),
    seconds(calledAt.at(-1)),
  ];
}

/** Alarms to `notify listen`, each a delivery of its own, all at the same time. */
async function ours(slack: FakeSlack, route: object, count: number, recover = false): Promise<Prepared> {
  const channel = { kind: "slack", token: "env:TOKEN", channel: "C0123", server: slack.url, pictures: false };
  const listener = await startListener(channel, { ...route, group_interval: "2s" });
  const names = Array.from({ length: count }, (_, index) => `storm-${index}`);
  const post = (state: "ALARM" | "OK") =>
    Promise.all(names.map((name) => listener.post(alarmMessage(name, state))));
  return {
    fire: async () => {
      await post("ALARM");
      if (!recover) return;
      await delay(GRACE);
      await post("OK");
    },
    stop: () => listener.stop(),
  };
}

async function theirs(slack: FakeSlack, route: { readonly group_by: readonly string[] }): Promise<Prepared> {
  const program = await startAlertmanager({
    route: { receiver: "team", ...route, group_interval: "5m", repeat_interval: "4h" },
    receivers: [{ name: "team", slack_configs: [{ api_url: slack.webhook, channel: "#team" }] }],
  });
  const names = Array.from({ length: ALARMS }, (_, index) => `storm-${index}`);
  return {
    fire: async () => {
      await Promise.all(names.map((name) => program.alert([name], 1, { account: "111122223333" })));
    },
    stop: () => program.stop(),
  };
}
