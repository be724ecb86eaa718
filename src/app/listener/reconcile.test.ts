import { beforeEach, describe, expect, it } from "vitest";
import { ACCOUNT, REGION } from "../../../test/support/ec2-cloud.ts";
import { repairPolicy, WILLING } from "../../../test/support/repair-alarms.ts";
import { type RepairWorld, repairWorld } from "../../../test/support/repair-world.ts";
import { loadConfiguration } from "../../config/load.ts";
import { freeze, thaw } from "../../local/guest/guest.ts";
import type { Configuration } from "../../model/configuration.ts";
import { noKnowledge } from "../../notify/knowledge.ts";
import { policyOf } from "../../notify/test-fixtures.ts";
import { TargetGroupCache } from "../../remediation/target-groups.ts";
import type { AwsAccess } from "../notify/aws-access.ts";
import { Notifier } from "../notify/notifier.ts";
import { decideRequest } from "../remediation/decide-request.ts";
import { listRuns } from "../remediation/list-runs.ts";
import { reconcile } from "./reconcile.ts";

const REPAIRS = repairPolicy();
const TOPIC = `arn:aws:sns:${REGION}:${ACCOUNT}:team`;

let world: RepairWorld;
beforeEach(async () => {
  world = await repairWorld("", `${WILLING}, monitoring: detailed`);
  await world.session.send("sns", "CreateTopic", { Name: "team" });
  await world.session.send("cloudwatch", "PutMetricAlarm", {
    AlarmName: "frozen",
    Namespace: "AWS/EC2",
    MetricName: "StatusCheckFailed_Instance",
    Dimensions: [{ Name: "InstanceId", Value: world.instance.id }],
    Statistic: "Maximum",
    Period: 60,
    EvaluationPeriods: 2,
    Threshold: 1,
    ComparisonOperator: "GreaterThanOrEqualToThreshold",
    AlarmActions: [TOPIC],
  });
  await world.pass(300);
});

function configured(): Configuration {
  const { configuration } = loadConfiguration("version: 1\nname: web\npolicies: []\n", "w.yaml", {
    resourceTypes: {},
    packs: {},
    runbooks: {},
  });
  if (!configuration) throw new Error("the configuration is wrong");
  return { ...configuration, remediation: REPAIRS };
}

/** Compares once; whatever has been published was missed. */
function compare(configuration = configured()) {
  const { store, context, session } = world;
  const policy = policyOf({ channels: ["a"], groupBy: ["alertname"], groupWait: 0 });
  const aws = { open: async () => ({ places: [{ session }] }) } as unknown as AwsAccess;
  const notifier = new Notifier({ store, policy, knowledge: noKnowledge, context });
  return reconcile({ store, notifier, aws, knowledge: noKnowledge }, configuration, [], context);
}

async function decided() {
  const [request] = await world.store.list("requests", { limit: 1 });
  if (!request) throw new Error("nothing asks for a repair");
  return decideRequest(request, {
    ...world.deps(),
    configuration: { name: "web" },
    policy: REPAIRS,
    targetGroups: new TargetGroupCache(),
  });
}

/** Something happens to the machine, as part of what the cloud does: only then does it look again at what it took for settled. */
function happens(what: typeof freeze): void {
  world.local.cloud.clock.at(world.now(), (now) => what(world.instance, now.getTime()));
}

/** It hangs, and nobody hears of its alarm for so many minutes. */
async function missed(minutes: number): Promise<void> {
  happens(freeze);
  await world.pass(minutes * 60);
}

describe("an alarm that was missed", () => {
  it("asks for its repair when it is found by comparing, once", async () => {
    await missed(8);
    expect(await compare()).toMatchObject({ sent: 1, alarms: 1 });
    expect((await listRuns(world.store)).waiting).toMatchObject([
      { instance: world.instance.id, runbooks: ["frozen"] },
    ]);
    expect(await decided()).toMatchObject({ run: { trigger: { alarmName: "frozen" } } });
    await world.pass(120);
    expect(await compare()).toMatchObject({ sent: 0 });
    expect(await listRuns(world.store)).toMatchObject({ runs: { length: 1 }, waiting: [] });
  });

  it("asks for it when it is found in what alarms have published since the last time", async () => {
    expect(await compare()).toMatchObject({ sent: 0 });
    await missed(8);
    expect(await compare()).toMatchObject({ sent: 1 });
    expect((await listRuns(world.store)).waiting).toHaveLength(1);
  });

  it("is looked at again when it is old: one that is still there is repaired", async () => {
    await missed(40);
    await compare();
    const begun = await decided();
    if (!begun || !("run" in begun)) throw new Error("no run was begun");
    const stale = begun.run.guards.find(({ guard }) => guard === "stale-alarm");
    expect(stale?.reason).toMatchObject({
      code: "still-in-alarm",
      text: expect.stringMatching(/^the alarm went off 3\d min/),
    });
    expect(begun.run.endedAt).toBeUndefined();
  });

  it("isn't repaired when it is over by the time that it is decided", async () => {
    await missed(40);
    await compare();
    happens(thaw);
    await world.pass(600);
    expect(await decided()).toMatchObject({ run: { reason: { code: "alarm-over" } } });
    expect(world.calls("ec2:RebootInstances")).toBe(0);
  });

  it("asks for nothing where the configuration repairs nothing", async () => {
    await missed(8);
    const { remediation: _, ...rest } = configured();
    expect(await compare(rest)).toMatchObject({ sent: 1 });
    expect(await listRuns(world.store)).toEqual({ runs: [], waiting: [] });
  });
});
