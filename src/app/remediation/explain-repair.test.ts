import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { OPT_IN, openRepairsOn, tag, WILLING } from "../../../test/support/repair-alarms.ts";
import { type RepairWorld, repairWorld } from "../../../test/support/repair-world.ts";
import { explainRepairs } from "./explain-repair.ts";
import { listRuns } from "./list-runs.ts";

let world: RepairWorld;
let folder: string;
beforeEach(async () => {
  world = await repairWorld("", WILLING);
  await world.pass(600);
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-explain-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What is said about a message as SNS delivers it, in a line for each event. */
async function explained(message: Readonly<Record<string, unknown>>): Promise<readonly string[]> {
  writeFileSync(join(folder, "event.json"), JSON.stringify(message));
  const events = await explainRepairs(openRepairsOn(world), "event.json", folder, world.context);
  return events.map(({ event, reason, decision }) => {
    const refusal = decision?.guards.find(({ verdict }) => verdict === "refuse");
    const said = [reason?.text, decision?.course.act, refusal?.reason.code];
    return `${event}: ${said.filter((one) => one !== undefined).join(" ")}`;
  });
}

const alarm = (more: Readonly<Record<string, unknown>> = {}) => ({
  AlarmName: "frozen",
  AlarmArn: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:frozen",
  AWSAccountId: "111122223333",
  NewStateValue: "ALARM",
  StateChangeTime: new Date(world.now()).toISOString(),
  Trigger: { Dimensions: [{ name: "InstanceId", value: world.instance.id }] },
  ...more,
});

it("says what would be done, and stores and changes nothing", async () => {
  const before = new Map(world.local.requests);
  expect(await explained(alarm())).toEqual(["frozen: repair"]);
  expect(await listRuns(world.store)).toEqual({ runs: [], waiting: [] });
  const called = [...world.local.requests].filter(([name, count]) => count !== before.get(name));
  expect(called.map(([name]) => name).filter((name) => !/:(Describe|List|Get)/.test(name))).toEqual([]);
});

it("says which guard says no", async () => {
  await tag(world, OPT_IN);
  expect(await explained(alarm())).toEqual(["frozen: end not-opted-in"]);
});

it("looks again at an old alarm", async () => {
  const old = { StateChangeTime: new Date(world.now() - 3_600_000).toISOString() };
  expect(await explained(alarm(old))).toEqual(["frozen: end alarm-deleted"]);
});

it.each([
  [{ NewStateValue: "OK" }, "only alarms that go off ask for a repair; this one is OK"],
  [{ AlarmName: "disk" }, "no runbook's trigger fits its labels"],
  [{ Trigger: {} }, 'no metric of "frozen" has the dimension InstanceId'],
])("says why %j asks for nothing", async (more, reason) => {
  const message = alarm(more);
  expect(await explained(message)).toEqual([`${message.AlarmName}: ${reason}`]);
});
