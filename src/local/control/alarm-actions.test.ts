import { DescribeAlarmHistoryCommand, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { afterEach, describe, expect, it } from "vitest";
import { REGION } from "../../../test/support/ec2-cloud.ts";
import { cloudwatchClient } from "../../../test/support/local-clients.ts";
import { scenarioCloud } from "../../../test/support/scenario-cloud.ts";
import type { LocalCloud } from "../server.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";
import { describeGuest } from "./guests.ts";

let local: LocalCloud;
afterEach(() => local.close());

/** A machine with trouble, and an alarm that acts on it; what became of it after a while. */
async function alarmed(group: string, metric: string, action: string, periods: number) {
  local = scenarioCloud(`{ version: 1, groups: [{ name: a, monitoring: detailed, ${group} }] }`);
  const cloudwatch = cloudwatchClient(local);
  const [fleet] = local.cloud.everywhere(fleetKey);
  const id = [...(fleet?.state.instances.keys() ?? [])][0] ?? "";
  await cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName: "care",
      Namespace: "AWS/EC2",
      MetricName: metric,
      Dimensions: [{ Name: "InstanceId", Value: id }],
      Statistic: "Maximum",
      Period: 60,
      EvaluationPeriods: periods,
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      AlarmActions: [`arn:aws:automate:${REGION}:ec2:${action}`],
    }),
  );
  const guest = () => describeGuest(local.cloud, id) as Readonly<Record<string, unknown>>;
  const bootId = guest()["bootId"];
  await local.cloud.clock.advance(20 * 60_000);
  const { AlarmHistoryItems = [] } = await cloudwatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName: "care", HistoryItemType: "Action" }),
  );
  return { guest: guest(), rebooted: guest()["bootId"] !== bootId, history: AlarmHistoryItems };
}

describe("actions of alarms on instances", () => {
  it("reboot a machine that doesn't answer", async () => {
    const { guest, rebooted, history } = await alarmed(
      'guest: { frozenAt: "+2m" }',
      "StatusCheckFailed_Instance",
      "reboot",
      3,
    );
    expect(rebooted).toBe(true);
    expect(guest).toMatchObject({ frozen: false, up: true });
    expect(history.map((item) => item.HistorySummary)).toEqual([
      `Successfully executed action arn:aws:automate:${REGION}:ec2:reboot`,
    ]);
  });

  it("don't help a machine that never reboots", async () => {
    const { guest, rebooted } = await alarmed(
      'guest: { frozenAt: "+2m", reboot: never }',
      "StatusCheckFailed_Instance",
      "reboot",
      3,
    );
    expect({ rebooted, frozen: guest["frozen"] }).toEqual({ rebooted: false, frozen: true });
  });

  it("recover an instance whose host fails", async () => {
    const { guest, rebooted } = await alarmed(
      'impairments: [{ check: system, at: "+2m" }]',
      "StatusCheckFailed_System",
      "recover",
      2,
    );
    expect({ rebooted, systemCheck: guest["systemCheck"], up: guest["up"] }).toEqual({
      rebooted: true,
      systemCheck: "ok",
      up: true,
    });
  });
});
