import { describe, expect, it } from "vitest";
import type { Alert, AlertGroup, Silence } from "../model/alert.ts";
import type { NotificationPolicy } from "../model/notification-policy.ts";
import { placeAlert } from "./grouping.ts";
import { createInhibitor } from "./inhibition.ts";
import type { Notification } from "./notification.ts";
import { alertOf, NOON, policyOf, type RouteSketch, recovered, silenceOf, TestLog } from "./test-fixtures.ts";
import { rehomeGroup, tick } from "./tick.ts";

const FAST: RouteSketch = { groupWait: 10, groupInterval: 60, repeatInterval: 600 };

/** The pipeline over a store in memory, driven by hand. Times in seconds from noon. */
class Simulation {
  readonly sent: (Notification & { readonly second: number })[] = [];
  readonly log = new TestLog();
  silences: readonly Silence[] = [];
  groups = new Map<string, AlertGroup>();
  #second = 0;

  readonly policy: NotificationPolicy;

  constructor(policy: NotificationPolicy) {
    this.policy = policy;
  }

  get #now(): number {
    return NOON + this.#second * 1000;
  }

  put(alert: Alert): void {
    const read = (key: string) => this.groups.get(key);
    for (const group of placeAlert(this.policy, alert, [...this.groups.keys()], read, this.#now))
      this.groups.set(group.key, group);
  }

  /** Ticks every second until then. */
  until(second: number): readonly string[] {
    const before = this.sent.length;
    for (; this.#second <= second; this.#second += 1) {
      const alerts = [...this.groups.values()].flatMap((group) => group.alerts);
      const inhibitor = createInhibitor(this.policy.inhibitRules, alerts);
      const context = { now: this.#now, policy: this.policy, silences: this.silences, inhibitor };
      for (const { before: group, result } of tick(this.groups.values(), context, this.log.read).flushed) {
        this.log.write(result.log);
        if (result.group) this.groups.set(group.key, result.group);
        else this.groups.delete(group.key);
        this.sent.push(...result.notifications.map((sent) => ({ ...sent, second: this.#second })));
      }
    }
    this.#second = second;
    return this.sent
      .slice(before)
      .map((sent) => `${sent.second} ${sent.channel} ${sent.reason} ${shown(sent)}`);
  }
}

/** `+a` fires, `-a` recovered. */
const shown = ({ alerts }: Notification): string =>
  alerts.map(({ status, labels }) => `${status === "firing" ? "+" : "-"}${labels["n"]}`).join(" ");
const at = (second: number): number => NOON + second * 1000;
const firing = (n: string, second = 0, labels = {}): Alert =>
  alertOf({ n, ...labels }, { startsAt: at(second), changedAt: at(second) });

describe("a group", () => {
  it("waits, tells, keeps to its interval, repeats, and ends with its last recovery", () => {
    const run = new Simulation(policyOf(FAST));
    run.put(firing("a"));
    expect(run.until(9)).toEqual([]);
    run.put(firing("b", 9));
    expect(run.until(10)).toEqual(["10 c first-notification +a +b"]);
    run.put(firing("d", 20));
    expect(run.until(69)).toEqual([]);
    expect(run.until(70)).toEqual(["70 c new-alerts +a +b +d"]);
    run.put(recovered(firing("b", 9), at(75)));
    expect(run.until(130)).toEqual(["130 c new-resolved +a +d -b"]);
    expect(run.until(729)).toEqual([]);
    expect(run.until(800)).toEqual(["790 c repeat-interval +a +d"]);
    run.put(recovered(firing("a"), at(800)));
    run.put(recovered(firing("d", 20), at(801)));
    expect(run.until(900)).toEqual(["850 c all-resolved -a -d"]);
    expect(run.groups.size).toBe(0);
    const incidents = new Set(run.sent.map(({ incident }) => incident));
    expect(incidents.size).toBe(1);
    expect(run.sent.map(({ first }) => first)).toEqual([true, false, false, false, false]);
    expect(new Set(run.sent.map(({ id }) => id)).size).toBe(run.sent.length);
  });

  it("that fires again is another incident", () => {
    const run = new Simulation(policyOf(FAST));
    run.put(firing("a"));
    run.until(10);
    run.put(recovered(firing("a"), at(20)));
    run.until(100);
    run.put(firing("a", 100));
    expect(run.until(110)).toEqual(["110 c first-notification +a"]);
    const [first, over, second] = run.sent;
    expect(over?.incident).toBe(first?.incident);
    expect(second?.incident).not.toBe(first?.incident);
    expect(second?.first).toBe(true);
  });

  it("is told at once where an alert has waited long enough, or is critical", () => {
    const late = new Simulation(policyOf(FAST));
    late.put(firing("a", -10));
    expect(late.until(0)).toEqual(["0 c first-notification +a"]);
    const critical = new Simulation(policyOf({}));
    critical.put(firing("a", 0));
    expect(critical.until(5)).toEqual([]);
    critical.put(firing("b", 5, { severity: "critical" }));
    expect(critical.until(5)).toEqual(["5 c first-notification +b +a"]);
  });

  it("says nothing of what fired and recovered while it waited", () => {
    const run = new Simulation(policyOf(FAST));
    run.put(firing("a"));
    run.put(recovered(firing("a"), at(5)));
    expect(run.until(100)).toEqual([]);
    expect(run.groups.size).toBe(0);
  });

  it("says nothing of what recovered and fired again within its interval, and counts it", () => {
    const run = new Simulation(policyOf(FAST));
    run.put(firing("a"));
    run.until(10);
    run.put(recovered(firing("a"), at(20)));
    run.put(firing("a", 30));
    expect(run.until(200)).toEqual([]);
    expect([...run.groups.values()][0]?.alerts[0]?.flaps).toBe(1);
  });

  it("tells each channel for itself", () => {
    const run = new Simulation(policyOf({ ...FAST, channels: ["a", "quiet"] }));
    run.put(firing("x"));
    run.put(firing("y"));
    expect(run.until(10)).toEqual(["10 a first-notification +x +y", "10 quiet first-notification +x +y"]);
    run.put(recovered(firing("x"), at(20)));
    expect(run.until(70)).toEqual(["70 a new-resolved +y -x"]);
    run.put(firing("z", 80));
    run.put(recovered(firing("y"), at(80)));
    expect(run.until(130)).toEqual(["130 a new-alerts +z -y", "130 quiet new-alerts +z"]);
    run.put(recovered(firing("z", 80), at(150)));
    expect(run.until(190)).toEqual(["190 a all-resolved -z"]);
    run.until(200);
    run.put(firing("z", 200));
    expect(run.until(210)).toEqual(["210 a first-notification +z", "210 quiet first-notification +z"]);
  });

  it("of 120 alerts is written out in part and counted whole", () => {
    const run = new Simulation(policyOf(FAST));
    for (let n = 0; n < 120; n += 1) run.put(firing(String(n), n - 120));
    run.until(10);
    const [sent] = run.sent;
    expect(sent).toMatchObject({
      omitted: 70,
      counts: { firing: 120, resolved: 0 },
      title: "120 ALARM · alarm",
    });
    expect(sent?.alerts[0]?.labels["n"]).toBe("0");
  });
});

describe("what is held back", () => {
  it("by a silence is told when that ends", () => {
    const run = new Simulation(policyOf(FAST));
    run.silences = [silenceOf("n=a", { endsAt: at(100) })];
    run.put(firing("a"));
    expect(run.until(99)).toEqual([]);
    expect(run.until(130)).toEqual(["130 c first-notification +a"]);
  });

  it("and recovered meanwhile was never news", () => {
    const run = new Simulation(policyOf(FAST));
    run.silences = [silenceOf("n=a", { endsAt: at(100) })];
    run.put(firing("a"));
    run.until(20);
    run.put(recovered(firing("a"), at(30)));
    expect(run.until(300)).toEqual([]);
    expect(run.groups.size).toBe(0);
  });

  it("but was told as firing is told as recovered as soon as nothing holds it back", () => {
    const run = new Simulation(policyOf(FAST));
    run.put(firing("a"));
    run.until(10);
    run.silences = [silenceOf("n=a", { startsAt: at(20), endsAt: at(200) })];
    run.put(recovered(firing("a"), at(30)));
    expect(run.until(199)).toEqual([]);
    expect(run.until(260)).toEqual(["250 c all-resolved -a"]);
    expect(run.groups.size).toBe(0);
  });

  it("by another alert is told when that recovers", () => {
    const rule = {
      source: [{ name: "n", operator: "=" as const, value: "down" }],
      target: [{ name: "n", operator: "=" as const, value: "cpu" }],
      equal: [],
    };
    const run = new Simulation(policyOf({ ...FAST, groupBy: ["n"] }, { inhibitRules: [rule] }));
    run.put(firing("down"));
    run.put(firing("cpu"));
    expect(run.until(60)).toEqual(["10 c first-notification +down"]);
    run.put(recovered(firing("down"), at(65)));
    expect(run.until(140)).toEqual(["70 c all-resolved -down", "70 c first-notification +cpu"]);
  });
});

describe("notices", () => {
  const notice = (n: string, second = 0): Alert => ({ ...firing(n, second), kind: "notice" });

  it("are told once and leave their group", () => {
    const run = new Simulation(policyOf(FAST));
    run.put(notice("n1"));
    expect(run.until(10)).toEqual(["10 c first-notification +n1"]);
    expect(run.groups.size).toBe(0);
    run.until(20);
    run.put(notice("n2", 20));
    expect(run.until(700)).toEqual(["30 c first-notification +n2"]);
    expect(run.sent[1]?.incident).not.toBe(run.sent[0]?.incident);
  });

  it("beside alarms end nothing", () => {
    const run = new Simulation(policyOf(FAST));
    run.put(firing("a"));
    run.put(notice("n1"));
    expect(run.until(10)).toEqual(["10 c first-notification +a +n1"]);
    expect(run.until(500)).toEqual([]);
    run.put(recovered(firing("a"), at(500)));
    expect(run.until(600)).toEqual(["550 c all-resolved -a"]);
  });

  it("of the night are told in the morning, silenced ones never", () => {
    const timeIntervals = { early: [{ times: [{ begin: 0, end: 12 * 60 + 2 }] }] };
    const run = new Simulation(policyOf({ ...FAST }, { timeIntervals }));
    const route = { ...run.policy.route, muteTimeIntervals: ["early"] };
    const muted = new Simulation({ ...run.policy, route });
    muted.put(notice("n1"));
    expect(muted.until(119)).toEqual([]);
    expect(muted.until(200)).toEqual(["130 c first-notification +n1"]);
    run.silences = [silenceOf("n=n1", { endsAt: at(60) })];
    run.put(notice("n1"));
    expect(run.until(200)).toEqual([]);
  });
});

describe("groups and routes", () => {
  it("told of an alert hear of its recovery, wherever it would go now", () => {
    const run = new Simulation(
      policyOf({ ...FAST, channels: ["a"], routes: [{ matchers: "team=web", channels: ["b"] }] }),
    );
    const before = firing("x", 0, { team: "web" });
    run.put(before);
    expect(run.until(10)).toEqual(["10 b first-notification +x"]);
    const retagged = { ...recovered(before, at(20)), labels: { n: "x", team: "shop" } };
    run.put(retagged);
    expect(run.until(80)).toContain("70 b all-resolved -x");
  });

  it("whose route is gone are found, and their alerts placed anew", () => {
    const run = new Simulation(policyOf({ ...FAST, routes: [{ matchers: "n=~.+", groupBy: ["n"] }] }));
    run.put(firing("a"));
    const policy = policyOf(FAST);
    const context = { now: at(20), policy, silences: [], inhibitor: createInhibitor([], []) };
    const { flushed, orphans } = tick(run.groups.values(), context, run.log.read);
    expect(flushed).toEqual([]);
    expect(orphans).toHaveLength(1);
    const [orphan] = orphans;
    const read = () => undefined;
    const homes =
      orphan === undefined
        ? []
        : rehomeGroup(policy, { ...orphan, alerts: [firing("a"), firing("b")] }, read, at(20));
    expect(homes).toMatchObject([
      { key: "{}:{}", alerts: [{ labels: { n: "a" } }, { labels: { n: "b" } }], flushed: false },
    ]);
  });
});
