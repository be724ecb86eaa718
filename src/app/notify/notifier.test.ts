import { describe, expect, it } from "vitest";
import { parseEvents } from "../../events/parse-events.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import { noKnowledge } from "../../notify/knowledge.ts";
import type { Notification } from "../../notify/notification.ts";
import { policyOf } from "../../notify/test-fixtures.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import type { Store } from "../../state/store.ts";
import { ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import { Notifier } from "./notifier.ts";
import { allSilences } from "./silences.ts";

const START = Date.parse("2026-11-20T10:00:00Z");
const AT_ONCE = policyOf({ channels: ["a"], groupBy: ["alertname"], groupWait: 0, groupInterval: 60 });

function event(name: string, state: "ALARM" | "OK", minute = 0): AlarmEvent {
  const [parsed] = parseEvents(
    {
      AlarmName: name,
      AlarmArn: `arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${name}`,
      NewStateValue: state,
      StateChangeTime: new Date(START + minute * 60_000).toISOString(),
    },
    START,
  ).events;
  if (!parsed) throw new Error("no event");
  return parsed;
}

function notifierOn(store: Store, clock: ManualClock, policy: NotificationPolicy = AT_ONCE) {
  const messages: Notification[] = [];
  const context = { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger };
  const onMessages = (more: readonly Notification[]): void => void messages.push(...more);
  return {
    messages,
    notifier: new Notifier({ store, policy, knowledge: noKnowledge, context, onMessages }),
  };
}

/** What each commit writes from now on: collections, or the kind of what belongs to none. */
function commitsOf(store: Store): string[][] {
  const commits: string[][] = [];
  const commit = store.commit.bind(store);
  store.commit = (writes) => {
    commits.push(writes.map((write) => ("collection" in write ? write.collection : write.kind)));
    return commit(writes);
  };
  return commits;
}

const told = (messages: readonly Notification[]): string[] =>
  messages.map(({ status, alerts }) => `${status} ${alerts.map(({ text }) => text.name).join(" ")}`);

describe("a notifier", () => {
  it("tells what fires at once, and knows it again", async () => {
    const store = new MemoryStore();
    const { notifier, messages } = notifierOn(store, new ManualClock(new Date(START)));
    const received = await notifier.receive([event("x", "ALARM"), event("x", "ALARM"), event("y", "ALARM")]);
    expect(received.map(({ outcome }) => outcome)).toEqual(["placed", "repeated", "placed"]);
    await notifier.flush();
    expect(told(messages).sort()).toEqual(["firing x", "firing y"]);
    expect((await store.backlog())[0]?.pending).toBe(2);
  });

  it("tells what fired and recovered in one delivery", async () => {
    const clock = new ManualClock(new Date(START));
    const { notifier, messages } = notifierOn(new MemoryStore(), clock);
    await notifier.receive([event("x", "ALARM"), event("x", "OK", 1)]);
    await clock.advance(61_000);
    await notifier.flush();
    expect(told(messages)).toEqual(["firing x", "resolved x"]);
    expect(messages[0]?.incident).toBe(messages[1]?.incident);
  });

  it("shares a store with others: everything is told once, whoever gets it", async () => {
    const store = new MemoryStore();
    const clock = new ManualClock(new Date(START));
    const notifiers = [1, 2, 3].map(() => notifierOn(store, clock));
    const events = Array.from({ length: 40 }, (_, i) => event(`x${i}`, "ALARM"));
    await Promise.all(notifiers.flatMap(({ notifier }) => events.map((one) => notifier.receive([one]))));
    await Promise.all(notifiers.map(({ notifier }) => notifier.flush()));
    const all = notifiers.flatMap(({ messages }) => told(messages)).sort();
    expect(all).toEqual(events.map((one) => `firing ${one.kind === "alarm" ? one.alarmName : ""}`).sort());
    expect((await store.backlog())[0]?.pending).toBe(40);
  });

  it("moves alerts on whose route the configuration has no more", async () => {
    const store = new MemoryStore();
    const clock = new ManualClock(new Date(START));
    const before = policyOf({ routes: [{ matchers: 'alertname="x"', channels: ["b"], groupWait: 300 }] });
    await notifierOn(store, clock, before).notifier.receive([event("x", "ALARM")]);
    await clock.advance(301_000);
    const { notifier, messages } = notifierOn(store, clock);
    await notifier.flush();
    expect(told(messages)).toEqual(["firing x"]);
    expect(messages[0]?.channel).toBe("a");
    expect((await store.list("groups", { limit: 9 })).length).toBe(1);
  });

  it("holds back what another alert explains, until that is over", async () => {
    const matcher = (value: string) => [{ name: "alertname", operator: "=" as const, value }];
    const policy = {
      ...AT_ONCE,
      inhibitRules: [{ source: matcher("host-down"), target: matcher("cpu"), equal: [] }],
    };
    const clock = new ManualClock(new Date(START));
    const { notifier, messages } = notifierOn(new MemoryStore(), clock, policy);
    await notifier.receive([event("host-down", "ALARM"), event("cpu", "ALARM")]);
    await notifier.flush();
    expect(told(messages)).toEqual(["firing host-down"]);
    await notifier.receive([event("host-down", "OK", 1)]);
    await clock.advance(61_000);
    await notifier.flush();
    expect(told(messages).slice(1).sort()).toEqual(["firing cpu", "resolved host-down"]);
  });

  it("stores an alarm, and what is told of it at once, in one commit", async () => {
    const store = new MemoryStore();
    const commits = commitsOf(store);
    const { notifier, messages } = notifierOn(store, new ManualClock(new Date(START)));
    await notifier.receive([event("x", "ALARM")]);
    expect(commits).toEqual([["groups", "log", "enqueue", "cursors"]]);
    expect(told(messages)).toEqual(["firing x"]);
  });

  it("makes several commits of what doesn't fit into one", async () => {
    const store = Object.assign(new MemoryStore(), { maxWrites: 8 });
    const commits = commitsOf(store);
    const { notifier, messages } = notifierOn(store, new ManualClock(new Date(START)));
    const events = ["a", "b", "c", "d", "e"].map((name) => event(name, "ALARM"));
    const received = await notifier.receive(events);
    expect(received.map((one) => one.outcome === "placed" && one.alert.text.name)).toEqual([..."abcde"]);
    expect(told(messages)).toEqual([..."abcde"].map((name) => `firing ${name}`));
    expect(Math.max(...commits.map(({ length }) => length))).toBe(8);
    expect((await store.backlog())[0]?.pending).toBe(5);
  });

  it("acknowledges nothing that it couldn't store", async () => {
    const store = new MemoryStore();
    store.commit = () => Promise.reject(new Error("disk full"));
    const { notifier, messages } = notifierOn(store, new ManualClock(new Date(START)));
    await expect(notifier.receive([event("x", "ALARM")])).rejects.toThrow("disk full");
    expect(messages).toEqual([]);
    expect(await allSilences(store)).toEqual([]);
  });
});
