import { beforeEach, describe, expect, it } from "vitest";
import { runOf } from "../../../test/support/guard-cases.ts";
import { alarmOn, frozenRunbook } from "../../../test/support/repair-alarms.ts";
import type { AlarmStateChange } from "../../model/alarm-event.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import type { GuardVerdict, RemediationRun, RunVerdict } from "../../model/remediation-run.ts";
import { fingerprintOf } from "../../notify/alert-from-event.ts";
import { noKnowledge } from "../../notify/knowledge.ts";
import type { Notification } from "../../notify/notification.ts";
import { policyOf } from "../../notify/test-fixtures.ts";
import type { RepairDeps } from "../../remediation/advance.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import type { Store } from "../../state/store.ts";
import { ManualClock } from "../../support/clock.ts";
import { type Context, silentLogger } from "../../support/context.ts";
import { Notifier } from "../notify/notifier.ts";
import { RunTeller } from "./run-teller.ts";
import { watchedSoFar, watching } from "./watching.ts";

const INSTANCE = "i-0123456789abcdef0";
const MINUTE = 60_000;
const CHANNELS = ["a", "b", "c", "quiet"];

let clock: ManualClock;
let store: Store;
let context: Context;
const now = (): number => clock.now().getTime();
beforeEach(() => {
  clock = new ManualClock("2026-11-20T10:00:00Z");
  store = new MemoryStore();
  context = { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger };
});

/** Alarms go to `b`; everything else to `a`. */
const POLICY = policyOf({
  channels: ["a"],
  groupBy: ["alertname"],
  groupWait: 0,
  routes: [{ matchers: 'alertname="frozen"', channels: ["b"], groupWait: 0 }],
});

function teller(policy: NotificationPolicy = POLICY) {
  const handed: Notification[] = [];
  const onMessages = (messages: readonly Notification[]): void => void handed.push(...messages);
  return { handed, teller: new RunTeller({ store, policy, knowledge: noKnowledge, context, onMessages }) };
}

const alarm = (): AlarmStateChange => alarmOn(INSTANCE, Date.parse("2026-11-20T10:00:00Z"));

/** A run that the alarm began. */
function run(more: Partial<RemediationRun> = {}): RemediationRun {
  const { at, alarmArn, alarmName } = alarm();
  const { endedAt: _, ...rest } = runOf({
    id: "r1",
    runbook: frozenRunbook(),
    instance: { id: INSTANCE, name: "app-1", platform: "linux", tags: {} },
    trigger: {
      kind: "alarm",
      alarmArn,
      alarmName,
      fingerprint: fingerprintOf(alarm()),
      changedAt: at,
      labels: { alertname: alarmName },
    },
    createdAt: now(),
    notes: [{ at: now(), code: "begun", text: "runbook frozen: alarm frozen" }],
  });
  return { ...rest, ...more };
}

/** The run's end, with its note. */
function ended(verdict: RunVerdict, more: Partial<RemediationRun> = {}): RemediationRun {
  const reason = { code: "status", text: "answered 503" };
  const { notes, ...rest } = run(more);
  const note = { at: now(), code: verdict, text: `${verdict}: ${reason.text}` };
  return { reason, ...rest, notes: [...notes, note], endedAt: now(), verdict };
}

const refusal = (guard: string, code: string, text = "no"): GuardVerdict => ({
  guard,
  verdict: "refuse",
  reason: { code, text },
});

/** The alarm is told. */
async function alarmTold(policy: NotificationPolicy = POLICY): Promise<void> {
  const notifier = new Notifier({ store, policy, knowledge: noKnowledge, context });
  await notifier.receive([alarm()]);
  await notifier.flush();
}

interface Waiting {
  readonly title: string;
  readonly incident: string;
  readonly reason: string;
  readonly severity: string;
  readonly alerts: readonly { readonly text: { readonly description?: string } }[];
}

/** What waits in the outbox of a channel. */
async function outbox(channel: string): Promise<readonly Waiting[]> {
  return (await store.pending(channel, 0, 100)).map(({ payload }) => JSON.parse(payload) as Waiting);
}

/** Everything about repairs in the outbox: `b: REPAIR  app-1 · …`. */
async function told(): Promise<readonly string[]> {
  const all = await Promise.all(
    CHANNELS.map(async (channel) => (await outbox(channel)).map(({ title }) => `${channel}: ${title}`)),
  );
  return all.flat().filter((text) => /REPAIR|DRY RUN/.test(text));
}

const BY_HAND = { kind: "manual", by: "kim", at: Date.parse("2026-11-20T10:00:00Z") } as const;
const BEGUN = "b: REPAIR  app-1 · runbook frozen: alarm frozen";

describe("what a run did is told", () => {
  it("in the threads of channels that were told of its alarm, and nowhere else", async () => {
    await alarmTold();
    expect(await teller().teller.tell(run())).toBe(true);
    expect(await told()).toEqual([BEGUN]);
    const [first, note] = await outbox("b");
    expect(note).toMatchObject({ incident: first?.incident, reason: "note", severity: "info" });
  });

  it("with its evidence, cut to what people read on a telephone", async () => {
    await alarmTold();
    const evidence = [
      { title: "uptime", at: now(), text: "load 40" },
      { title: "console output", at: now(), text: `${"x".repeat(9000)} the end` },
    ];
    const notes = [{ at: now(), code: "evidence", text: "evidence: kept" }];
    await teller().teller.tell(run({ evidence, notes }));
    const text = (await outbox("b")).at(-1)?.alerts[0]?.text.description ?? "";
    expect(text).toMatch(/^\$ uptime\nload 40\n\n\$ console output\n…x+ the end$/);
    expect(text.length).toBeLessThan(2500);
  });

  it("once, though asked again, and then what is new", async () => {
    await alarmTold();
    const { teller: one, handed } = teller();
    await one.tell(run());
    await one.tell(run());
    expect(await told()).toEqual([BEGUN]);
    await one.tell(ended("fixed"));
    expect(await told()).toEqual([BEGUN, "b: REPAIR  app-1 · fixed: answered 503"]);
    expect(handed.map(({ title }) => title)).toHaveLength(2);
  });

  it("once, though two processes tell it at the same time, and one hands it to its delivery", async () => {
    await alarmTold();
    const [one, two] = [teller(), teller()];
    const last = ended("not-fixed");
    const done = await Promise.all([one.teller.tell(last), two.teller.tell(last)]);
    expect(done.sort()).toEqual([false, true]);
    expect(await told()).toHaveLength(3);
    expect([one.handed.length, two.handed.length].sort()).toEqual([0, 3]);
    expect(await Promise.all([one.teller.tell(last), two.teller.tell(last)])).toEqual([true, true]);
    expect(await told()).toHaveLength(3);
  });

  it("to its end, though another process that knew less was quicker", async () => {
    await alarmTold();
    const [one, two] = [teller(), teller()];
    const last = ended("not-fixed");
    expect(await Promise.all([one.teller.tell(run()), two.teller.tell(last)])).toEqual([true, false]);
    expect(await told()).toEqual([BEGUN]);
    expect(await two.teller.tell(last)).toBe(true);
    const end = "b: REPAIR  app-1 · not-fixed: answered 503";
    expect(await told()).toEqual([BEGUN, end, end]);
  });

  it("once, though the process was killed before delivery heard of it: it is in the outbox", async () => {
    await alarmTold();
    const killed = new RunTeller({
      store,
      policy: POLICY,
      knowledge: noKnowledge,
      context,
      onMessages: () => {
        throw new Error("killed");
      },
    });
    await expect(killed.tell(run())).rejects.toThrow("killed");
    expect(await told()).toEqual([BEGUN]);
    const { teller: next, handed } = teller();
    expect(await next.tell(run())).toBe(true);
    expect([handed, await told()]).toEqual([[], [BEGUN]]);
  });

  it("again when it couldn't be stored", async () => {
    await alarmTold();
    const { commit } = store;
    store.commit = () => Promise.reject(new Error("disk full"));
    const { teller: one, handed } = teller();
    await expect(one.tell(run())).rejects.toThrow("disk full");
    store.commit = commit;
    expect(handed).toEqual([]);
    await one.tell(run());
    expect(await told()).toEqual([BEGUN]);
  });

  it("when its alarm is told at last, but not after ten minutes", async () => {
    const { teller: one } = teller();
    const begun = run();
    expect(await one.tell(begun)).toBe(false);
    await clock.advance(9 * MINUTE);
    expect(await one.tell(begun)).toBe(false);
    await alarmTold();
    expect(await one.tell(begun)).toBe(true);
    expect(await told()).toEqual([BEGUN]);

    const silent = { ...run({ id: "r2" }), trigger: { ...begun.trigger, fingerprint: "of another" } };
    const late = silent as RemediationRun;
    await clock.advance(10 * MINUTE);
    expect(await one.tell(late)).toBe(true);
    expect(await told()).toEqual([BEGUN]);
  });

  it("to nobody while somebody who asked for it may watch, or when it is yesterday's", async () => {
    await alarmTold();
    const { teller: one } = teller();
    expect(await one.tell(run({ trigger: BY_HAND }))).toBe(true);
    expect(await one.tell(ended("fixed", { trigger: BY_HAND }))).toBe(true);
    const old = ended("not-fixed");
    await clock.advance(25 * 60 * MINUTE);
    expect(await one.tell(old)).toBe(true);
    expect(await told()).toEqual([]);
  });
});

describe("a page", () => {
  const pages = async (): Promise<readonly string[]> => (await told()).filter((text) => text.includes("503"));
  const page = (channel: string, verdict = "not-fixed"): string =>
    `${channel}: REPAIR  app-1 · ${verdict}: answered 503`;
  const paging = (...channels: readonly string[]) => frozenRunbook({ page: channels });

  it("goes to the runbook's channels, as a message that calls people, beside the thread", async () => {
    await alarmTold();
    await teller().teller.tell(ended("not-fixed", { runbook: paging("c", "quiet") }));
    expect(await pages()).toEqual([page("b"), page("c"), page("quiet")]);
    const [message] = await outbox("c");
    expect(message).toMatchObject({ severity: "critical", reason: "first-notification" });
  });

  it("goes where the alarm was told when the runbook names nobody", async () => {
    await alarmTold();
    await teller().teller.tell(ended("unknown"));
    expect(await pages()).toEqual([page("b", "unknown"), page("b", "unknown")]);
    const [alarmed, , , paged] = await outbox("b");
    expect(paged?.incident).not.toBe(alarmed?.incident);
  });

  it("goes to the root route, and at once, when the alarm was told to nobody", async () => {
    expect(await teller().teller.tell(ended("never-rebooted"))).toBe(true);
    expect(await pages()).toEqual([page("a", "never-rebooted")]);
  });

  it("doesn't go to a channel that the configuration has no more", async () => {
    await alarmTold();
    await teller().teller.tell(ended("not-fixed", { runbook: paging("c", "gone") }));
    expect(await pages()).toEqual([page("b"), page("c")]);
  });

  it("goes where the alarm was told when the configuration has none of the runbook's channels any more", async () => {
    await alarmTold();
    await teller().teller.tell(ended("not-fixed", { runbook: paging("gone") }));
    expect(await pages()).toEqual([page("b"), page("b")]);
  });

  describe("about a repair that somebody asked for", () => {
    const watcher = (owner = "shell") => ({ store, owner, context }) as unknown as RepairDeps;
    const left = () => ended("not-fixed", { trigger: BY_HAND, runbook: paging("c") });

    it("goes to the runbook's channels alone, once", async () => {
      await alarmTold();
      for (let turn = 0; turn < 2; turn += 1) expect(await teller().teller.tell(left())).toBe(true);
      expect(await pages()).toEqual([page("c")]);
    });

    it("goes to the root route when the runbook names nobody", async () => {
      await teller().teller.tell(ended("unknown", { trigger: BY_HAND }));
      expect(await pages()).toEqual([page("a", "unknown")]);
    });

    it("waits while somebody watches, and doesn't go out when they saw the end", async () => {
      await watching(left(), watcher());
      expect(await teller().teller.tell(left())).toBe(false);
      await watchedSoFar(left(), watcher());
      expect(await teller().teller.tell(left())).toBe(true);
      expect(await pages()).toEqual([]);
    });

    it("goes out when they left before the end, or were killed", async () => {
      const begun = run({ trigger: BY_HAND, runbook: paging("c") });
      await watching(begun, watcher());
      await watchedSoFar(begun, watcher());
      await teller().teller.tell(left());
      expect(await pages()).toEqual([page("c")]);

      const other = { ...left(), id: "r2" };
      await watching(other, watcher());
      expect(await teller().teller.tell(other)).toBe(false);
      await clock.advance(4 * MINUTE);
      expect(await teller().teller.tell(other)).toBe(true);

      const third = { ...left(), id: "r3" };
      await watching(third, watcher("killed"));
      const knowing = { store, policy: POLICY, knowledge: noKnowledge, context, onMessages: () => undefined };
      const one = new RunTeller({ ...knowing, isGone: (owner) => owner === "killed" });
      expect(await one.tell(third)).toBe(true);
      expect(await pages()).toEqual([page("c"), page("c"), page("c")]);
    });
  });

  it.each<RunVerdict>(["fixed", "recovered", "refused", "cancelled", "gone"])(
    "doesn't go out for %s",
    async (verdict) => {
      await alarmTold();
      await teller().teller.tell(ended(verdict, { runbook: paging("c") }));
      expect(await pages()).toEqual([page("b", verdict)]);
    },
  );
});

describe("a refusal", () => {
  const refused = (guards: readonly GuardVerdict[], more: Partial<RemediationRun> = {}): RemediationRun => {
    const [first] = guards.filter(({ verdict }) => verdict === "refuse");
    const text = `not repaired: ${first?.reason.text}`;
    return {
      ...run(more),
      guards,
      verdict: "refused",
      ...(first ? { reason: first.reason } : {}),
      endedAt: now(),
      notes: [{ at: now(), code: "refused", text }],
    };
  };

  it("is told", async () => {
    await alarmTold();
    await teller().teller.tell(refused([refusal("cooldown", "cooling-down", "repaired 5 min ago")]));
    expect(await told()).toEqual(["b: REPAIR  app-1 · not repaired: repaired 5 min ago"]);
  });

  it("is no news where the owner never asked for repairs, whatever else refuses", async () => {
    await alarmTold();
    const unasked = refusal("opt-in", "not-opted-in");
    const stopped = refusal("instance-state", "not-running");
    for (const guards of [[unasked], [stopped, unasked]])
      expect(await teller().teller.tell(refused(guards))).toBe(true);
    expect(await teller().teller.tell(refused([unasked], { dryRun: true }))).toBe(true);
    expect(await told()).toEqual([]);
  });

  it("that is followed by a repair after all leaves nothing of that untold", async () => {
    await alarmTold();
    await teller().teller.tell(refused([refusal("one-of-group", "group-under-repair", "app-2 is first")]));
    await clock.advance(MINUTE);
    await teller().teller.tell(run());
    expect(await told()).toEqual(["b: REPAIR  app-1 · not repaired: app-2 is first", BEGUN]);
  });

  it("is told where the owner's tag is nearly right", async () => {
    await alarmTold();
    const text = "has watchkeeper:Remediate=Yes; write watchkeeper:remediate=yes";
    await teller().teller.tell(refused([refusal("opt-in", "opt-in-misspelt", text)]));
    expect(await told()).toEqual([`b: REPAIR  app-1 · not repaired: ${text}`]);
  });
});

describe("a dry run", () => {
  const DRY = { code: "dry-run", text: "nothing was done: dryRun is on" };
  const dry = (more: Partial<RemediationRun> = {}): RemediationRun => ({
    ...run({ dryRun: true, ...more }),
    verdict: "refused",
    reason: DRY,
    endedAt: now(),
    notes: [{ at: now(), code: "refused", text: `not repaired: ${DRY.text}` }],
  });
  const description = async (): Promise<string | undefined> =>
    (await outbox("b")).at(-1)?.alerts[0]?.text.description;

  it("tells in one note what would be done", async () => {
    await alarmTold();
    await teller().teller.tell(dry());
    expect(await told()).toEqual(["b: DRY RUN  app-1 · runbook frozen would repair it; dryRun is on"]);
    expect((await description())?.split("\n")).toEqual([
      "It would",
      "  keep evidence of how it stands",
      "  reboot",
      "    reboot, at most 20 min",
      "    run timeout 120 sh -c 'until docker info >/dev/null 2>&1; do sleep 2; done'; docker compose up -d in /home/ubuntu, at most 3 min",
      "    then check http://$resource.privateIp:8080/health",
    ]);
  });

  it("tells of the Auto Scaling group that would be asked", async () => {
    await alarmTold();
    const { guards } = frozenRunbook();
    const marking = frozenRunbook({ guards: { ...guards, autoScaling: "markUnhealthy" } });
    const instance = { ...run().instance, autoScalingGroup: "web" };
    await teller().teller.tell(dry({ runbook: marking, instance }));
    expect(await description()).toBe("its Auto Scaling group web would be asked to replace it");
  });

  it("tells which guard says no", async () => {
    await alarmTold();
    const guards = [refusal("hours", "outside-hours", "may be repaired from 08:00 on")];
    const notes = [{ at: now(), code: "refused", text: "not repaired: may be repaired from 08:00 on" }];
    await teller().teller.tell({ ...dry(), guards, notes });
    expect(await told()).toEqual(["b: DRY RUN  app-1 · not repaired: may be repaired from 08:00 on"]);
    expect(await description()).toBeUndefined();
  });
});
