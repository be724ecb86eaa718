// Alarms that ask for repairs, and runbooks that they begin.
import type { AwsAccess } from "../../src/app/notify/aws-access.ts";
import type { OpenRepairs } from "../../src/app/remediation/open-repairs.ts";
import { loadConfiguration } from "../../src/config/load.ts";
import type { AlarmStateChange } from "../../src/model/alarm-event.ts";
import type { RemediationPolicy, Runbook } from "../../src/model/runbook.ts";
import { ACCOUNT, REGION } from "./ec2-cloud.ts";
import { type RepairWorld, runbook } from "./repair-world.ts";

/** Of a group in a scenario: its instances may be repaired. */
export const WILLING = ', tags: { "watchkeeper:remediate": "yes" }';

/** An alarm `frozen` on an instance that went off at a moment, ms. */
export function alarmOn(
  instance: string,
  at: number,
  more: Partial<AlarmStateChange> = {},
): AlarmStateChange {
  return {
    kind: "alarm",
    key: `frozen-${instance}-${at}`,
    origin: { form: "sns" },
    account: ACCOUNT,
    region: REGION,
    at,
    alarmKind: "metric",
    alarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:frozen-${instance}`,
    alarmName: "frozen",
    state: "ALARM",
    reason: "Threshold Crossed",
    trigger: { dimensions: [{ name: "InstanceId", value: instance }] },
    children: [],
    afterMuteWindow: false,
    tags: {},
    alarmActions: [],
    ...more,
  };
}

/** Gives the world's instance a tag, or takes it away. */
export async function tag({ session, instance }: RepairWorld, Key: string, Value?: string): Promise<void> {
  const Resources = [instance.id];
  if (Value === undefined) await session.send("ec2", "DeleteTags", { Resources, Tags: [{ Key }] });
  else await session.send("ec2", "CreateTags", { Resources, Tags: [{ Key, Value }] });
}

/** The tag by which instances opt in. */
export const OPT_IN = "watchkeeper:remediate";

/** A runbook that the alarm begins, for instances that opted in. */
export function frozenRunbook(more: Partial<Runbook> = {}): Runbook {
  const plain = runbook();
  return {
    ...plain,
    trigger: [[{ name: "alertname", operator: "=", value: "frozen" }]],
    guards: {
      ...plain.guards,
      optIn: { "watchkeeper:remediate": { anyOf: ["yes"] } },
      deployments: { codeDeploy: false, tags: {} },
    },
    ...more,
  };
}

/** A configuration's `remediation:` with that runbook. */
export function repairPolicy(more: Partial<Runbook> = {}, dryRun = false): RemediationPolicy {
  return { dryRun, runbooks: [frozenRunbook(more)] };
}

/** What repairs by hand work with, over a world of one instance. */
export function openRepairsOn(world: RepairWorld, policy = repairPolicy()): OpenRepairs {
  const { configuration } = loadConfiguration("version: 1\nname: web\npolicies: []\n", "w.yaml", {
    resourceTypes: {},
    packs: {},
    runbooks: {},
  });
  if (!configuration) throw new Error("the configuration is wrong");
  const aws: Pick<AwsAccess, "open"> = {
    open: async () => ({ places: [{ session: world.session }] }) as unknown as ReturnType<AwsAccess["open"]>,
  };
  return {
    configuration,
    policy,
    file: "state.db",
    isThere: true,
    aws: aws as AwsAccess,
    deps: world.deps(),
    close: async () => undefined,
  };
}
