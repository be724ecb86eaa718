import { beforeEach, describe, expect, it } from "vitest";
import {
  ACCOUNT,
  type AlarmWorld,
  alarmWorld,
  MINUTE,
  REGION,
  TOPIC,
} from "../../../../test/support/alarm-world.ts";
import { eventBusKey } from "../eventbridge/event-bus.ts";
import { createQueue } from "../sqs.ts";
import { deleteAlarms, setActionsEnabled } from "./change-alarms.ts";

const PLACE = { partition: "aws", account: ACCOUNT, region: REGION } as const;

let world: AlarmWorld;

beforeEach(() => {
  world = alarmWorld();
});

describe("actions and events", () => {
  /** A queue that gets every event of alarms. */
  const listen = () => {
    const queue = createQueue(world.cloud, PLACE, "events");
    const targets = new Map([["q", { Id: "q", Arn: queue.arn }]]);
    const rule = {
      name: "all",
      arn: "",
      targets,
      tags: new Map(),
      description: undefined,
      roleArn: undefined,
      patternText: "",
      matches: () => true,
      enabled: true,
    };
    world.cloud.state(eventBusKey, ACCOUNT, REGION).rules.set("all", rule);
    return async (): Promise<Record<string, unknown>[]> => {
      const asked = { max: 10, waitSeconds: 0, systemAttributes: [], attributeNames: [] };
      return (await queue.receive(asked)).map(
        ({ Body }) => JSON.parse(Body ?? "") as Record<string, unknown>,
      );
    };
  };

  it("tells EventBridge of changes even while actions are disabled, as recorded", async () => {
    const received = listen();
    world.publish("m", () => 9);
    world.put("cpu", { AlarmDescription: "d", TreatMissingData: "ignore", DatapointsToAlarm: 1 });
    setActionsEnabled(world.store, { AlarmNames: ["cpu"] }, false, world.cloud.clock.now());
    await world.advance(MINUTE);
    deleteAlarms(world.store, { AlarmNames: ["cpu"] }, world.cloud.clock.now());
    expect(world.ran).toEqual([]);
    const [created, updated, changed, deleted] = await received();
    const arn = world.store.arnOf("cpu");
    const metricsOf = [
      {
        id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/),
        metricStat: { metric: { namespace: "App", name: "m", dimensions: {} }, period: 60, stat: "Average" },
        returnData: true,
      },
    ];
    const configuration = {
      evaluationPeriods: 1,
      datapointsToAlarm: 1,
      threshold: 5,
      comparisonOperator: "GreaterThanThreshold",
      treatMissingData: "ignore",
      metrics: metricsOf,
      alarmName: "cpu",
      description: "d",
      actionsEnabled: true,
      timestamp: "2026-11-20T10:00:00.000+0000",
      okActions: [TOPIC],
      alarmActions: [TOPIC],
      insufficientDataActions: [TOPIC],
    };
    expect(created).toEqual({
      version: "0",
      id: expect.any(String),
      "detail-type": "CloudWatch Alarm Configuration Change",
      source: "aws.cloudwatch",
      account: ACCOUNT,
      time: "2026-11-20T10:00:00Z",
      region: REGION,
      resources: [arn],
      detail: {
        alarmName: "cpu",
        operation: "create",
        state: { value: "INSUFFICIENT_DATA", timestamp: "2026-11-20T10:00:00.000+0000" },
        configuration,
      },
    });
    expect(updated?.["detail"]).toMatchObject({
      operation: "update",
      configuration: { actionsEnabled: false },
      previousConfiguration: configuration,
    });
    expect(changed?.["detail-type"]).toBe("CloudWatch Alarm State Change");
    const detail = changed?.["detail"] as Record<string, unknown>;
    expect(Object.keys(detail)).toEqual(["alarmName", "state", "previousState", "configuration"]);
    expect(detail).toMatchObject({
      state: {
        value: "ALARM",
        reason: expect.stringMatching(/^Threshold Crossed: 1 out of the last 1 datapoints \[9\.0 /),
        reasonData: expect.stringMatching(/^\{"version":"1\.0","queryDate":/),
        timestamp: expect.stringMatching(/^2026-11-20T10:00:\d\d\.\d{3}\+0000$/),
      },
      previousState: {
        value: "INSUFFICIENT_DATA",
        reason: "Unchecked: Initial alarm creation",
        timestamp: "2026-11-20T10:00:00.000+0000",
      },
      configuration: { description: "d", metrics: metricsOf },
    });
    expect(deleted?.["detail"]).toMatchObject({ operation: "delete", state: { value: "ALARM" } });
  });

  it("tells of a composite alarm what suppresses it, and when that ends", async () => {
    for (const name of ["child", "night"]) {
      world.put(name, { TreatMissingData: "ignore" });
      world.set(name, "OK");
    }
    const periods = { ActionsSuppressorWaitPeriod: 120, ActionsSuppressorExtensionPeriod: 180 };
    world.compose("c", "ALARM(child)", { ActionsSuppressor: "night", ...periods });
    await world.advance(5 * MINUTE);
    const received = listen();
    world.set("child", "ALARM");
    await world.advance(5 * MINUTE);
    const details = (await received())
      .map(({ detail }) => detail as Record<string, unknown>)
      .filter(({ alarmName }) => alarmName === "c");
    expect(details).toMatchObject([
      {
        state: {
          value: "ALARM",
          actionsSuppressedBy: "WaitPeriod",
          actionsSuppressedReason: "Actions suppressed by WaitPeriod",
        },
        previousState: { value: "OK" },
        configuration: {
          alarmRule: "ALARM(child)",
          actionsSuppressor: "night",
          actionsSuppressorWaitPeriod: 120,
          actionsSuppressorExtensionPeriod: 180,
        },
      },
      { state: { value: "ALARM" }, previousState: { value: "ALARM", actionsSuppressedBy: "WaitPeriod" } },
    ]);
    expect(details[1]?.["state"]).not.toHaveProperty("actionsSuppressedBy");
  });

  it("fail with a reason where this cloud has nothing to carry them out", async () => {
    world.publish("m", () => 9);
    const scaling = `arn:aws:autoscaling:${REGION}:${ACCOUNT}:scalingPolicy:1a2b:autoScalingGroupName/g:policyName/p`;
    const stop = `arn:aws:automate:${REGION}:ec2:stop`;
    world.put("a", {
      Dimensions: [{ Name: "InstanceId", Value: "i-1" }],
      AlarmActions: [stop, scaling],
      TreatMissingData: "breaching",
    });
    await world.advance(3 * MINUTE);
    const failures = [...world.store.history.newestFirst(world.cloud.clock.time(), "a")]
      .filter(({ type }) => type === "Action")
      .map(({ text }) => text().summary);
    expect(failures).toEqual([
      `Failed to execute action ${scaling}. Received error: "Actions of autoscaling are not implemented by the local cloud."`,
      `Failed to execute action ${stop}. Received error: "there is no instance i-1 in ${ACCOUNT} ${REGION}"`,
    ]);
  });
});
