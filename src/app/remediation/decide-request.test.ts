import { beforeEach, describe, expect, it } from "vitest";
import { alarmOn, OPT_IN, repairPolicy, tag, WILLING } from "../../../test/support/repair-alarms.ts";
import { type RepairWorld, repairWorld } from "../../../test/support/repair-world.ts";
import type { RemediationRun } from "../../model/remediation-run.ts";
import { noKnowledge } from "../../notify/knowledge.ts";
import { beginRun, openRegister } from "../../remediation/begin-run.ts";
import { TargetGroupCache } from "../../remediation/target-groups.ts";
import { runKey, type Store, type Stored } from "../../state/store.ts";
import { type DecidingParts, decideRequest, giveUp } from "./decide-request.ts";
import { listRuns } from "./list-runs.ts";
import { takeAlarms, takeMissedAlarms } from "./take-alarms.ts";

const POLICY = repairPolicy();

let world: RepairWorld;
beforeEach(async () => {
  world = await repairWorld("", WILLING);
  await world.pass(600);
});

const parts = (more: Partial<DecidingParts> = {}): DecidingParts => ({
  configuration: { name: "web" },
  policy: POLICY,
  store: world.store,
  context: world.context,
  session: () => world.session,
  targetGroups: new TargetGroupCache(),
  ...more,
});
const taking = () => ({ ...parts(), knowledge: noKnowledge });
const alarm = () => alarmOn(world.instance.id, world.now());

/** A stored request of an alarm that went off just now. */
async function request(of = alarm()): Promise<Stored<"requests">> {
  await takeAlarms([of], taking());
  return stored();
}

async function stored(): Promise<Stored<"requests">> {
  const [found] = await world.store.list("requests", { limit: 1 });
  if (!found) throw new Error("no request is stored");
  return found;
}

/** A store on which something happens once, just after the earlier runs were read. */
function meanwhile(happens: () => Promise<unknown>): Store {
  let happened = false;
  return new Proxy(world.store, {
    get(target, name) {
      if (name !== "list" || happened) return Reflect.get(target, name).bind(target);
      return async (...args: Parameters<Store["list"]>) => {
        const found = await target.list(...args);
        happened = true;
        await happens();
        return found;
      };
    },
  });
}

const verdicts = async (): Promise<readonly (string | undefined)[]> =>
  (await listRuns(world.store)).runs.map(({ verdict }) => verdict);

describe("deciding a request", () => {
  it("begins a run and takes the request away", async () => {
    const decided = await decideRequest(await request(), parts());
    expect(decided).toMatchObject({ run: { runbook: { name: "frozen" }, instance: { name: "app-1" } } });
    expect(await listRuns(world.store)).toMatchObject({ runs: { length: 1 }, waiting: [] });
  });

  it("stores a refusal with its reason", async () => {
    await tag(world, OPT_IN);
    const decided = await decideRequest(await request(), parts());
    expect(decided).toMatchObject({ run: { verdict: "refused", reason: { code: "not-opted-in" } } });
    expect((await listRuns(world.store)).waiting).toEqual([]);
  });

  it("drops what it was decided about before, and one whose runbooks the configuration has no more", async () => {
    const of = alarm();
    await decideRequest(await request(of), parts());
    expect(await decideRequest(await request(of), parts())).toBeUndefined();
    expect((await listRuns(world.store)).waiting).toEqual([]);

    const policy = repairPolicy({ name: "another" });
    expect(
      await decideRequest(await request(alarmOn("i-0123456789abcdef1", 1)), parts({ policy })),
    ).toBeUndefined();
    expect(await listRuns(world.store)).toMatchObject({ runs: { length: 1 }, waiting: [] });
  });

  it("decides again about what was refused, when the alarm is delivered again", async () => {
    const of = alarm();
    await tag(world, OPT_IN);
    await decideRequest(await request(of), parts());
    await tag(world, OPT_IN, "yes");
    await decideRequest(await request(of), parts());
    expect(await verdicts()).toEqual([undefined]);
  });

  it("lets what may be over soon wait, and says for what", async () => {
    await tag(world, "Deploying", "yes");
    const plain = repairPolicy().runbooks[0];
    if (!plain) throw new Error("no runbook");
    const guards = {
      ...plain.guards,
      deployments: { codeDeploy: false, tags: { Deploying: { exists: true as const } } },
    };
    const deciding = parts({ policy: repairPolicy({ guards }) });
    const decided = await decideRequest(await request(), deciding);
    expect(decided).toMatchObject({ waits: { waitsFor: { code: "deployment-tag" } } });
    expect(await world.store.due("requests", world.now(), 9)).toEqual([]);
    expect(await world.store.due("requests", world.now() + 5 * 60_000, 9)).toHaveLength(1);
    await tag(world, "Deploying");
    expect(await decideRequest(await stored(), deciding)).toMatchObject({
      run: { wakeAt: expect.any(Number) },
    });
  });

  it("judges again when another run began in the account and region meanwhile", async () => {
    const other = async () => {
      const base = await world.request();
      const instance = { ...base.instance, id: "i-0aaaaaaaaaaaaaaaa", name: "other" };
      const begun = await beginRun(world.store, { ...base, instance });
      expect(begun.kind).toBe("begun");
    };
    const decided = await decideRequest(await request(), parts({ store: meanwhile(other) }));
    expect(decided).toMatchObject({ run: { instance: { name: "app-1" } } });
    expect(await verdicts()).toEqual([undefined, undefined]);
  });

  it("waits when a repair of the instance began meanwhile: never two at once", async () => {
    const other = async () => world.begin();
    const decided = await decideRequest(await request(), parts({ store: meanwhile(other) }));
    expect(decided).toMatchObject({
      waits: { waitsFor: { code: "under-repair", text: "app-1 is under repair by runbook frozen" } },
    });
    expect(await verdicts()).toEqual([undefined]);
  });

  it("fails after many turns in a row that others took", async () => {
    const busy = new Proxy(world.store, {
      get(target, name) {
        if (name !== "list") return Reflect.get(target, name).bind(target);
        return async (...args: Parameters<Store["list"]>) => {
          const found = await target.list(...args);
          const region = { account: "111122223333", region: "eu-central-1" };
          const mark = `remediate/${region.account}/${region.region}`;
          await target.commit([{ kind: "put", collection: "marks", key: mark, value: { at: 1 } }]);
          return found;
        };
      },
    });
    await expect(decideRequest(await request(), parts({ store: busy }))).rejects.toMatchObject({
      code: "store-busy",
      retryable: true,
    });
    expect(await listRuns(world.store)).toMatchObject({ runs: [], waiting: { length: 1 } });
  });

  it("decides once when two processes do, and keeps no request", async () => {
    const one = await request();
    const decided = await Promise.all([decideRequest(one, parts()), decideRequest(one, parts())]);
    const runs = decided.flatMap((each): RemediationRun[] => (each && "run" in each ? [each.run] : []));
    expect(new Set(runs.map(runKey)).size).toBe(1);
    expect(await listRuns(world.store)).toMatchObject({ runs: { length: 1 }, waiting: [] });
    expect(await openRegister(world.store, "111122223333", "eu-central-1")).toBe(1);
  });

  it("can be given up, which people see", async () => {
    const given = await giveUp(await request(), "AccessDenied", parts());
    expect(given.reason?.text).toBe("it could not be decided whether to repair it: AccessDenied");
    expect(await listRuns(world.store)).toMatchObject({ runs: [{ verdict: "refused" }], waiting: [] });
  });
});

describe("alarms that were missed", () => {
  it("ask for repairs as others do", async () => {
    await takeMissedAlarms([alarm()], taking());
    expect((await stored()).value).toMatchObject({ instance: world.instance.id, runbooks: ["frozen"] });
  });

  it("aren't decided about again, not even those that were refused", async () => {
    const of = alarm();
    await tag(world, OPT_IN);
    await decideRequest(await request(of), parts());
    await takeMissedAlarms([of], taking());
    expect((await listRuns(world.store)).waiting).toEqual([]);
    await takeMissedAlarms([{ ...of, at: of.at + 60_000 }], taking());
    expect((await listRuns(world.store)).waiting).toHaveLength(1);
  });
});
