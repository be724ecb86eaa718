import { describe, expect, it } from "vitest";
import { alarmOn, repairPolicy, WILLING } from "../../../test/support/repair-alarms.ts";
import { COMPOSE_UP, type RepairWorld, repairWorld, step } from "../../../test/support/repair-world.ts";
import { freeze } from "../../local/guest/guest.ts";
import { noKnowledge } from "../../notify/knowledge.ts";
import { runWrite } from "../../remediation/begin-run.ts";
import { withEnd } from "../../remediation/journal.ts";
import { TargetGroupCache } from "../../remediation/target-groups.ts";
import { acquireLease } from "../../state/leases.ts";
import type { PutWrite } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { listRuns } from "./list-runs.ts";
import { Repairs, type RepairsParts } from "./repairs.ts";
import type { RunTeller } from "./run-teller.ts";

const APP = "services: [{ name: app, kind: compose, containers: [web], port: 8080 }]";
const LOOK = 5000;
const MINUTE = 60_000;

let world: RepairWorld;

/** A server that has answered nothing for so many minutes, and whose owner wants it repaired. */
async function frozen(minutes = 10): Promise<RepairWorld> {
  world = await repairWorld(APP, WILLING);
  freeze(world.instance, world.now());
  await world.pass(minutes * 60);
  return world;
}

/** A server that answers, and a runbook that only starts its containers: for what isn't about reboots. */
async function awake(): Promise<RepairWorld> {
  world = await repairWorld(APP, WILLING);
  await world.pass(600);
  return world;
}
const STARTING = repairPolicy({ ladder: [{ name: "start", steps: [step(COMPOSE_UP)] }] });

/** Repairs over the world's store, whose clock goes on whenever they wait for the next look. */
function repairsOf(more: Partial<RepairsParts> = {}) {
  const warnings: string[] = [];
  const looks: (() => void)[] = [];
  const context: Context = {
    ...world.context,
    log: { debug: () => undefined, warn: (_, details) => void warnings.push(String(details?.["reason"])) },
    clock: {
      now: () => world.context.clock.now(),
      async sleep(ms, signal) {
        // What was begun by a look has ended before the next one, however busy this machine is.
        await world.settled();
        await world.pass(ms / 1000);
        for (const look of looks) look();
        signal?.throwIfAborted();
      },
    },
  };
  const repairs = new Repairs({
    ...world.deps({ context }),
    configuration: { name: "web" },
    policy: repairPolicy(),
    knowledge: noKnowledge,
    targetGroups: new TargetGroupCache(),
    lookEvery: LOOK,
    ...more,
  });
  return { repairs, warnings, looks };
}

/** Lets them work until it is so, or for two hours; then stops them. */
async function work(
  { repairs, looks }: ReturnType<typeof repairsOf>,
  isSo: (listed: Awaited<ReturnType<typeof listRuns>>) => boolean,
): Promise<Awaited<ReturnType<typeof listRuns>>> {
  const controller = new AbortController();
  const end = world.now() + 120 * MINUTE;
  looks.push(() => {
    if (world.now() > end) controller.abort();
    else void listRuns(world.store).then((listed) => isSo(listed) && controller.abort());
  });
  await repairs.run(controller.signal);
  return listRuns(world.store);
}

const isOver = ({ runs, waiting }: Awaited<ReturnType<typeof listRuns>>): boolean =>
  waiting.length === 0 && runs.length > 0 && runs.every(({ endedAt }) => endedAt !== undefined);

const REASON = { code: "status", text: "answered 503" };

const expired = (): never => {
  throw new WatchkeeperError("ExpiredToken", "the token has expired", { source: "aws" });
};

describe("repairs that alarms ask for", () => {
  it("are one, though the alarm is delivered five times", async () => {
    await frozen();
    const alarm = alarmOn(world.instance.id, world.now());
    const open = repairsOf();
    await open.repairs.take([alarm, alarm]);
    await Promise.all([open.repairs.take([alarm]), open.repairs.take([alarm])]);
    let again = false;
    const { runs } = await work(open, (listed) => {
      if (listed.runs.length > 0 && !again) void open.repairs.take([alarm]);
      again ||= listed.runs.length > 0;
      return isOver(listed);
    });
    expect(runs.map(({ verdict }) => verdict)).toEqual(["fixed"]);
    expect(world.calls("ec2:RebootInstances")).toBe(1);
    expect(again).toBe(true);
  });

  it("are one, though two processes take it and work on it", async () => {
    await awake();
    const alarm = alarmOn(world.instance.id, world.now());
    const [one, two] = [repairsOf({ policy: STARTING }), repairsOf({ policy: STARTING, owner: "two" })];
    await Promise.all([one.repairs.take([alarm]), two.repairs.take([alarm])]);
    await Promise.all([work(one, isOver), work(two, isOver)]);
    const { runs } = await listRuns(world.store);
    expect(runs.map(({ verdict }) => verdict)).toEqual(["fixed"]);
    expect(world.calls("ssm:SendCommand")).toBe(2);
  });

  it("are stored before the alarm counts as taken in", async () => {
    await frozen();
    const alarm = alarmOn(world.instance.id, world.now());
    const { repairs } = repairsOf();
    const { commit } = world.store;
    world.store.commit = () => Promise.reject(new Error("disk full"));
    await expect(repairs.take([alarm])).rejects.toThrow("disk full");
    world.store.commit = commit;
    await repairs.take([alarm]);
    const { waiting } = await listRuns(world.store);
    expect(waiting).toMatchObject([{ instance: world.instance.id, runbooks: ["frozen"] }]);
  });

  it("aren't asked for by what is no alarm of a runbook, and unclear ones are told", async () => {
    await frozen();
    const { id } = world.instance;
    const { repairs, warnings } = repairsOf();
    await repairs.take([
      alarmOn(id, world.now(), { state: "OK" }),
      alarmOn(id, world.now(), { alarmName: "disk" }),
      alarmOn(id, world.now(), { alarmKind: "composite" }),
    ]);
    expect((await listRuns(world.store)).waiting).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('"frozen" is a composite alarm')]);
  });

  it("wait for what may be over soon, say so, and are decided again", async () => {
    await frozen(1);
    const open = repairsOf({ policy: repairPolicy({ when: { ssm: "silent" } }) });
    await open.repairs.take([alarmOn(world.instance.id, world.now())]);
    const reasons = new Set<string | undefined>();
    const { runs } = await work(open, (listed) => {
      for (const { waitsFor } of listed.waiting) reasons.add(waitsFor?.text);
      return isOver(listed);
    });
    expect([...reasons].some((text) => text?.includes("Systems Manager"))).toBe(true);
    expect(runs).toMatchObject([{ verdict: "fixed" }]);
  });

  it("are decided at once though our clock has jumped back an hour since they came", async () => {
    await awake();
    const clock = { ...world.context.clock, now: () => new Date(world.now() + 60 * MINUTE) };
    const early = repairsOf({ policy: STARTING, context: { ...world.context, clock } });
    await early.repairs.take([alarmOn(world.instance.id, world.now())]);
    const began = world.now();
    const { runs } = await work(repairsOf({ policy: STARTING }), isOver);
    expect(runs.map(({ verdict }) => verdict)).toEqual(["fixed"]);
    expect(world.now() - began).toBeLessThan(30 * MINUTE);
  });

  it("are tried again when our own credentials are the trouble", async () => {
    await awake();
    let failures = 3;
    const session = () => {
      failures -= 1;
      return failures >= 0 ? expired() : world.session;
    };
    const open = repairsOf({ session, policy: STARTING });
    await open.repairs.take([alarmOn(world.instance.id, world.now())]);
    const { runs } = await work(open, isOver);
    expect(open.warnings).toEqual(Array(3).fill("the token has expired"));
    expect(runs).toMatchObject([{ verdict: "fixed" }]);
  });

  it("are given up for people to see when nothing could be decided for half an hour", async () => {
    await frozen();
    const open = repairsOf({ session: expired });
    const began = world.now();
    await open.repairs.take([alarmOn(world.instance.id, began)]);
    const { runs, waiting } = await work(open, isOver);
    expect(waiting).toEqual([]);
    const text = "it could not be decided whether to repair it: the token has expired";
    expect(runs).toMatchObject([{ verdict: "refused", reason: { code: "unread", text } }]);
    expect(world.now() - began).toBeGreaterThanOrEqual(30 * MINUTE);
    expect(world.calls("ec2:RebootInstances")).toBe(0);
  });

  it("go on in the next process where one was stopped", async () => {
    await frozen();
    const first = repairsOf();
    await first.repairs.take([alarmOn(world.instance.id, world.now())]);
    const stopped = await work(first, ({ runs }) => (runs[0]?.steps.length ?? 0) > 1);
    expect(stopped.runs[0]?.endedAt).toBeUndefined();
    const { runs } = await work(repairsOf({ owner: "two" }), isOver);
    expect(runs).toMatchObject([{ verdict: "fixed" }]);
    expect(world.calls("ec2:RebootInstances")).toBe(1);
  });

  it("end what is under way before they count as stopped", async () => {
    await frozen();
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const controller = new AbortController();
    const open = repairsOf({
      session: async () => {
        controller.abort();
        await held;
        return world.session;
      },
    });
    await open.repairs.take([alarmOn(world.instance.id, world.now())]);
    let over = false;
    const running = open.repairs.run(controller.signal).then(() => {
      over = true;
    });
    for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect([controller.signal.aborted, over]).toEqual([true, false]);
    release();
    await running;
    const { runs, waiting } = await listRuns(world.store);
    expect([runs.length, waiting.length]).toEqual([1, 0]);
  });

  it("are told though somebody else brought them to their end", async () => {
    await awake();
    const told: string[] = [];
    const tell = async ({ verdict }: { readonly verdict?: string }) => {
      if (verdict) told.push(verdict);
      return true;
    };
    const open = repairsOf({ teller: { tell } as unknown as RunTeller, policy: STARTING });
    // Another process is at work on the instance.
    const { account, region } = world.session;
    const name = `remediate/${account}/${region}/${world.instance.id}`;
    await acquireLease(world.store, { name, owner: "another", now: world.now(), lasts: 600 * MINUTE });
    await open.repairs.take([alarmOn(world.instance.id, world.now())]);
    const { runs } = await work(open, ({ runs: [run] }) => {
      if (run && run.endedAt === undefined) {
        const { expected: _, ...write } = runWrite(
          withEnd(run, "unknown", REASON, world.now()),
          0,
        ) as PutWrite;
        void world.store.commit([write as PutWrite]);
      }
      return told.length > 0;
    });
    expect(runs).toMatchObject([{ verdict: "unknown" }]);
    expect(told).toEqual(["unknown"]);
  });

  it("don't wait for others that can't be decided", async () => {
    await awake();
    const sessions = (account: string) => (account === "444455556666" ? expired() : world.session);
    const open = repairsOf({ session: sessions, policy: STARTING });
    const elsewhere = Array.from({ length: 12 }, (_, index) => {
      const alarm = alarmOn(`i-0000000000000000${index.toString(16)}`, world.now() - 1000);
      return { ...alarm, account: "444455556666" };
    });
    await open.repairs.take(elsewhere);
    await world.pass(1);
    await open.repairs.take([alarmOn(world.instance.id, world.now())]);
    const began = world.now();
    const { runs } = await work(open, (listed) => listed.runs.some(({ verdict }) => verdict === "fixed"));
    expect(runs).toHaveLength(1);
    expect(world.now() - began).toBeLessThan(5 * MINUTE);
  });

  it("outlive a store that fails for a while", async () => {
    await awake();
    const open = repairsOf({ policy: STARTING });
    await open.repairs.take([alarmOn(world.instance.id, world.now())]);
    const { due } = world.store;
    let failures = 2;
    world.store.due = (...args) => {
      failures -= 1;
      return failures >= 0
        ? Promise.reject(new Error("disk unplugged"))
        : (due.apply(world.store, args) as never);
    };
    const { runs } = await work(open, isOver);
    expect(open.warnings).toEqual(["disk unplugged", "disk unplugged"]);
    expect(runs).toMatchObject([{ verdict: "fixed" }]);
  });

  it("are told until the teller is content, after a new start as well", async () => {
    await awake();
    const asked: (string | undefined)[] = [];
    let patience = 3;
    const teller = {
      tell: async ({ verdict }: { readonly verdict?: string }) => {
        asked.push(verdict);
        patience -= 1;
        return patience < 0;
      },
    } as unknown as RunTeller;
    const first = repairsOf({ teller, policy: STARTING });
    await first.repairs.take([alarmOn(world.instance.id, world.now())]);
    await work(first, isOver);
    expect(asked.at(-1)).toBe("fixed");
    const before = asked.length;
    let looked = 0;
    await work(repairsOf({ teller, policy: STARTING }), () => {
      looked += 1;
      return looked > 3;
    });
    expect(asked.slice(before)).toEqual(["fixed"]);
  });
});
