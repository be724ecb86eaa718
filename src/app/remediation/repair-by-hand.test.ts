import { beforeEach, describe, expect, it } from "vitest";
import { OPT_IN, openRepairsOn, repairPolicy, tag, WILLING } from "../../../test/support/repair-alarms.ts";
import { COMPOSE_UP, type RepairWorld, repairWorld, step } from "../../../test/support/repair-world.ts";
import { runKey } from "../../state/store.ts";
import { cancelByHand } from "./cancel-run.ts";
import { findRun, listRuns } from "./list-runs.ts";
import { decideByHand, follow } from "./repair-by-hand.ts";
import { isWatched, toldMark } from "./watching.ts";

const STARTING = repairPolicy({ ladder: [{ name: "start", steps: [step(COMPOSE_UP)] }] });
const APP = "services: [{ name: app, kind: compose, containers: [web], port: 8080 }]";

let world: RepairWorld;
beforeEach(async () => {
  world = await repairWorld(APP, WILLING);
  await world.pass(600);
});

const decided = (asked: { readonly runbook?: string; readonly instance?: string } = {}) =>
  decideByHand(
    openRepairsOn(world, STARTING),
    { runbook: "frozen", instance: world.instance.id, by: "kim", ...asked },
    world.context,
  );

describe("a repair by hand", () => {
  it("is decided without a change, begun, and followed to its end", async () => {
    const { decision, begin } = await decided();
    expect(decision.course).toEqual({ act: "repair" });
    expect(await listRuns(world.store)).toEqual({ runs: [], waiting: [] });
    const begun = await begin();
    expect(begun).toMatchObject({ trigger: { kind: "manual", by: "kim" }, instance: { name: "app-1" } });
    const told: number[] = [];
    const ended = await follow(begun, world.deps(), ({ notes }) => void told.push(notes.length));
    expect(ended.verdict).toBe("fixed");
    expect(told.at(-1)).toBe(ended.notes.length);
    expect(await findRun(world.store, ended.id.slice(-6))).toEqual(ended);
  });

  it("is told to nobody else once its end was seen; while it is under way it counts as watched", async () => {
    const begun = await (await decided()).begin();
    const watched: boolean[] = [];
    const ended = await follow(begun, world.deps(), (run) => {
      void isWatched(run, world.store, world.now()).then((is) => watched.push(is));
    });
    expect(watched.length).toBeGreaterThan(0);
    expect(watched[0]).toBe(true);
    expect(await isWatched(ended, world.store, world.now())).toBe(false);
    expect((await world.store.get("marks", toldMark(ended)))?.value).toEqual({ at: ended.notes.length });
  });

  it("counts as left when somebody stops watching", async () => {
    const begun = await (await decided()).begin();
    const controller = new AbortController();
    const deps = world.deps({ context: { ...world.context, signal: controller.signal } });
    const seen = await follow(begun, deps, () => controller.abort());
    expect(seen.endedAt).toBeUndefined();
    expect(await isWatched(seen, world.store, world.now())).toBe(false);
    expect(await world.store.get("marks", toldMark(seen))).toBeUndefined();
  });

  it("isn't begun when it took long to be confirmed", async () => {
    const { begin } = await decided();
    await world.pass(301);
    await expect(begin()).rejects.toMatchObject({ code: "repair-refused", remedy: "run it again" });
    expect((await listRuns(world.store)).runs).toEqual([]);
  });

  it("fails for a runbook or an instance that there isn't, naming those that there are", async () => {
    await expect(decided({ runbook: "frosen" })).rejects.toMatchObject({
      code: "unknown-runbook",
      remedy: "runbooks are frozen",
    });
    await expect(decided({ instance: "i-0aaaaaaaaaaaaaaaa" })).rejects.toMatchObject({
      code: "unknown-instance",
      message: "there is no instance i-0aaaaaaaaaaaaaaaa in 111122223333 eu-central-1",
    });
  });

  it("is refused by the guards as any other", async () => {
    await tag(world, OPT_IN);
    const { decision } = await decided();
    expect(decision.course).toMatchObject({ act: "end", verdict: "refused" });
    expect(decision.guards.filter(({ verdict }) => verdict === "refuse").map(({ guard }) => guard)).toEqual([
      "opt-in",
    ]);
  });

  it("isn't begun when another repair was quicker", async () => {
    const [one, two] = [await decided(), await decided()];
    await one.begin();
    await world.pass(1);
    await expect(two.begin()).rejects.toMatchObject({
      code: "repair-refused",
      message: "app-1 is under repair already, by runbook frozen",
    });
    const three = await decided();
    expect(three.decision.course).toMatchObject({ act: "end", refusal: { guard: "cooldown" } });
  });

  it("is left under way when somebody stops watching, and taken on from there", async () => {
    const begun = await (await decided()).begin();
    const controller = new AbortController();
    const deps = world.deps({ context: { ...world.context, signal: controller.signal } });
    const left = await follow(begun, deps, ({ steps }) => {
      if (steps.length > 0) controller.abort();
    });
    expect(left.endedAt).toBeUndefined();
    expect((await follow(left, world.deps(), () => undefined)).verdict).toBe("fixed");
    expect(world.calls("ssm:SendCommand")).toBe(2);
  });

  it("goes on after trouble of our own", async () => {
    const begun = await (await decided()).begin();
    let failures = 2;
    const session = () => {
      failures -= 1;
      if (failures >= 0) throw new Error("no network");
      return world.session;
    };
    expect((await follow(begun, world.deps({ session }), () => undefined)).verdict).toBe("fixed");
  });

  it("is cancelled between effects, once, and not after its end", async () => {
    const begun = await (await decided()).begin();
    await cancelByHand(world.store, begun.id, "kim", world.now());
    const ended = await follow(begun, world.deps(), () => undefined);
    expect(ended).toMatchObject({ verdict: "cancelled", reason: { text: "by kim; nothing was done" } });
    await expect(cancelByHand(world.store, begun.id, "kim", world.now())).rejects.toMatchObject({
      code: "run-ended",
    });
    expect(world.calls("ssm:SendCommand")).toBe(0);
  });
});

describe("finding a run", () => {
  it("takes six characters of its end, and asks for more where several have them", async () => {
    const run = await (await decided()).begin();
    for (const id of [`${run.id}x-abcdef`, `${run.id}y-abcdef`]) {
      const other = { ...run, id };
      await world.store.commit([
        { kind: "put", collection: "runs", key: runKey(other), value: other, expected: 0 },
      ]);
    }
    expect((await findRun(world.store, run.id)).id).toBe(run.id);
    await expect(findRun(world.store, "abcdef")).rejects.toMatchObject({ code: "ambiguous-run" });
    await expect(findRun(world.store, run.id.slice(-5))).rejects.toMatchObject({ code: "unknown-run" });
  });
});
