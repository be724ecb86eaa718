import { describe, expect, it } from "vitest";
import { ACCOUNT, REGION } from "../../test/support/ec2-cloud.ts";
import { busyWorld, COMPOSE_UP, frozenWorld, runbook, SELF, step } from "../../test/support/repair-world.ts";
import { runKey } from "../state/store.ts";
import { advance } from "./advance.ts";
import { beginRun, cancelRun, openRegister, runsOf } from "./begin-run.ts";
import { dueRuns, nextWake } from "./due-runs.ts";

describe("a journal", () => {
  const REBOOT = runbook({ ladder: [{ name: "r", steps: [step({ do: "reboot" }), step(COMPOSE_UP)] }] });

  it("holds one run however often an alarm change is delivered, and says what was refused", async () => {
    const { store, request, now } = await busyWorld();
    const first = await request();
    const kinds: string[] = [];
    for (let n = 0; n < 5; n += 1) kinds.push((await beginRun(store, first)).kind);
    expect(kinds).toEqual(["begun", "known", "known", "known", "known"]);
    const other = await beginRun(store, { ...first, trigger: { kind: "manual", by: "else", at: now() + 1 } });
    expect(other.kind).toBe("busy");
    expect(await runsOf(store, ACCOUNT, REGION)).toHaveLength(1);
  });

  it("keeps refusals for a day, and lets them begin once nothing refuses any more", async () => {
    const { store, request, pass, now } = await busyWorld();
    const no = {
      guard: "cooldown",
      verdict: "refuse",
      reason: { code: "cooldown", text: "too soon" },
    } as const;
    const asked = await request({ guards: [no] });
    expect(await beginRun(store, asked)).toMatchObject({
      kind: "refused",
      run: { verdict: "refused", reason: { code: "cooldown" }, notes: [{ text: "not repaired: too soon" }] },
    });
    expect((await beginRun(store, asked)).kind).toBe("known");
    expect(await dueRuns(store, now())).toEqual([]);
    expect((await beginRun(store, { ...asked, guards: [] })).kind).toBe("begun");
    const dry = await request({ dryRun: true, trigger: { kind: "manual", by: "x", at: 1 } });
    expect(await beginRun(store, dry)).toMatchObject({
      kind: "refused",
      run: { reason: { code: "dry-run" } },
    });
    await pass(25 * 3600);
    expect(await store.forget(now())).toBe(1);
  });

  it("lets the guards judge again when another run began meanwhile", async () => {
    const { store, request } = await busyWorld();
    const instance = { ...(await request()).instance, id: "i-0123456789abcdef1" };
    const register = await openRegister(store, ACCOUNT, REGION);
    const both = await Promise.all([
      beginRun(store, await request({ register })),
      beginRun(store, await request({ register, instance })),
    ]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(["begun", "stale"]);
  });

  it("is driven by one of two runners at a time, and either may go on", async () => {
    const { begin, drive, deps, calls, comments, pass } = await busyWorld();
    const key = await begin({ runbook: REBOOT });
    const two = deps({ owner: "two" });
    for (let n = 0; n < 400; n += 1) {
      const [a, b] = await Promise.all([advance(key, deps()), advance(key, two)]);
      if (a?.run.endedAt !== undefined && b?.run.endedAt !== undefined) break;
      await pass(3);
    }
    const run = await drive(key);
    expect(run.verdict).toBe("fixed");
    expect(calls("ec2:RebootInstances")).toBe(1);
    expect(new Set(comments()).size).toBe(comments().length);
  });

  it("can be told to stop between effects", async () => {
    const { store, begin, drive, calls, now } = await frozenWorld();
    const key = await begin({ runbook: REBOOT });
    await drive(key, undefined, 60);
    expect(await cancelRun(store, key, "alice", now())).toBe(true);
    const run = await drive(key);
    expect(run).toMatchObject({ verdict: "cancelled", reason: { text: "by alice; done by then: reboot" } });
    expect(await cancelRun(store, key, "alice", now())).toBe(false);
    expect(calls("ec2:RebootInstances")).toBe(1);
    expect(run.steps.at(-1)?.phase).toBe("ended");
  });

  it("that is cancelled before anything was done does nothing", async () => {
    const { store, begin, drive, calls, now } = await busyWorld();
    const key = await begin({ runbook: REBOOT });
    await cancelRun(store, key, "alice", now());
    expect(await drive(key)).toMatchObject({
      verdict: "cancelled",
      reason: { text: "by alice; nothing was done" },
    });
    expect(calls("ec2:RebootInstances") + calls("ssm:SendCommand")).toBe(0);
  });

  it("says when to come back, and forgets runs ninety days after their end", async () => {
    const { store, begin, drive, deps, now, pass } = await busyWorld("reboot: fast, ".concat(SELF));
    expect(await nextWake(store, now())).toBeUndefined();
    const key = await begin({ runbook: REBOOT });
    expect(await dueRuns(store, now())).toEqual([key]);
    const advanced = await advance(key, deps());
    expect(await nextWake(store, now())).toBe(advanced?.wakeAt);
    expect(advanced?.wakeAt).toBeGreaterThan(now());
    expect(await dueRuns(store, now())).toEqual([]);
    const run = await drive(key);
    expect(await nextWake(store, now())).toBeUndefined();
    expect(runKey(run)).toBe(key);
    await pass(89 * 86_400);
    expect(await store.forget(now())).toBe(0);
    await pass(2 * 86_400);
    expect(await store.forget(now())).toBeGreaterThan(0);
    expect(await advance(key, deps())).toBeUndefined();
  });
});

describe("our clock", () => {
  it.each([
    ["frozen", 3600],
    ["frozen", -3600],
    ["busy", 3600],
    ["busy", -3600],
  ])("jumps while a %s server reboots, by %i s, and it is rebooted once", async (how, jump) => {
    for (const after of [5, 60]) {
      const world = await (how === "frozen" ? frozenWorld : busyWorld)();
      const { begin, drive, deps, context, calls, now } = world;
      let offset = 0;
      const jumping = { ...context, clock: { ...context.clock, now: () => new Date(now() + offset) } };
      const key = await begin();
      const process = deps({ context: jumping });
      await drive(key, process, after);
      offset = jump * 1000;
      const run = await drive(key, process);
      expect(run.verdict).toBe("fixed");
      expect(calls("ec2:RebootInstances")).toBe(1);
    }
  });

  it.each([3600, -3600])(
    "jumps by %i s while a server never reboots: the same proof, no second request",
    async (jump) => {
      const { begin, drive, deps, context, calls, now } = await busyWorld(`reboot: never, ${SELF}`);
      let offset = 0;
      const jumping = { ...context, clock: { ...context.clock, now: () => new Date(now() + offset) } };
      const key = await begin();
      const process = deps({ context: jumping });
      await drive(key, process, 100);
      offset = jump * 1000;
      const run = await drive(key, process);
      expect(run.verdict).toBe("never-rebooted");
      expect(calls("ec2:RebootInstances")).toBe(1);
    },
  );
});

describe("what goes wrong on our side", () => {
  const STOP = runbook({ ladder: [{ name: "stop", steps: [step({ do: "stopStart" })] }] });

  it("cancelling while it is stopped waits until it is started again", async () => {
    const { store, begin, drive, calls, now, session, instance } = await busyWorld();
    const key = await begin({ runbook: STOP });
    await drive(key, undefined, 20);
    expect(await cancelRun(store, key, "alice", now())).toBe(true);
    const run = await drive(key);
    expect(run).toMatchObject({
      verdict: "cancelled",
      reason: { text: "by alice; done by then: stopStart" },
    });
    expect([calls("ec2:StopInstances"), calls("ec2:StartInstances")]).toEqual([1, 1]);
    const { Reservations = [] } = await session.send("ec2", "DescribeInstances", {
      InstanceIds: [instance.id],
    });
    expect(Reservations[0]?.Instances?.[0]?.State?.Name).toBe("running");
  });

  it("a call that isn't allowed ends the step with what is missing", async () => {
    const { local, begin, drive } = await busyWorld();
    const rule = { service: "ec2", operation: "RebootInstances", effect: "accessDenied" } as const;
    local.cloud.faults.set({ rules: [rule] });
    const run = await drive(await begin());
    expect(run).toMatchObject({ verdict: "not-fixed", reason: { code: "AccessDenied" } });
    expect(run.reason?.text).toContain("ec2:RebootInstances is not allowed");
  });

  it("expired credentials leave the run where it is", async () => {
    const { local, begin, drive, calls } = await busyWorld();
    const key = await begin();
    const rule = { service: "ec2", operation: "RebootInstances", effect: "expiredToken", nth: 1 } as const;
    local.cloud.faults.set({ rules: [rule] });
    await expect(drive(key)).rejects.toMatchObject({ code: "RequestExpired" });
    expect(await drive(key)).toMatchObject({ verdict: "fixed" });
    expect(calls("ec2:RebootInstances")).toBe(2);
  });

  it("a start without capacity is asked for until there is some", async () => {
    const { local, begin, drive } = await busyWorld();
    const rule = { service: "ec2", operation: "StartInstances", effect: "error500", count: 12 } as const;
    local.cloud.faults.set({ rules: [rule] });
    expect(await drive(await begin({ runbook: STOP }))).toMatchObject({ verdict: "fixed" });
  });

  it("a failure of our own is told, not tried for ever", async () => {
    const { begin, drive, deps } = await busyWorld();
    const broken = deps({ check: () => Promise.reject(new TypeError("oops")) });
    const run = await drive(await begin(), broken);
    expect(run).toMatchObject({
      verdict: "unknown",
      reason: { code: "internal", text: "Watchkeeper failed: oops" },
    });
  });

  it("a check that may not be asked stops the ladder: nothing more is done to what nobody can see", async () => {
    const { local, begin, drive, calls } = await busyWorld();
    const rule = { service: "ssm", operation: "SendCommand", effect: "accessDenied" } as const;
    local.cloud.faults.set({ rules: [rule] });
    const gentle = runbook({
      ladder: [
        { name: "wait", steps: [step({ do: "waitFor", until: "running" })] },
        { name: "reboot", steps: [step({ do: "reboot" })] },
      ],
      checks: [{ kind: "command", commands: ["docker ps"] }],
    });
    const run = await drive(await begin({ runbook: gentle }));
    expect(run).toMatchObject({ verdict: "unknown", reason: { code: "AccessDenied" } });
    expect(run.reason?.text).toContain('the check "docker ps" can\'t be asked');
    expect(run.reason?.text).toContain("ssm:SendCommand is not allowed");
    expect(calls("ec2:RebootInstances")).toBe(0);
  });
});
