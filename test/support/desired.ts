// Desired alarms and planners for tests, without an inventory behind them.

import { AlarmPlanner } from "../../src/alarms/alarm-planner.ts";
import type { AlarmPlannerOptions } from "../../src/alarms/alarm-planner-options.ts";
import type { DesiredAlarm, DesiredAlarms, Fate } from "../../src/alarms/desired/desired-alarm.ts";
import { parseIdentity } from "../../src/alarms/spec/identity.ts";
import { definition, instance, policy } from "../../src/alarms/test-fixtures.ts";
import type { AwsSession } from "../../src/aws/session.ts";
import type { AlarmPolicy } from "../../src/model/alarm-policy.ts";
import type { AlarmSpec, MetricAlarmSpec } from "../../src/model/alarm-spec.ts";
import type { Change } from "../../src/plan/plan.ts";
import type { Outcome } from "../../src/plan/planner.ts";
import { ManualClock } from "../../src/support/clock.ts";
import { silentLogger } from "../../src/support/context.ts";

export const TOPIC = "arn:aws:sns:eu-central-1:111122223333:team";

/** A desired CPU alarm of an instance. */
export function cpuAlarm(
  id: string,
  spec: Partial<MetricAlarmSpec> = {},
  more: Partial<DesiredAlarm> & { readonly policy?: AlarmPolicy; readonly key?: string } = {},
): DesiredAlarm {
  const { key = "cpu-high", ...rest } = more;
  const itsPolicy = more.policy ?? policy();
  const name = spec.alarmName ?? `${key}-${id}`;
  return {
    identity: `web-team/${itsPolicy.name}/${key}/${id}`,
    name,
    policy: itsPolicy,
    definition: definition({ key }),
    resource: instance(id),
    createOnlyIfSeen: false,
    ...rest,
    spec: {
      kind: "metric",
      alarmName: name,
      alarmDescription: "The machine is busy.",
      actionsEnabled: true,
      okActions: [],
      alarmActions: [TOPIC],
      insufficientDataActions: [],
      namespace: "AWS/EC2",
      metricName: "CPUUtilization",
      dimensions: [{ name: "InstanceId", value: id }],
      statistic: "Average",
      period: 300,
      evaluationPeriods: 3,
      threshold: 90,
      comparisonOperator: "GreaterThanThreshold",
      ...spec,
    },
  };
}

/** A desired composite alarm over CPU alarms. */
export function compositeAlarm(key: string, alarmRule: string): DesiredAlarm {
  const spec: AlarmSpec = {
    kind: "composite",
    alarmName: key,
    alarmDescription: "Several at once.",
    actionsEnabled: true,
    okActions: [],
    alarmActions: [TOPIC],
    insufficientDataActions: [],
    alarmRule,
  };
  return {
    identity: `web-team/production/${key}/`,
    name: key,
    policy: policy(),
    definition: definition({ key }),
    createOnlyIfSeen: false,
    spec,
  };
}

export function desiredOf(alarms: readonly DesiredAlarm[], fateOf?: DesiredAlarms["fateOf"]): DesiredAlarms {
  const reason = { code: "terminated", text: "instance terminated" };
  const terminated: Fate = { verdict: "delete", reason, proof: "proven" };
  return {
    alarms: new Map(alarms.map((alarm) => [alarm.identity, alarm])),
    skipped: [],
    fateOf: fateOf ?? (() => terminated),
  };
}

/** Fates of alarms whose resources are absent from the listing. */
export const absentFate: DesiredAlarms["fateOf"] = (identity) => ({
  verdict: "absent",
  resourceType: "ec2.instance",
  resourceId: parseIdentity(`x/x/x/${identity.resource}`)?.resource ?? "",
});

/** A clock that never makes anybody wait. */
export class SkippingClock extends ManualClock {
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    await this.advance(ms);
  }
}

/** A planner for these alarms; every metric was seen and nothing costs anything, unless said otherwise. */
export function plannerFor(
  session: AwsSession,
  desired: DesiredAlarms,
  clock: ManualClock,
  more: Partial<AlarmPlannerOptions> = {},
): AlarmPlanner {
  const complete = { account: session.account, region: session.region, type: "ec2.instance", complete: true };
  return new AlarmPlanner({
    session,
    context: { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger },
    configuration: { name: "web-team", limits: { deletes: { percent: 10, minimum: 5 } } },
    desired,
    inventory: [complete],
    findExisting: async () => new Set(),
    price: () => 0.1,
    seen: async (alarms) => new Set(alarms.map(({ identity }) => identity)),
    freshest: async () => new Map(),
    ...more,
  });
}

/** Applies and answers the outcomes. */
export async function applied(planner: AlarmPlanner, changes: readonly Change[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await planner.apply(changes, (outcome) => outcomes.push(outcome));
  return outcomes;
}
