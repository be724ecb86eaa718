import { describe, expect, it } from "vitest";
import { HOUR, MINUTE, NOW, runbookOf, runOf, SETTINGS } from "../../test/support/guard-cases.ts";
import { type Answers, scriptedAws } from "../../test/support/scripted-aws.ts";
import type { GuardSettings } from "../model/runbook.ts";
import { type Context, silentLogger } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { type FactsQuestion, readFacts } from "./read-facts.ts";
import { TargetGroupCache } from "./target-groups.ts";

const ID = "i-0123456789abcdef0";
const OTHER = "i-1111111111111111a";
const GROUP_TAG = "aws:autoscaling:groupName";

const context: Context = {
  clock: { now: () => new Date(NOW), sleep: () => Promise.reject(new Error("nobody sleeps here")) },
  random: () => 0,
  signal: new AbortController().signal,
  log: silentLogger,
};

function described(tags: Readonly<Record<string, string>> = {}) {
  return {
    Reservations: [
      {
        Instances: [
          {
            InstanceId: ID,
            State: { Name: "running" },
            PrivateIpAddress: "10.0.0.7",
            VpcId: "vpc-1",
            LaunchTime: new Date(NOW - 48 * HOUR),
            Tags: Object.entries({ Name: "web-1", ...tags }).map(([Key, Value]) => ({ Key, Value })),
          },
        ],
      },
    ],
  };
}

const event = (Description: string, hours: number) => ({
  Code: "system-reboot",
  Description,
  NotBefore: new Date(NOW + hours * HOUR),
});

const EC2: Answers = {
  "ec2:DescribeInstances": () => described(),
  "ec2:DescribeInstanceStatus": () => ({
    InstanceStatuses: [
      {
        InstanceStatus: { Status: "impaired" },
        SystemStatus: { Status: "ok" },
        Events: [event("maintenance", 5), event("[Completed] maintenance", -20), event("[Canceled] x", 1)],
      },
    ],
  }),
  "ssm:DescribeInstanceInformation": () => ({
    InstanceInformationList: [
      { InstanceId: ID, PingStatus: "ConnectionLost", LastPingDateTime: new Date(NOW - 9 * MINUTE) },
    ],
  }),
};

async function read(
  answers: Answers,
  question: Partial<FactsQuestion> = {},
  settings: Partial<GuardSettings> = {},
) {
  const { session, calls } = scriptedAws(answers);
  const runbooks = [runbookOf({ guards: { ...SETTINGS, ...settings } })];
  const facts = await readFacts(session, { instance: ID, runbooks, earlier: [], ...question }, context);
  return { facts, calls };
}

describe("facts", () => {
  it("are read in three calls as a rule", async () => {
    const { facts, calls } = await read(EC2);
    expect(calls).toEqual([
      "ec2:DescribeInstances",
      "ec2:DescribeInstanceStatus",
      "ssm:DescribeInstanceInformation",
    ]);
    expect(facts).toEqual({
      id: ID,
      name: "web-1",
      state: "running",
      platform: "linux",
      tags: { Name: "web-1" },
      launchedAt: NOW - 48 * HOUR,
      privateIp: "10.0.0.7",
      instanceCheck: "impaired",
      systemCheck: "ok",
      scheduledEvents: [{ code: "system-reboot", description: "maintenance", notBefore: NOW + 5 * HOUR }],
      ping: { online: false, lastAt: NOW - 9 * MINUTE },
      deployments: [],
      mates: [],
      unread: {},
    });
  });

  it("hold the alarm as it is now where its event is old", async () => {
    const answers = {
      ...EC2,
      "cloudwatch:DescribeAlarms": () => ({ MetricAlarms: [{ AlarmName: "a", StateValue: "OK" }] }),
    };
    const alarm = { name: "a", account: "111122223333", changedAt: NOW - HOUR };
    const { facts, calls } = await read(answers, { alarm });
    expect(facts.alarmState).toBe("OK");
    expect(calls).toHaveLength(4);
    const gone = await read({ ...EC2, "cloudwatch:DescribeAlarms": () => ({}) }, { alarm });
    expect(gone.facts.alarmState).toBe("deleted");
    const fresh = await read(EC2, { alarm: { ...alarm, changedAt: NOW - MINUTE } });
    expect(fresh.calls).toHaveLength(3);
    const elsewhere = await read(EC2, { alarm: { ...alarm, account: "444455556666" } });
    expect(elsewhere.facts.alarmState).toBeUndefined();
  });

  it("ask a member's group in two more calls, and only where something may be done to it", async () => {
    const answers: Answers = {
      ...EC2,
      "ec2:DescribeInstances": () => described({ [GROUP_TAG]: "web" }),
      "autoscaling:DescribeAutoScalingInstances": () => ({
        AutoScalingInstances: [{ LifecycleState: "InService" }],
      }),
      "autoscaling:DescribeInstanceRefreshes": () => ({
        InstanceRefreshes: [
          { InstanceRefreshId: "old", Status: "Successful" },
          { InstanceRefreshId: "new", Status: "InProgress" },
        ],
      }),
    };
    const { facts, calls } = await read(answers, {}, { autoScaling: "markUnhealthy" });
    expect(facts).toMatchObject({ autoScalingGroup: "web", lifecycle: "InService", refresh: "new" });
    expect(calls).toHaveLength(5);
    expect((await read(answers)).calls).toHaveLength(3);
    const leaving = { ...answers, "autoscaling:DescribeAutoScalingInstances": () => ({}) };
    expect((await read(leaving, {}, { autoScaling: "markUnhealthy" })).facts.lifecycle).toBe("unknown");
  });

  it("hold CodeDeploy's deployments to this instance, and those that haven't chosen yet", async () => {
    const answers: Answers = {
      ...EC2,
      "codedeploy:ListDeployments": () => ({ deployments: ["d-MINE", "d-OTHER", "d-NEXT", "d-ECS"] }),
      "codedeploy:BatchGetDeployments": () => ({
        deploymentsInfo: [
          { deploymentId: "d-MINE", computePlatform: "Server" },
          { deploymentId: "d-ECS", computePlatform: "ECS" },
        ],
      }),
      "codedeploy:ListDeploymentTargets": ({ deploymentId }) => {
        if (deploymentId === "d-NEXT")
          throw new WatchkeeperError("DeploymentNotStartedException", "not yet", { source: "aws" });
        return { targetIds: deploymentId === "d-MINE" ? [ID] : [OTHER] };
      },
    };
    const { facts, calls } = await read(answers, {}, { deployments: { codeDeploy: true, tags: {} } });
    expect(facts.deployments).toEqual(["d-MINE", "d-NEXT"]);
    expect(calls.filter((call) => call.startsWith("codedeploy"))).toHaveLength(5);
    const none = { ...EC2, "codedeploy:ListDeployments": () => ({ deployments: [] }) };
    expect((await read(none, {}, { deployments: { codeDeploy: true, tags: {} } })).calls).toHaveLength(4);
  });

  it("hold who of its groups is under repair", async () => {
    const answers: Answers = {
      ...EC2,
      "elbv2:DescribeTargetGroups": () => ({
        TargetGroups: [
          { TargetGroupArn: "tg/shop", TargetGroupName: "shop", TargetType: "instance", VpcId: "vpc-1" },
          { TargetGroupArn: "tg/ip", TargetGroupName: "by-address", TargetType: "ip", VpcId: "vpc-1" },
          { TargetGroupArn: "tg/far", TargetGroupName: "far", TargetType: "instance", VpcId: "vpc-2" },
          { TargetGroupArn: "tg/code", TargetGroupName: "code", TargetType: "lambda" },
        ],
      }),
      "elbv2:DescribeTargetHealth": ({ TargetGroupArn }) => ({
        TargetHealthDescriptions: (TargetGroupArn === "tg/shop"
          ? [ID, ID, OTHER]
          : ["10.0.0.7", "10.0.0.9"]
        ).map((Id) => ({ Target: { Id } })),
      }),
    };
    const under = (instanceId: string, privateIp?: string) => {
      const run = runOf({ instanceId, endedAt: undefined });
      return privateIp === undefined ? run : { ...run, instance: { ...run.instance, privateIp } };
    };
    const targetGroups = new TargetGroupCache();
    const { session, calls } = scriptedAws(answers);
    const earlier = [
      under(OTHER),
      under("i-2222222222222222a", "10.0.0.9"),
      under("i-3333333333333333a"),
      runOf({ instanceId: "i-4444444444444444a" }),
    ];
    const question = { instance: ID, runbooks: [runbookOf()], earlier, targetGroups };
    const facts = await readFacts(session, question, context);
    expect(facts.mates).toEqual([
      { instance: OTHER, group: "shop" },
      { instance: "i-2222222222222222a", group: "by-address" },
    ]);
    expect(calls.filter((call) => call.startsWith("elbv2"))).toHaveLength(3);
    await readFacts(session, question, context);
    expect(calls.filter((call) => call.startsWith("elbv2"))).toHaveLength(3);
  });

  it("hold members of the same Auto Scaling group under repair without asking load balancers", async () => {
    const run = runOf({ instanceId: OTHER, endedAt: undefined });
    const earlier = [{ ...run, instance: { ...run.instance, autoScalingGroup: "web" } }];
    const answers = {
      ...EC2,
      "ec2:DescribeInstances": () => described({ [GROUP_TAG]: "web" }),
      "elbv2:DescribeTargetGroups": () => ({}),
    };
    expect((await read(answers, { earlier })).facts.mates).toEqual([{ instance: OTHER, group: "web" }]);
  });

  it("tell what couldn't be read, to the guards that need it", async () => {
    const { facts } = await read({}, { earlier: [runOf({ instanceId: OTHER, endedAt: undefined })] });
    expect(facts.state).toBe("unknown");
    const noInstance = "ec2:DescribeInstances is not allowed";
    expect(facts.unread).toEqual({
      "instance-state": noInstance,
      "opt-in": noInstance,
      "auto-scaling": noInstance,
      "one-of-group": noInstance,
      deployment: noInstance,
      symptoms: "ec2:DescribeInstanceStatus is not allowed",
      "scheduled-event": "ec2:DescribeInstanceStatus is not allowed",
    });
    const { "ssm:DescribeInstanceInformation": _, ...noSsm } = EC2;
    expect((await read(noSsm)).facts.unread).toEqual({
      symptoms: "ssm:DescribeInstanceInformation is not allowed",
    });
    const codeDeploy = { deployments: { codeDeploy: true, tags: {} } };
    expect((await read(EC2, {}, codeDeploy)).facts.unread).toEqual({
      deployment: "codedeploy:ListDeployments is not allowed; deployments: { codeDeploy: false } doesn't ask",
    });
  });

  it("of an instance that there isn't say so", async () => {
    const notFound = () => {
      throw new WatchkeeperError("InvalidInstanceID.NotFound", "no such instance", { source: "aws" });
    };
    const answers = {
      ...EC2,
      "ec2:DescribeInstances": () => ({}),
      "ec2:DescribeInstanceStatus": notFound,
      "ssm:DescribeInstanceInformation": () => ({}),
    };
    expect((await read(answers)).facts).toMatchObject({ state: "absent", unread: {} });
  });

  it("aren't made up of our own mistakes: those are thrown", async () => {
    const broken = {
      ...EC2,
      "ec2:DescribeInstances": () => {
        throw new TypeError("a bug");
      },
    };
    await expect(read(broken)).rejects.toThrow("a bug");
  });
});
