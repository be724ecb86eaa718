import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AlarmEvent, AlarmStateChange } from "../model/alarm-event.ts";
import type { AlarmState, Alert, AlertGroup, EventCursor } from "../model/alert.ts";
import { fingerprintOf } from "./alert-from-event.ts";
import { noKnowledge } from "./knowledge.ts";
import { admitAlert, admitEvent, type Received, receiveAlert } from "./receive.ts";
import { NOON, payload, policyOf } from "./test-fixtures.ts";

const CPU = payload("sns-metric-alarm") as AlarmStateChange;
const change = (
  state: AlarmState,
  second: number,
  more: Partial<AlarmStateChange> = {},
): AlarmStateChange => ({
  ...CPU,
  state,
  at: NOON + second * 1000,
  ...more,
});

/** A store of one group and one cursor for each alarm. */
class Store {
  readonly groups = new Map<string, AlertGroup>();
  readonly cursors = new Map<string, EventCursor>();
  policy = policyOf();

  receive(event: AlarmEvent): Received {
    const policy = this.policy;
    const cursor = this.cursors.get(fingerprintOf(event));
    const admitted = admitEvent({ event, policy, knowledge: noKnowledge, cursor });
    const read = (key: string) => this.groups.get(key);
    const received =
      admitted.outcome === "admitted" ? receiveAlert(admitted, policy, read, NOON + 60_000) : admitted;
    if (received.cursor) this.cursors.set(received.cursor.fingerprint, received.cursor);
    if (received.outcome === "placed") for (const group of received.groups) this.groups.set(group.key, group);
    return received;
  }

  update(alert: Alert): void {
    const { cursors, policy } = this;
    const admitted = admitAlert(alert, [...this.groups.keys()], policy, cursors.get(alert.fingerprint));
    const received = receiveAlert(admitted, policy, (key) => this.groups.get(key), NOON + 60_000);
    if (received.cursor) cursors.set(received.cursor.fingerprint, received.cursor);
    if (received.outcome === "placed") for (const group of received.groups) this.groups.set(group.key, group);
  }

  get alerts() {
    return [...this.groups.values()].flatMap(({ alerts }) => alerts);
  }
}

describe("events", () => {
  it("come again without effect", () => {
    const store = new Store();
    expect(store.receive(change("ALARM", 0)).outcome).toBe("placed");
    expect(store.receive(change("ALARM", 0)).outcome).toBe("repeated");
    const byEventBridge = change("ALARM", 0, { origin: { form: "eventbridge" } });
    expect(store.receive(byEventBridge).outcome).toBe("repeated");
    expect(store.alerts).toHaveLength(1);
  });

  it("that come late don't fire again", () => {
    const store = new Store();
    expect(store.receive(change("OK", 10))).toMatchObject({
      outcome: "ignored",
      reason: "it recovered, and nobody was told that it fired",
    });
    expect(store.receive(change("ALARM", 0))).toMatchObject({
      outcome: "ignored",
      reason: "it recovered before its group would have been told",
    });
    expect(store.alerts).toEqual([]);
    expect(store.receive(change("ALARM", 0)).outcome).toBe("repeated");
  });

  it("keep since when it fires", () => {
    const store = new Store();
    store.receive(change("ALARM", 0));
    store.receive(change("INSUFFICIENT_DATA", 10));
    expect(store.alerts).toMatchObject([
      { status: "firing", startsAt: NOON, changedAt: NOON + 10_000, text: { state: "NO DATA" } },
    ]);
    store.receive(change("ALARM", 20));
    expect(store.alerts).toMatchObject([{ status: "firing", startsAt: NOON, flaps: 0 }]);
    store.receive(change("OK", 30));
    expect(store.alerts).toMatchObject([{ status: "resolved", startsAt: NOON, endsAt: NOON + 30_000 }]);
  });

  it("of missing data count where the alarm asks for it", () => {
    expect(new Store().receive(change("INSUFFICIENT_DATA", 0))).toMatchObject({
      outcome: "ignored",
      reason: "missing data, and the alarm has no action for it",
    });
    const store = new Store();
    expect(store.receive(change("INSUFFICIENT_DATA", 0, { tellsNoData: true })).outcome).toBe("placed");
    store.receive(change("OK", 1));
    expect(store.alerts).toMatchObject([{ status: "resolved" }]);
  });

  it("of an alarm and of its contributors are apart", () => {
    const store = new Store();
    store.receive(change("ALARM", 0));
    store.receive(change("ALARM", 0, { contributor: { id: "1", attributes: { InstanceId: "i-1" } } }));
    store.receive(change("ALARM", 0, { contributor: { id: "2", attributes: { InstanceId: "i-2" } } }));
    store.receive(change("OK", 1, { contributor: { id: "2", attributes: { InstanceId: "i-2" } } }));
    expect(store.alerts.map(({ status, labels }) => [status, labels["resource"]])).toEqual([
      ["firing", "i-0123456789abcdef0"],
      ["firing", "i-1"],
      ["resolved", "i-2"],
    ]);
  });

  it("of recovery reach the groups that were told, wherever their labels lead now", () => {
    const store = new Store();
    store.policy = policyOf({ routes: [{ matchers: "tag:Team=web", channels: ["b"] }] });
    store.receive(change("ALARM", 0, { tags: { Team: "web" } }));
    store.receive(change("OK", 1, { tags: { Team: "shop" } }));
    expect([...store.groups.values()].map(({ route, alerts }) => [route, alerts[0]?.status])).toContainEqual([
      "{}/{tag:Team=web}/0",
      "resolved",
    ]);
  });

  it("are known beside news from elsewhere", () => {
    const store = new Store();
    store.policy = policyOf({ groupWait: 0 });
    store.receive(change("ALARM", 0));
    const [alert] = store.alerts;
    if (!alert) throw new Error("no alert");
    store.update({ ...alert, status: "resolved", endsAt: NOON + 30_000, changedAt: NOON + 30_000 });
    expect(store.alerts).toMatchObject([{ status: "resolved", endsAt: NOON + 30_000 }]);
    expect(store.receive(change("OK", 30)).outcome).toBe("repeated");
    expect(store.receive(change("OK", 10)).outcome).toBe("outdated");
    expect(store.receive(change("ALARM", 20)).outcome).toBe("placed");
    expect(store.alerts.map(({ status, late, startsAt }) => [status, late, startsAt])).toEqual([
      ["resolved", undefined, NOON],
      ["resolved", true, NOON + 20_000],
    ]);
    // What came meanwhile is newer than the news.
    store.receive(change("ALARM", 50));
    store.update({ ...alert, status: "resolved", endsAt: NOON + 40_000, changedAt: NOON + 40_000 });
    expect(store.alerts[0]).toMatchObject({ status: "firing", startsAt: NOON + 50_000 });
    expect(store.cursors.get(alert.fingerprint)).toMatchObject({ firing: true, at: NOON + 50_000 });
  });

  it("that are notices are told once", () => {
    const store = new Store();
    const finding = payload("eb-guardduty");
    expect(store.receive(finding).outcome).toBe("placed");
    expect(store.receive({ ...finding, at: finding.at + 1 })).toMatchObject({ outcome: "repeated" });
  });

  it("end in the state of the latest, whatever order they come in", () => {
    const states = fc.array(fc.constantFrom<AlarmState>("ALARM", "OK", "INSUFFICIENT_DATA"), {
      minLength: 1,
      maxLength: 8,
    });
    const orders = states.chain((list) => {
      const events = list.map((state, second) => change(state, second));
      const shuffled = fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 });
      return fc.tuple(fc.constant(events), shuffled);
    });
    fc.assert(
      fc.property(orders, ([events, shuffled]) => {
        const store = new Store();
        for (const event of shuffled) store.receive(event);
        const firing = store.alerts.some(({ status }) => status === "firing");
        const last = events.at(-1);
        if (last?.state === "ALARM") expect(firing).toBe(true);
        if (last?.state === "OK") expect(firing).toBe(false);
        expect(store.alerts.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
